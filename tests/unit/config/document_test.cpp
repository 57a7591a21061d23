#include "umbra/config/document.h"

#include <gtest/gtest.h>

namespace umbra::config {
namespace {

Document read(const std::string& text) { return parse_document(text, "u.yaml"); }

std::string problem_of(const std::string& text) {
  const Document document = read(text);
  return text_of(document.problems);
}

TEST(Document, EveryValueKnowsItsPlace) {
  const Document document = read("a: 1\nb:\n  - x\n  - {c: \"2\"}\n");
  ASSERT_TRUE(document.root);
  EXPECT_TRUE(document.problems.empty());
  const Entry* a = document.root->find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->value->text, "1");
  EXPECT_EQ(a->value->place.text(), "u.yaml:1:4");
  EXPECT_EQ(a->place.text(), "u.yaml:1:1");
  const Entry* b = document.root->find("b");
  ASSERT_EQ(b->value->list.size(), 2U);
  EXPECT_EQ(b->value->list[0]->place.text(), "u.yaml:3:5");
  EXPECT_EQ(b->value->list[1]->find("c")->value->place.text(), "u.yaml:4:9");
  EXPECT_EQ(document.root->find("c"), nullptr);
}

TEST(Document, NothingIsAnEmptyMap) {
  for (const char* text : {"", "# a comment\n", "---\n", "~\n", "{}"}) {
    const Document document = read(text);
    ASSERT_TRUE(document.root) << text;
    EXPECT_EQ(document.root->kind, Node::Kind::map) << text;
    EXPECT_TRUE(document.root->map.empty()) << text;
  }
}

TEST(Document, KindsOfValues) {
  const Document document =
      read("null1:\nnull2: ~\nnull3: null\ntext: \"~\"\nempty: ''\nlist: []\nmap: {}\n");
  ASSERT_TRUE(document.root);
  const auto kind = [&](const char* key) { return document.root->find(key)->value->kind; };
  for (const char* key : {"null1", "null2", "null3"}) EXPECT_EQ(kind(key), Node::Kind::null) << key;
  for (const char* key : {"text", "empty"}) EXPECT_EQ(kind(key), Node::Kind::text) << key;
  EXPECT_EQ(kind("list"), Node::Kind::list);
  EXPECT_EQ(kind("map"), Node::Kind::map);
}

TEST(Document, AnchorsAreFollowed) {
  const Document document = read("a: &x {k: v}\nb: *x\n");
  ASSERT_TRUE(document.root);
  EXPECT_EQ(document.root->find("a")->value, document.root->find("b")->value) << "one node, not a copy";
}

TEST(Document, MergeKeys) {
  const Document document = read(
      "one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\n"
      "single: {<<: *one, a: own}\nmany: {b: own, <<: [*one, *two]}\nquoted: {\"<<\": text}\n");
  EXPECT_EQ(text_of(document.problems), "");
  const auto value = [&](const char* map, const char* key) {
    return document.root->find(map)->value->find(key)->value->text;
  };
  EXPECT_EQ(value("single", "a"), "own");
  EXPECT_EQ(value("single", "b"), "1");
  EXPECT_EQ(value("many", "a"), "1");
  EXPECT_EQ(value("many", "b"), "own");
  EXPECT_EQ(value("many", "c"), "2");
  EXPECT_EQ(value("quoted", "<<"), "text");
}

TEST(Document, Problems) {
  struct Row {
    std::string text;
    std::string expected;
    const char* why;
  };
  for (const Row& row : {
           Row{"a: 1\nb: 2\na: 3\n", "u.yaml:3:1: 'a': is given twice; a key is expected once", "twice"},
           Row{"m:\n  {x: 1, x: 2}\n", "u.yaml:2:10: 'x': is given twice; a key is expected once", "nested"},
           Row{"- a\n- b\n", "u.yaml:1:1: keys and values are expected", "a list"},
           Row{"text\n", "u.yaml:1:1: keys and values are expected", "a text"},
           Row{"a: 1\n---\nb: 2\n", "u.yaml:2:1: one document is expected, without another behind ---",
               "two documents"},
           Row{"a: !secret x\n", "u.yaml:1:4: a value without a tag (!...) is expected", "a tag of its own"},
           Row{"? [a]\n: b\n", "u.yaml:1:3: a name is expected as a key", "a list as a key"},
           Row{"? {a: b}\n: c\n", "u.yaml:1:3: a name is expected as a key", "a map as a key"},
           Row{"~: b\n", "u.yaml:1:1: a name is expected as a key", "null as a key"},
           Row{"a: &x [1, *x]\n", "u.yaml:1:11: an anchor that is complete before the alias is expected",
               "an alias within its anchor"},
           Row{"a: {<<: text}\n", "u.yaml:1:9: <<: an alias of a map is expected", "merging a text"},
           Row{"a: {<<: [{b: 1}, 2]}\n", "u.yaml:1:18: <<: an alias of a map is expected",
               "merging a number"},
           Row{"a: 1\nb: \x04 2\n", "u.yaml:2:4: a text without control bytes is expected",
               "yaml-cpp would stop reading there"},
           Row{std::string("a: 1\n\0", 6), "u.yaml:2:1: a text without control bytes is expected", "a NUL"},
       }) {
    EXPECT_EQ(problem_of(row.text), row.expected) << row.why;
  }
}

TEST(Document, WhatIsNoYamlIsSaidWithItsPlace) {
  for (const char* text : {"a: [1, 2\n", "a: b: c\n", "a:\n\t- b\n", "a: *nowhere\n", "%YAML 9.9\n"}) {
    const Document document = read(text);
    EXPECT_FALSE(document.root) << text;
    ASSERT_EQ(document.problems.size(), 1U) << text;
    EXPECT_TRUE(document.problems[0].text().starts_with("u.yaml:")) << document.problems[0].text();
    EXPECT_NE(document.problems[0].text().find("YAML is expected"), std::string::npos)
        << document.problems[0].text();
  }
}

TEST(Document, DeepNestingIsRefusedBeforeItIsRead) {
  const std::string expected = "at most 64 levels of nesting are expected";
  const size_t many = 200'000;
  for (const std::string& text : {std::string(many, '['), "a: " + std::string(many, '{')}) {
    EXPECT_FALSE(read(text).root);
    EXPECT_NE(problem_of(text), "");
  }
  for (const std::string& text :
       {"a: " + std::string(64, '[') + std::string(64, ']'), std::string(65, '[') + std::string(65, ']')}) {
    EXPECT_NE(problem_of(text).find(expected), std::string::npos) << problem_of(text);
  }
  std::string blocks;
  for (size_t i = 0; i < many; ++i) blocks += "- ";
  EXPECT_NE(problem_of(blocks).find(expected), std::string::npos);
  std::string deepest = "a: " + std::string(63, '[') + std::string(63, ']');
  EXPECT_EQ(problem_of(deepest), "");
}

TEST(Document, AliasBombsAreRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(problem_of(bomb).find("at most 100000 values are expected"), std::string::npos)
      << problem_of(bomb);
}

TEST(Document, LargeFilesAreRefused) {
  EXPECT_EQ(problem_of("#" + std::string(kTextMax - 1, ' ')), "");
  EXPECT_EQ(problem_of("#" + std::string(kTextMax, ' ')),
            "u.yaml:1:1: a file of at most 1048576 bytes is expected");
}

}  // namespace
}  // namespace umbra::config
