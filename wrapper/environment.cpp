#include "wrapper/environment.h"

#include <algorithm>

namespace umbra::wrapper {
namespace {

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

}  // namespace

Environment::Environment(char** entries) {
  for (; *entries != nullptr; ++entries) entries_.emplace_back(*entries);
}

std::optional<std::string> Environment::get(std::string_view name) const {
  for (const std::string& entry : entries_) {
    if (name_of(entry) == name && entry.size() > name.size()) return entry.substr(name.size() + 1);
  }
  return std::nullopt;
}

void Environment::set(std::string_view name, std::string_view value) {
  remove(name);
  entries_.push_back(std::string(name) + '=' + std::string(value));
}

void Environment::remove(std::string_view name) {
  std::erase_if(entries_, [&](const std::string& entry) { return name_of(entry) == name; });
}

void Environment::remove_all(std::string_view prefix) {
  std::erase_if(entries_, [&](const std::string& entry) { return entry.starts_with(prefix); });
}

}  // namespace umbra::wrapper
