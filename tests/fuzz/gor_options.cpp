// Texts of gor options: whatever one holds, there are shadows that compile and run, or a problem that says
// why not, in its place; and no secret in what is said.
#include "umbra/config/gor_options.h"

#include <set>

#include "input.h"
#include "umbra/config/gor_settings.h"
#include "umbra/http/head.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/program.h"

namespace umbra::fuzz {
namespace {

std::optional<std::string> variable(const std::string& name) {
  if (name.size() > 2) return std::nullopt;
  return name == "S" ? std::string("a b |1% '") : std::string("http://h");
}

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f) return false;
  }
  return !text.empty();
}

// A request that many filters and rewrites find something in.
constexpr std::string_view kRequest =
    "GET /a/b?x=1&y=2 HTTP/1.1\r\nHost: www.w3.org\r\nX-D: 1\r\nX-D: 2\r\nAuthorization: Basic dTpw\r\n\r\n";

void run(const mirror::ShadowOptions& shadow) {
  const auto program = rules::Program::compile(shadow.rules);
  require(static_cast<bool>(program), "what is accepted compiles", program ? "" : program.error().detail);
  http::Head head;
  Opaque reason = Opaque::none;
  require(head.parse(http::Side::request, kRequest, reason) == http::Head::Verdict::complete, "a sound head");
  rules::Draft draft;
  draft.begin(head);
  const auto state = (*program)->state(2, 0);
  static_cast<void>((*program)->run(draft, {"192.0.2.1", 77, 0}, *state));
}

void check_shadows(const config::GorOptions& options) {
  std::set<std::string> names;
  require(options.shadows.size() <= mirror::kShadowsMax, "as many shadows as there may be");
  for (const mirror::ShadowOptions& shadow : options.shadows) {
    require(names.insert(shadow.name).second, "names differ", shadow.name);
    for (const std::string& part : {shadow.name, shadow.authority, shadow.url}) {
      require(is_printable(part), "fit for a field value and a log", part);
    }
    require(shadow.authority.find('@') == std::string::npos, "no user in what is shown", shadow.authority);
    require(shadow.address.port > 0 && !shadow.address.host.empty(), "a place to connect to");
    require(shadow.timeout && *shadow.timeout >= 100 * kMillisecond, "a time-out");
    require(shadow.rules.body.max > 0, "a bound");
    run(shadow);
  }
}

void check_problems(const config::GorOptions& options, size_t lines) {
  bool has_error = false;
  require(options.problems.size() <= config::GorProblems::kMax, "as many problems as there may be");
  for (const config::GorProblem& problem : options.problems) {
    has_error = has_error || problem.severity == config::GorProblem::Severity::error;
    require(!problem.text.empty(), "a problem says something");
    require(problem.line >= 1 && problem.line <= lines && problem.column >= 1, "a problem has a place");
    require(problem.option.size() + problem.value.size() < 500, "a problem is short");
  }
  require(!has_error || options.shadows.empty(), "an error leaves no shadow");
  require(!options.shadows.empty() || !options.problems.empty(), "nothing is silent");
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const umbra::config::GorOptions options = umbra::config::parse_gor_options(text, variable);
  size_t lines = 1;
  for (const char c : text) lines += c == '\n';
  check_problems(options, lines);
  check_shadows(options);
  return 0;
}
