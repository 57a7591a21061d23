#include "umbra/config/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "umbra/config/keys.h"

namespace umbra::config {
namespace {

std::string committed() {
  std::ifstream file(UMBRA_SOURCE_DIR "/docs/umbra.schema.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Schema, TheCommittedOneIsUpToDate) {
  EXPECT_EQ(committed(), schema()) << "umbra check --schema > docs/umbra.schema.json";
}

// Walks down by the key's path: `[]` is an array's items.
const nlohmann::json* node_of(const nlohmann::json& root, std::string_view path) {
  const nlohmann::json* node = &root;
  while (!path.empty()) {
    const size_t dot = path.find('.');
    std::string step(path.substr(0, dot));
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
    const bool items = step.ends_with("[]");
    if (items) step.resize(step.size() - 2);
    if (node->contains("anyOf")) node = &node->at("anyOf").back();
    if (!node->contains("properties") || !node->at("properties").contains(step)) return nullptr;
    node = &node->at("properties").at(step);
    if (items) node = &node->at("items");
  }
  return node;
}

TEST(Schema, HoldsEveryKey) {
  const auto root = nlohmann::json::parse(schema());
  for (const Key& key : keys()) {
    const nlohmann::json* node = node_of(root, key.path);
    ASSERT_NE(node, nullptr) << key.path;
    if (key.path.empty()) continue;
    EXPECT_NE(node->at("description").get<std::string>().find(key.help), std::string::npos) << key.path;
    EXPECT_EQ(node->contains("default"), !key.fallback.empty()) << key.path;
  }
}

TEST(Schema, ClosesEverySection) {
  const std::string text = schema();
  size_t objects = 0;
  for (size_t at = text.find("\"properties\""); at != text.npos; at = text.find("\"properties\"", at + 1))
    ++objects;
  size_t closed = 0;
  const std::string mark = "\"additionalProperties\": false";
  for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) ++closed;
  EXPECT_EQ(objects, closed);
  EXPECT_GE(objects, 20U);
}

}  // namespace
}  // namespace umbra::config
