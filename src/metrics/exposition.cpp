#include "umbra/metrics/exposition.h"

#include <fmt/format.h>

#include <cmath>

namespace umbra::metrics {
namespace {

constexpr std::array<std::string_view, 3> kKinds{"counter", "gauge", "histogram"};

// HELP escapes backslash and newline; a label's value also the quote.
void append_escaped(std::string& out, std::string_view text, bool quote) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quote && c == '"')) out += '\\';
    out += c;
  }
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out += out.back() == '{' ? "" : ",";
  out += name;
  out += "=\"";
  append_escaped(out, value, true);
  out += '"';
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

void Exposition::family(Kind kind, std::string_view name, std::string_view help) {
  family_ = name;
  out_ += fmt::format("# HELP {} ", name);
  append_escaped(out_, help, false);
  out_ += fmt::format("\n# TYPE {} {}\n", name, kKinds[static_cast<size_t>(kind)]);
}

void Exposition::sample(uint64_t value, Labels labels) { line("", labels, "", fmt::format("{}", value)); }

void Exposition::sample(double value, Labels labels) { line("", labels, "", number(value)); }

void Exposition::sample(const Histogram& values, Labels labels) {
  for (const Edge& edge : kEdges) {
    line("_bucket", labels, edge.le, fmt::format("{}", values.count_up_to(edge.time)));
  }
  const std::string count = fmt::format("{}", values.count());
  line("_bucket", labels, "+Inf", count);
  line("_sum", labels, "", number(static_cast<double>(values.sum()) / static_cast<double>(kSecond)));
  line("_count", labels, "", count);
}

void Exposition::line(std::string_view suffix, Labels labels, std::string_view le, std::string_view value) {
  out_ += family_;
  out_ += suffix;
  if (labels.size() > 0 || !le.empty()) {
    out_ += '{';
    for (const auto& [name, text] : labels) append_label(out_, name, text);
    if (!le.empty()) append_label(out_, "le", le);
    out_ += '}';
  }
  out_ += ' ';
  out_ += value;
  out_ += '\n';
}

}  // namespace umbra::metrics
