#include "umbra/config/schema.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "umbra/config/keys.h"
#include "umbra/mirror/options.h"

namespace umbra::config {
namespace {

using Json = nlohmann::ordered_json;

// Any value may be, or hold, a variable.
Json variable() { return {{"type", "string"}, {"pattern", "\\$\\{[A-Z_][A-Z0-9_]*"}}; }

Json text_like(const char* pattern) { return {{"type", "string"}, {"pattern", pattern}}; }

Json any_of(std::vector<Json> choices) {
  if (choices.size() == 1) return choices.front();
  return {{"anyOf", std::move(choices)}};
}

// 1.2 without quotes is a number to YAML.
Json words(const Key& key) {
  Json all = Json::array();
  for (const std::string_view word : words_of(key)) {
    all.push_back(word);
    const Json value = Json::parse(word, nullptr, false);
    if (value.is_number()) all.push_back(value);
  }
  return {{"enum", std::move(all)}};
}

// What the type takes besides words and variables.
Json typed(const Key& key) {
  switch (key.type) {
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::number:
      return {{"type", "integer"}, {"minimum", key.low}, {"maximum", key.high}};
    case Type::size:
      return {{"type", {"string", "integer"}}, {"pattern", "^[0-9.]+ *([kKmMgG]?[iI]?[bB]?)$"}};
    case Type::duration:
      return text_like("^([0-9.]+(us|ms|s|m|h)|0)$");
    case Type::percent:
      return text_like("^ *[0-9]+(\\.[0-9]{1,2})? *% *$");
    case Type::rate:
      return text_like("^[0-9.]+/[smh]$");
    case Type::method:
      return text_like("^[^a-z]+$");
    case Type::url:
      return text_like("^([hH][tT][tT][pP][sS]?://|[tT][cC][pP]://|[uU][nN][iI][xX]:)");
    case Type::prefix:
      return text_like("^/");
    case Type::text:
    case Type::filled:
    case Type::query_part:
      return {{"type", {"string", "number", "boolean"}}};
    default:
      return {{"type", "string"}};
  }
}

bool takes_any_text(const Json& schema) {
  return schema.contains("type") && !schema.contains("pattern") && schema["type"] != "boolean" &&
         schema["type"] != "integer";
}

Json scalar(const Key& key) {
  std::vector<Json> choices;
  if (!key.words.empty()) choices.push_back(words(key));
  if (key.type != Type::choice) choices.push_back(typed(key));
  if (!takes_any_text(choices.back())) choices.push_back(variable());
  return any_of(std::move(choices));
}

Json section(std::string_view table);

Json shaped(const Key& key) {
  switch (key.shape) {
    case Shape::one:
      return scalar(key);
    case Shape::some:
      return any_of({scalar(key), {{"type", "array"}, {"items", scalar(key)}}});
    case Shape::named:
      return {{"type", "object"}, {"additionalProperties", scalar(key)}};
    case Shape::section:
      return section(key.path);
    case Shape::sections:
      return {{"type", "array"}, {"items", section(section_path(key))}};
    case Shape::either:
      return any_of({scalar(key), section(key.path)});
  }
  return {};
}

std::string description(const Key& key) {
  std::string text(key.help);
  if (!key.example.empty()) text += fmt::format("\nExample: {}: {}", key.leaf(), key.example);
  return text;
}

Json section(std::string_view table) {
  Json properties = Json::object();
  for (const Key* key : keys_below(table)) {
    Json one{{"description", description(*key)}};
    one.update(shaped(*key));
    if (key->path == "shadows") one["maxItems"] = mirror::kShadowsMax;
    if (!key->fallback.empty()) one["default"] = key->fallback;
    properties[std::string(key->leaf())] = std::move(one);
  }
  Json out{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (table == "shadows[]") out["required"] = {"url"};
  return out;
}

}  // namespace

std::string schema() {
  Json out{{"$schema", "http://json-schema.org/draft-07/schema#"},
           {"title", "umbra.yaml"},
           {"description", "The configuration file of umbra; see docs/configuration.md."}};
  out.update(section(""));
  return out.dump(2) + "\n";
}

}  // namespace umbra::config
