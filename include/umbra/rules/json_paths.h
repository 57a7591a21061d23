// JsonPaths: the dotted paths of MaskBody::json, compiled, and Place: where a walk through a document stands
// with respect to them.
//
// A step is a member's name or an item's index; `*` is any one step, `**` any number, none included.  A
// backslash in front of '.', '*' or '\' makes it a part of a name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/result.h"

namespace umbra::rules {

class JsonPaths {
 public:
  // The error's detail says which path is wrong and why.
  static Result<JsonPaths> compile(const std::vector<std::string>& paths);

  bool empty() const noexcept { return steps_.empty(); }

  // Begins at the root.  `paths` must outlive it.
  class Place {
   public:
    explicit Place(const JsonPaths& paths);
    // One step down, and back.
    void enter(std::string_view step);
    void leave() noexcept;
    // Whether a path ends here.
    bool matches() const noexcept;

   private:
    void add(uint32_t state);

    const JsonPaths& paths_;
    // For the root and each step down from it: the next step of each path that has matched so far.
    std::vector<uint32_t> states_;
    std::vector<size_t> levels_;  // where each one's states begin
  };

 private:
  struct Step {
    enum class Kind : uint8_t { name, any, any_number, end };
    Kind kind = Kind::end;
    std::string name;
  };

  Result<void> add_path(std::string_view path);
  Result<void> add_step(std::string_view text, std::string_view path);

  std::vector<Step> steps_;       // of all paths, each closed by an `end`
  std::vector<uint32_t> starts_;  // where each begins
};

}  // namespace umbra::rules
