#include "umbra/config/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "umbra/config/shadow_flag.h"
#include "umbra/mirror/options.h"

namespace umbra::config {
namespace {

std::shared_ptr<Node> empty(Node::Kind kind, const Place& place) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->literal = true;
  node->place = place;
  return node;
}

void put(Node& map, std::string_view key, NodePtr value) {
  const auto found =
      std::find_if(map.map.begin(), map.map.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != map.map.end()) {
    found->value = std::move(value);
  } else {
    const Place place = value->place;
    map.map.push_back({std::string(key), place, std::move(value)});
  }
}

std::shared_ptr<Node> url_node(std::string_view url, const std::string& given, const Place& place) {
  auto node = empty(Node::Kind::text, place);
  node->text = url;
  node->shown = given;
  return node;
}

// Empty: none that is sound.
std::string name_of(const Section& shadow) {
  if (auto name = shadow.text("name")) return *name;
  const auto url = shadow.text("url");
  const auto parsed = url ? parse_shadow_url(*url) : Result<mirror::ShadowOptions>(Error{});
  return parsed ? parsed->name : "";
}

// The file's shadows, which the flags change and add to.
class Shadows {
 public:
  Shadows(const NodePtr& root, const Place& place, const Reading& reading) : place_(place) {
    const Section all(root.get(), "", "", reading);
    if (const Node* node = all.node("shadows"); node != nullptr && node->kind == Node::Kind::list)
      list_ = node->list;
    for (size_t i = 0; i < list_.size() && i < mirror::kShadowsMax; ++i) {
      if (list_[i]->kind != Node::Kind::map) continue;
      names_.emplace_back(name_of(Section(list_[i].get(), "shadows[]", "", reading)), i);
    }
  }

  void put_one(const NamedUrl& parts, const std::string& name, const std::string& given) {
    const auto url = url_node(parts.url, given, place_);
    const auto known =
        std::find_if(names_.begin(), names_.end(), [&](const auto& entry) { return entry.first == name; });
    if (known != names_.end() && replaced_.insert(known->second).second) {
      auto changed = std::make_shared<Node>(*list_[known->second]);
      put(*changed, "url", url);
      list_[known->second] = std::move(changed);
      return;
    }
    auto added = empty(Node::Kind::map, place_);
    if (!parts.name.empty()) put(*added, "name", text_node(std::string(parts.name), place_));
    put(*added, "url", url);
    list_.push_back(std::move(added));
  }

  NodePtr node() const {
    auto all = empty(Node::Kind::list, place_);
    all->list = list_;
    return all;
  }

 private:
  const Place& place_;
  std::vector<NodePtr> list_;
  std::vector<std::pair<std::string, size_t>> names_;
  std::set<size_t> replaced_;
};

}  // namespace

NodePtr text_node(std::string text, Place place) {
  auto node = empty(Node::Kind::text, place);
  node->text = std::move(text);
  return node;
}

NodePtr list_node(const std::vector<std::string>& texts, const Place& place) {
  auto node = empty(Node::Kind::list, place);
  for (const std::string& text : texts) node->list.push_back(text_node(text, place));
  return node;
}

NodePtr with_value(const NodePtr& root, std::string_view path, NodePtr value) {
  const bool map = root && root->kind == Node::Kind::map;
  auto changed = map ? std::make_shared<Node>(*root) : empty(Node::Kind::map, value->place);
  const size_t dot = path.find('.');
  const std::string_view key = path.substr(0, dot);
  if (dot != path.npos) {
    const Entry* below = changed->find(key);
    value = with_value(below == nullptr ? nullptr : below->value, path.substr(dot + 1), std::move(value));
  }
  put(*changed, key, std::move(value));
  return changed;
}

NodePtr with_shadows(const NodePtr& root, const std::vector<std::string>& texts, const Place& place,
                     const Reading& reading) {
  Shadows shadows(root, place, reading);
  // A flag stands in its own place; the values of a variable share one.
  const bool counted = place.source == Place::Source::variable && texts.size() > 1;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string& text = texts[i];
    const auto parts = split_shadow(text);
    const auto parsed = parse_shadow(text);
    if (!parts || !parsed) {
      const std::string which = counted ? fmt::format("value {} of {}: ", i + 1, texts.size()) : "";
      reading.problems.push_back(
          {place, "shadows", quoted(without_password(text)), which + parsed.error().detail});
    } else {
      shadows.put_one(*parts, parsed->name, text);
    }
  }
  return with_value(root, "shadows", shadows.node());
}

}  // namespace umbra::config
