#include "umbra/config/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <unordered_set>

namespace umbra::config {
namespace {

constexpr std::string_view kMergeKey = "<<";

// What ends the reading at once.
struct Fault {
  Place place;
  std::string expected;
};

// A map or a list that is being read.
struct Open {
  std::shared_ptr<Node> node;
  YAML::anchor_t anchor = 0;
  bool has_key = false;
  bool key_is_merge = false;
  std::string key;
  Place key_place;
  std::unordered_set<std::string> keys;
  std::vector<NodePtr> merged;
};

class Builder final : public YAML::EventHandler {
 public:
  Builder(const std::string& file_name, Problems& problems) : file_name_(file_name), problems_(problems) {}

  NodePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Fault{at(mark), "one document is expected, without another behind ---"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(made(Node::Kind::null, mark), anchor, false);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end())
      throw Fault{at(mark), "an anchor that is complete before the alias is expected"};
    count(known->second->weight, at(mark));
    put_value(known->second, at(mark), false);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    const bool plain = tag == "?";
    const bool null = plain && (value.empty() || value == "~" || value == "null");
    auto node = made(null ? Node::Kind::null : Node::Kind::text, mark);
    node->text = value;
    put(std::move(node), anchor, plain && value == kMergeKey);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override {
    merge(open_.back());
    close();
  }

 private:
  Place at(const YAML::Mark& mark) const {
    const auto from_one = [](int zero_based) { return static_cast<unsigned>(std::max(zero_based, 0)) + 1; };
    return {Place::Source::file, file_name_, from_one(mark.line), from_one(mark.column)};
  }

  std::shared_ptr<Node> made(Node::Kind kind, const YAML::Mark& mark) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->place = at(mark);
    count(1, node->place);
    return node;
  }

  void count(size_t nodes, const Place& place) {
    nodes_ += nodes;
    if (nodes_ > kNodesMax) throw Fault{place, fmt::format("at most {} values are expected", kNodesMax)};
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")) return;
    throw Fault{at(mark), "a value without a tag (!...) is expected"};
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    if (open_.size() >= kDepthMax) {
      throw Fault{at(mark), fmt::format("at most {} levels of nesting are expected", kDepthMax)};
    }
    if (!open_.empty() && open_.back().node->kind == Node::Kind::map && !open_.back().has_key) {
      throw Fault{at(mark), "a name is expected as a key"};
    }
    Open opened;
    opened.node = made(kind, mark);
    opened.anchor = anchor;
    open_.push_back(std::move(opened));
  }

  void close() {
    const std::shared_ptr<Node> node = open_.back().node;
    const YAML::anchor_t anchor = open_.back().anchor;
    open_.pop_back();
    for (const NodePtr& child : node->list) node->weight += child->weight;
    for (const Entry& entry : node->map) node->weight += 1 + entry.value->weight;
    put(node, anchor, false);
  }

  void put(NodePtr node, YAML::anchor_t anchor, bool is_merge_key) {
    if (anchor != 0) anchors_[anchor] = node;
    const Place place = node->place;
    put_value(std::move(node), place, is_merge_key);
  }

  void put_value(NodePtr node, const Place& place, bool is_merge_key) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& into = open_.back();
    if (into.node->kind == Node::Kind::list) {
      into.node->list.push_back(std::move(node));
    } else if (!into.has_key) {
      take_key(into, *node, place, is_merge_key);
    } else {
      into.has_key = false;
      take_entry(into, std::move(node));
    }
  }

  static void take_key(Open& into, const Node& node, const Place& place, bool is_merge_key) {
    if (node.kind != Node::Kind::text) throw Fault{place, "a name is expected as a key"};
    into.has_key = true;
    into.key = node.text;
    into.key_place = place;
    into.key_is_merge = is_merge_key;
  }

