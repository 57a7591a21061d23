#include "umbra/config/section.h"

#include <fmt/format.h>

#include "umbra/base/check.h"
#include "umbra/base/text.h"
#include "umbra/config/values.h"

namespace umbra::config {
namespace {

std::string joined(std::string_view section, std::string_view name) {
  return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

}  // namespace

const Node* Section::node(std::string_view name) const noexcept {
  const Entry* entry = map_ == nullptr ? nullptr : map_->find(name);
  return entry == nullptr || entry->value->kind == Node::Kind::null ? nullptr : entry->value.get();
}

const Key& Section::key(std::string_view name) const {
  const Key* key = find_key(joined(table_, name));
  UMBRA_CHECK(key != nullptr);
  return *key;
}

std::string Section::path_of(std::string_view name) const { return joined(path_, name); }

std::optional<std::string> Section::sound(const Key& key, const Node& node) const {
  if (node.kind != Node::Kind::text) return std::nullopt;
  auto text = text_of(key, node, reading_.variables);
  if (!text || !check_value(key, *text)) return std::nullopt;
  return std::move(*text);
}

std::optional<std::string> Section::text(std::string_view name) const {
  const Key& wanted = key(name);
  if (const Node* value = node(name)) {
    if (auto text = sound(wanted, *value)) return text;
  }
  if (wanted.fallback.empty()) return std::nullopt;
  return std::string(wanted.fallback);
}

std::vector<std::string> Section::texts(std::string_view name) const {
  std::vector<std::string> all;
  const Node* value = node(name);
  if (value == nullptr) return all;
  if (value->kind == Node::Kind::text) {
    if (auto text = sound(key(name), *value)) all.push_back(std::move(*text));
  }
  for (const NodePtr& one : value->list) {
    if (auto text = sound(key(name), *one)) all.push_back(std::move(*text));
  }
  return all;
}

bool Section::boolean(std::string_view name) const {
  const auto given = text(name);
  return given && *parse_boolean(*given);
}

std::optional<uint64_t> Section::number(std::string_view name) const {
  const auto given = text(name);
  if (!given || is_word(key(name), *given)) return std::nullopt;
  return *parse_unsigned(*given);
}

std::optional<uint64_t> Section::size(std::string_view name) const {
  const auto given = text(name);
  if (!given || is_word(key(name), *given)) return std::nullopt;
  return *parse_size(*given);
}

std::optional<Nanos> Section::duration(std::string_view name) const {
  const auto given = text(name);
  if (!given || is_word(key(name), *given)) return std::nullopt;
  return *parse_duration(*given);
}

std::optional<rules::BasisPoints> Section::percent(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  return *parse_percent(*given);
}

std::vector<std::pair<std::string, std::string>> Section::named(std::string_view name) const {
  std::vector<std::pair<std::string, std::string>> all;
  const Node* value = node(name);
  if (value == nullptr) return all;
  for (const Entry& entry : value->map) {
    if (auto text = sound(key(name), *entry.value)) all.emplace_back(entry.key, std::move(*text));
  }
  return all;
}

Section Section::section(std::string_view name) const {
  const Node* value = node(name);
  const bool map = value != nullptr && value->kind == Node::Kind::map;
  return {map ? value : nullptr, joined(table_, name), path_of(name), reading_};
}

std::vector<Section> Section::sections(std::string_view name) const {
  std::vector<Section> all;
  const Node* value = node(name);
  if (value == nullptr) return all;
  for (size_t i = 0; i < value->list.size(); ++i) {
    if (value->list[i]->kind != Node::Kind::map) continue;
    all.emplace_back(value->list[i].get(), joined(table_, name) + "[]",
                     fmt::format("{}[{}]", path_of(name), i), reading_);
  }
  return all;
}

void Section::complain(std::string_view name, std::string expected) const {
  const Node* value = node(name);
  if (value == nullptr) return complain(std::move(expected));
  const std::string shown = value->kind == Node::Kind::text ? shown_value(key(name), *value) : "";
  reading_.problems.push_back({value->place, path_of(name), shown, std::move(expected)});
}

void Section::complain(std::string expected) const {
  UMBRA_CHECK(map_ != nullptr);
  reading_.problems.push_back({map_->place, path_, "", std::move(expected)});
}

}  // namespace umbra::config
