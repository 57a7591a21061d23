#include "umbra/rules/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/rules/field.h"

namespace umbra::rules {
namespace {

int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// As far as it can be decoded.
void decode_base64(std::string_view text, std::string& out) {
  out.clear();
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xff));
  }
}

Result<void> compile_part(std::string_view name, const std::optional<std::string>& text,
                          std::optional<Pattern>& out) {
  if (!text) return {};
  auto pattern = Pattern::compile(*text);
  if (!pattern) return Error{Errc::bad_config, fmt::format("{}, {}", name, pattern.error().detail)};
  out = std::move(*pattern);
  return {};
}

}  // namespace

Result<CompiledCondition> CompiledCondition::compile(const Condition& condition) {
  CompiledCondition compiled;
  compiled.methods_ = condition.methods;
  struct Part {
    std::string_view name;
    const std::optional<std::string>& text;
    std::optional<Pattern>& out;
  };
  for (const Part& part : std::array<Part, 6>{
           Part{"path", condition.path, compiled.path_}, Part{"query", condition.query, compiled.query_},
           Part{"target", condition.target, compiled.target_}, Part{"url", condition.url, compiled.url_},
           Part{"host", condition.host, compiled.host_},
           Part{"basic_auth", condition.basic_auth, compiled.basic_auth_}}) {
    if (auto done = compile_part(part.name, part.text, part.out); !done) return done.error();
  }
  for (const HeaderPart& part : condition.headers) {
    if (!is_field_name(part.name)) {
      return Error{Errc::bad_config, fmt::format("header '{}': the name of a header is expected", part.name)};
    }
    auto pattern = Pattern::compile(part.pattern);
    if (!pattern) {
      return Error{Errc::bad_config, fmt::format("header '{}', {}", part.name, pattern.error().detail)};
    }
    compiled.headers_.push_back({part, std::move(*pattern)});
  }
  for (const std::string& client : condition.clients) {
    auto network = Network::parse(client);
    if (!network) return network.error();
    compiled.clients_.push_back(*network);
  }
  return compiled;
}

bool CompiledCondition::Header::matches(const Draft& draft) const noexcept {
  bool missing = true;
  bool found = false;
  draft.each_field([&](std::string_view name, std::string_view value) {
    if (!same_ignoring_case(name, part.name)) return true;
    const bool counts = !part.empty_is_missing || !value.empty();
    missing = missing && !counts;
    found = counts && pattern.matches(value);
    return !found && !part.first_line_only;
  });
  return missing ? part.missing == HeaderPart::Missing::as_empty && pattern.matches("") : found;
}

bool CompiledCondition::matches_method(std::string_view method) const noexcept {
  return methods_.empty() || std::find(methods_.begin(), methods_.end(), method) != methods_.end();
}

bool CompiledCondition::matches_url(const Draft& draft, std::string& scratch) const noexcept {
  if (!url_) return true;
  scratch.assign(draft.host()).append(draft.target());
  return url_->matches(scratch);
}

bool CompiledCondition::matches_basic_auth(const Draft& draft, std::string& scratch) const noexcept {
  if (!basic_auth_) return true;
  constexpr std::string_view kScheme = "Basic ";
  const std::string_view value = draft.header("authorization");
  if (!value.starts_with(kScheme)) return true;
  decode_base64(value.substr(kScheme.size()), scratch);
  return basic_auth_->matches(scratch);
}

bool CompiledCondition::matches_client(std::string_view client) const noexcept {
  if (clients_.empty()) return true;
  const auto address = IpAddress::parse(client);
  return address && std::any_of(clients_.begin(), clients_.end(),
                                [&](const Network& network) { return network.contains(*address); });
}

bool CompiledCondition::matches(const Draft& draft, const Exchange& exchange,
                                std::string& scratch) const noexcept {
  return matches_method(draft.method()) && (!path_ || path_->matches(draft.path())) &&
         (!query_ || query_->matches(draft.query())) && (!target_ || target_->matches(draft.target())) &&
         (!host_ || host_->matches(draft.host())) && matches_client(exchange.client) &&
         matches_url(draft, scratch) && matches_basic_auth(draft, scratch) &&
         std::all_of(headers_.begin(), headers_.end(),
                     [&](const Header& header) { return header.matches(draft); });
}

}  // namespace umbra::rules
