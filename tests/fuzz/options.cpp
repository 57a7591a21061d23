// Command lines and the texts in them, one argument a line: whatever is given, there are options that hold
// what they promise, or one complaint.
#include <optional>

#include "input.h"
#include "umbra/app/command_line.h"
#include "umbra/base/text.h"
#include "umbra/config/shadow_flag.h"

namespace umbra::fuzz {
namespace {

void parse_address(std::string_view text) {
  for (const bool listen : {true, false}) {
    const auto parse = listen ? net::Address::parse_listen : net::Address::parse_target;
    const auto address = parse(text);
    if (!address) {
      require(!address.error().detail.empty(), "an error says something");
      continue;
    }
    const auto again = parse(address->text());
    require(again && *again == *address, "an address is read back from its text", text, address->text());
    require(
        listen || address->kind != net::Address::Kind::tcp || (address->port > 0 && !address->host.empty()),
        "a target can be connected", text);
  }
}

// They are read as doubles, which hold every whole number up to here: 8 PiB, 104 days.
constexpr uint64_t kExact = uint64_t{1} << 53;

void parse_numbers(std::string_view text) {
  const auto size = parse_size(text);
  if (size && *size < kExact) {
    const auto again = parse_size(format_size(*size));
    require(again && *again == *size, "a size is read back", text, format_size(*size));
  }
  const auto time = parse_duration(text);
  if (time && *time < kExact) {
    const auto again = parse_duration(format_duration(*time));
    require(again && *again <= *time && *time - *again < kMicrosecond,
            "a duration is read back to the microsecond", text, format_duration(*time));
  }
  static_cast<void>(parse_unsigned(text));
}

void parse_one(std::string_view text) {
  parse_address(text);
  parse_numbers(text);
  const auto shadow = config::parse_shadow(text);
  if (!shadow) return;
  require(!shadow->name.empty() && !shadow->authority.empty(), "a shadow has a name and an authority", text);
  // Both are written into the head of every copy.
  for (const std::string& part : {shadow->name, shadow->authority}) {
    for (const char c : part) require(c > ' ' && c < 0x7f, "fit for a field value", text, part);
  }
}

void parse_all(const std::vector<std::string>& arguments) {
  const auto parsed = app::parse_proxy_arguments(arguments);
  if (!parsed) return require(!parsed.error().detail.empty(), "an error says something");
  config::Surroundings surroundings;
  surroundings.variable = [](const std::string& name) {
    return name == "PORT" ? std::optional<std::string>("8080") : std::nullopt;
  };
  surroundings.file = [](const std::string&) { return config::FileText(); };
  const auto options = config::proxy_options(parsed->flags, surroundings);
  if (!options) return require(!options.error().detail.empty(), "an error says something");
  require(!options->listen.empty() && options->workers >= 1 && options->workers <= 256, "complete options");
  require(options->mirror.shadows.size() <= mirror::kShadowsMax, "as many shadows as there may be");
  require(options->mirror.pipeline <= 64 && options->mirror.memory >= (1u << 20), "limits hold");
  for (size_t i = 0; i < options->mirror.shadows.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      require(options->mirror.shadows[i].name != options->mirror.shadows[j].name, "names differ");
    }
  }
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> arguments;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string line(rest.substr(0, end));
    parse_one(line);
    // A program's arguments end at a NUL.
    arguments.emplace_back(line.c_str());
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  parse_all(arguments);
  return 0;
}