  void take_entry(Open& into, NodePtr value) {
    if (into.key_is_merge) {
      into.merged.push_back(std::move(value));
    } else if (into.keys.insert(into.key).second) {
      into.node->map.push_back({into.key, into.key_place, std::move(value)});
    } else if (problems_.size() < kProblemsMax) {
      problems_.push_back({into.key_place, "", quoted(into.key), "is given twice; a key is expected once"});
    }
  }

  // What stands beside << wins over what is merged, and the first that is merged over the next.
  void merge(Open& into) {
    for (const NodePtr& value : into.merged) {
      if (value->kind == Node::Kind::map) {
        merge_one(into, *value);
      } else if (value->kind == Node::Kind::list) {
        for (const NodePtr& one : value->list) merge_one(into, *one);
      } else {
        refuse_merge(*value);
      }
    }
  }
  void merge_one(Open& into, const Node& from) {
    if (from.kind != Node::Kind::map) return refuse_merge(from);
    for (const Entry& entry : from.map) {
      if (into.keys.insert(entry.key).second) into.node->map.push_back(entry);
    }
  }
  void refuse_merge(const Node& node) {
    if (problems_.size() >= kProblemsMax) return;
    problems_.push_back({node.place, std::string(kMergeKey), "", "an alias of a map is expected"});
  }

  const std::string& file_name_;
  Problems& problems_;
  NodePtr root_;
  unsigned documents_ = 0;
  size_t nodes_ = 0;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, NodePtr> anchors_;
};

// yaml-cpp takes 0x04 for the end of the text, and YAML allows no control bytes.
const char* find_control(std::string_view text) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  };
  const auto found = std::find_if(text.begin(), text.end(), is_control);
  return found == text.end() ? nullptr : &*found;
}

Place place_of(const char* byte, std::string_view text, const std::string& file_name) {
  const std::string_view before = text.substr(0, static_cast<size_t>(byte - text.data()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t line_begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return {Place::Source::file, file_name, static_cast<unsigned>(lines) + 1,
          static_cast<unsigned>(before.size() - line_begin) + 1};
}

// A text as a stream, without a copy.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

void read(std::string_view text, Builder& builder) {
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
}

NodePtr read_guarded(std::string_view text, const std::string& file_name, Problems& problems) {
  const Place begin{Place::Source::file, file_name, 1, 1};
  if (text.size() > kTextMax) {
    problems.push_back({begin, "", "", fmt::format("a file of at most {} bytes is expected", kTextMax)});
    return nullptr;
  }
  if (const char* control = find_control(text)) {
    problems.push_back(
        {place_of(control, text, file_name), "", "", "a text without control bytes is expected"});
    return nullptr;
  }
  Builder builder(file_name, problems);
  try {
    read(text, builder);
  } catch (const Fault& fault) {
    problems.push_back({fault.place, "", "", fault.expected});
    return nullptr;
  } catch (const YAML::Exception& failure) {
    Place place = begin;
    if (!failure.mark.is_null()) {
      place.line = static_cast<unsigned>(std::max(failure.mark.line, 0)) + 1;
      place.column = static_cast<unsigned>(std::max(failure.mark.column, 0)) + 1;
    }
    std::string shown = quoted(failure.msg);
    problems.push_back(
        {place, "", "", fmt::format("YAML is expected: {}", shown.substr(1, shown.size() - 2))});
    return nullptr;
  }
  if (builder.root() && builder.root()->kind != Node::Kind::null) return builder.root();
  auto empty = std::make_shared<Node>();
  empty->kind = Node::Kind::map;
  empty->place = begin;
  return empty;
}

}  // namespace

const Entry* Node::find(std::string_view key) const noexcept {
  const auto found =
      std::find_if(map.begin(), map.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == map.end() ? nullptr : &*found;
}

Document parse_document(std::string_view text, const std::string& file_name) {
  Document document;
  document.root = read_guarded(text, file_name, document.problems);
  if (document.root && document.root->kind != Node::Kind::map) {
    document.problems.push_back({document.root->place, "", "", "keys and values are expected"});
    document.root = nullptr;
  }
  return document;
}

}  // namespace umbra::config
