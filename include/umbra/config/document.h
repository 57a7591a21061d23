// A configuration text as a tree in which every value knows where it stands.  YAML is read here and nowhere
// else; anchors are followed, merge keys (<<) are merged, and nothing is expanded or judged yet.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/config/problem.h"

namespace umbra::config {

struct Node;
using NodePtr = std::shared_ptr<const Node>;  // an alias is the anchor's node

struct Entry {
  std::string key;
  Place place;
  NodePtr value;
};

struct Node {
  enum class Kind : uint8_t { null, text, list, map };
  Kind kind = Kind::null;
  std::string text;
  std::string shown;     // as it was given, where that is not `text`
  bool literal = false;  // not from a file: holds no variables
  Place place;
  std::vector<NodePtr> list;
  std::vector<Entry> map;  // no key twice
  size_t weight = 1;       // nodes in it, aliases followed

  const Entry* find(std::string_view key) const noexcept;
  // As it was given, for people.
  const std::string& as_given() const noexcept { return shown.empty() ? text : shown; }
};

struct Document {
  NodePtr root;  // a map; null when there is a problem that leaves no tree
  Problems problems;
};

inline constexpr size_t kTextMax = 1024 * 1024;
inline constexpr size_t kDepthMax = 64;
inline constexpr size_t kNodesMax = 100'000;  // aliases followed

// An empty text is an empty map.
Document parse_document(std::string_view text, const std::string& file_name);

}  // namespace umbra::config
