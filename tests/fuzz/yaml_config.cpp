// Configuration files: whatever the text is, there are options that hold what they promise, or problems that
// say where and what; quickly, and without a variable's value in them.
#include "input.h"
#include "umbra/config/resolve.h"
#include "umbra/config/resolved_text.h"
#include "umbra/rules/body_mask.h"
#include "umbra/rules/program.h"

namespace umbra::fuzz {
namespace {

constexpr const char* kSecret = "hunter2";

config::Surroundings surroundings(std::string text) {
  config::Surroundings made;
  made.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "PORT") return "8080";
    if (name == "SECRET") return kSecret;
    return std::nullopt;
  };
  made.file = [text = std::move(text)](const std::string& path) -> config::FileText {
    if (path != "umbra.yaml") return std::nullopt;
    return Result<std::string>(text);
  };
  return made;
}

bool is_header_text(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

void judge(const config::ProxyOptions& options) {
  require(!options.listen.empty() && options.workers >= 1 && options.workers <= 256, "complete options");
  require(options.mirror.shadows.size() <= mirror::kShadowsMax, "as many shadows as there may be");
  for (size_t i = 0; i < options.mirror.shadows.size(); ++i) {
    const mirror::ShadowOptions& shadow = options.mirror.shadows[i];
    require(!shadow.name.empty() && !shadow.authority.empty(), "a shadow has a name and a place");
    require(is_header_text(shadow.name) && is_header_text(shadow.rules.host.name) &&
                is_header_text(shadow.authorization),
            "fit for a header");
    require(shadow.url.find('@') == shadow.url.npos || shadow.authorization.empty(), "no password is shown",
            shadow.url);
    require(static_cast<bool>(rules::Program::compile(shadow.rules)), "accepted rules compile");
    require(static_cast<bool>(rules::BodyMask::compile(shadow.rules.body.mask)), "an accepted mask compiles");
    for (size_t j = 0; j < i; ++j)
      require(options.mirror.shadows[j].name != shadow.name, "names differ", shadow.name);
  }
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::Resolved resolved = config::resolve({}, fuzz::surroundings(text));
  for (const config::Problem& problem : resolved.problems) {
    const std::string line = problem.text();
    fuzz::require(line.find('\n') == line.npos && !problem.expected.empty(), "one line that says something",
                  line);
    // Names are no secrets: they stand in every metric.
    const bool named = problem.expected.find("is given twice") != line.npos;
    fuzz::require(named || line.find(fuzz::kSecret) == line.npos || text.find(fuzz::kSecret) != text.npos,
                  "no variable is shown", line);
  }
  if (resolved.problems.empty()) fuzz::judge(resolved.options);
  static_cast<void>(config::resolved_json(resolved));
  static_cast<void>(config::resolved_text(resolved));
  return 0;
}
