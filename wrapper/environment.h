// A process's environment as it can be changed for another process.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::wrapper {

class Environment {
 public:
  Environment() = default;
  explicit Environment(char** entries);  // environ

  std::optional<std::string> get(std::string_view name) const;
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  // All whose names begin so.
  void remove_all(std::string_view prefix);
  const std::vector<std::string>& entries() const noexcept { return entries_; }

 private:
  std::vector<std::string> entries_;
};

}  // namespace umbra::wrapper
