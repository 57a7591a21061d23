#include "umbra/rules/json_paths.h"

#include <fmt/format.h>

#include <algorithm>

namespace umbra::rules {
namespace {

Error bad(std::string_view path, std::string_view why) {
  return Error{Errc::bad_config, fmt::format("JSON path '{}': {}", path, why)};
}

// Where the step at the front of `path` ends: at the first dot that no backslash stands before.
size_t step_size(std::string_view path) {
  size_t i = 0;
  while (i < path.size() && path[i] != '.') i += path[i] == '\\' ? 2 : 1;
  return std::min(i, path.size());
}

}  // namespace

Result<JsonPaths> JsonPaths::compile(const std::vector<std::string>& paths) {
  JsonPaths compiled;
  for (const std::string& path : paths) {
    if (auto added = compiled.add_path(path); !added) return added.error();
  }
  return compiled;
}

Result<void> JsonPaths::add_path(std::string_view path) {
  starts_.push_back(static_cast<uint32_t>(steps_.size()));
  for (std::string_view rest = path;;) {
    const size_t size = step_size(rest);
    if (auto added = add_step(rest.substr(0, size), path); !added) return added;
    if (size == rest.size()) break;
    rest.remove_prefix(size + 1);
  }
  steps_.push_back({Step::Kind::end, ""});
  return {};
}

Result<void> JsonPaths::add_step(std::string_view text, std::string_view path) {
  if (text.empty()) return bad(path, "names with single dots between them are expected");
  if (text == "*" || text == "**") {
    steps_.push_back({text == "*" ? Step::Kind::any : Step::Kind::any_number, ""});
    return {};
  }
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*')
      return bad(path, "a '*' stands alone between dots; as part of a name it is written '\\*'");
    if (text[i] == '\\') {
      ++i;
      if (i == text.size() || std::string_view(".*\\").find(text[i]) == std::string_view::npos) {
        return bad(path, "a backslash is expected in front of '.', '*' or '\\' only");
      }
    }
    name += text[i];
  }
  steps_.push_back({Step::Kind::name, std::move(name)});
  return {};
}

JsonPaths::Place::Place(const JsonPaths& paths) : paths_(paths), levels_{0} {
  for (const uint32_t start : paths.starts_) add(start);
}

void JsonPaths::Place::add(uint32_t state) {
  const auto level = states_.begin() + static_cast<std::ptrdiff_t>(levels_.back());
  if (std::find(level, states_.end(), state) != states_.end()) return;
  states_.push_back(state);
  if (paths_.steps_[state].kind == Step::Kind::any_number) add(state + 1);
}

void JsonPaths::Place::enter(std::string_view step) {
  const size_t begin = levels_.back();
  const size_t end = states_.size();
  levels_.push_back(end);
  for (size_t i = begin; i < end; ++i) {
    const uint32_t state = states_[i];
    const Step& wanted = paths_.steps_[state];
    if (wanted.kind == Step::Kind::any_number) add(state);
    if (wanted.kind == Step::Kind::any || (wanted.kind == Step::Kind::name && wanted.name == step)) {
      add(state + 1);
    }
  }
}

void JsonPaths::Place::leave() noexcept {
  states_.resize(levels_.back());
  levels_.pop_back();
}

bool JsonPaths::Place::matches() const noexcept {
  for (size_t i = levels_.back(); i < states_.size(); ++i) {
    if (paths_.steps_[states_[i]].kind == Step::Kind::end) return true;
  }
  return false;
}

}  // namespace umbra::rules
