// The draft of a copy's head: edits, and what spoils it.
#include "umbra/rules/draft.h"

#include <gtest/gtest.h>

#include <optional>

#include "rules/rules_run.h"

namespace umbra::rules {
namespace {

class DraftTest : public testing::Test {
 protected:
  Draft& begin(std::string head) {
    bytes_ = std::move(head);
    Opaque reason = Opaque::none;
    EXPECT_EQ(head_.parse(http::Side::request, bytes_, reason), http::Head::Verdict::complete) << bytes_;
    draft_.begin(head_);
    return draft_;
  }
  // Sets every line of that name.
  void set(const std::string& name, const std::string& value) {
    draft_.edit_header(name, false, [&](std::string_view) { return std::optional(value); });
  }

  std::string bytes_;
  http::Head head_;
  Draft draft_;
};

TEST_F(DraftTest, IsAViewAtFirst) {
  const Draft& draft = begin("GET /a?x=1 HTTP/1.1\r\nHost: app:1\r\nA: 1\r\na: 2\r\nE:\r\n\r\n");
  EXPECT_FALSE(draft.changed());
  EXPECT_EQ(draft.target(), "/a?x=1");
  EXPECT_EQ(draft.path(), "/a");
  EXPECT_EQ(draft.query(), "x=1");
  EXPECT_EQ(draft.host(), "app:1");
  EXPECT_EQ(draft.header("a"), "1") << "the first line, in any case";
  EXPECT_NE(draft.header("e").data(), nullptr) << "there and empty";
  EXPECT_EQ(draft.header("none").data(), nullptr);
  EXPECT_EQ(begin("GET /a HTTP/1.1\r\n\r\n").query(), "");
  EXPECT_EQ(draft_.host().data(), nullptr);
}

TEST_F(DraftTest, EditsInPlace) {
  begin("GET / HTTP/1.1\r\nHost: a\r\nX-a:1\r\nB: 2\r\nx-A:  3 \r\n\r\n");
  set("X-A", "new");
  draft_.add_header("Last", "z");
  draft_.add_header("First", "", true);
  draft_.remove_header("b");
  draft_.set_target("/other");
  EXPECT_TRUE(draft_.changed());
  EXPECT_FALSE(draft_.spoiled());
  EXPECT_EQ(head_of(draft_),
            "GET /other HTTP/1.1\r\nFirst: \r\nHost: a\r\nX-a: new\r\nx-A: new\r\nLast: z\r\n\r\n");
  EXPECT_TRUE(draft_.fields()[0].ours);
  EXPECT_FALSE(draft_.fields()[1].ours);
  EXPECT_EQ(draft_.fields()[1].known, http::Name::host);
  EXPECT_TRUE(draft_.fields()[2].ours);
}

TEST_F(DraftTest, AnEditThatChangesNothingIsNone) {
  begin("GET /a HTTP/1.1\r\nHost: a\r\nA: 1\r\n\r\n");
  set("A", "1");
  set("None", "1");
  draft_.set_target("/a");
  draft_.remove_header("None");
  draft_.remove_header("A", true);
  EXPECT_FALSE(draft_.changed());
  EXPECT_TRUE(draft_.fields().empty());
}

TEST_F(DraftTest, ANewTargetLeavesTheFieldsThere) {
  begin("GET /a HTTP/1.1\r\nHost: a\r\nA:1\r\n\r\n").set_target("/b");
  EXPECT_EQ(draft_.fields().size(), 2u);
  EXPECT_EQ(head_of(draft_), "GET /b HTTP/1.1\r\nHost: a\r\nA:1\r\n\r\n");
  draft_.remove_header("Host");
  draft_.remove_header("A");
  EXPECT_EQ(head_of(draft_), "GET /b HTTP/1.1\r\n\r\n");
}

TEST_F(DraftTest, RemovesAllLinesOrAllButTheFirst) {
  const std::string head = "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\na: 3\r\nA: 4\r\n\r\n";
  begin(head).remove_header("A", true);
  EXPECT_EQ(head_of(draft_), "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n");
  begin(head).remove_header("A");
  EXPECT_EQ(head_of(draft_), "GET / HTTP/1.1\r\nB: 2\r\n\r\n");
}

TEST_F(DraftTest, BeginsAnew) {
  begin("GET /a HTTP/1.1\r\nA: 1\r\n\r\n");
  set("A", "2");
  set("A", "\r");
  EXPECT_TRUE(draft_.spoiled());
  begin("GET /b HTTP/1.1\r\nB: 1\r\n\r\n");
  EXPECT_FALSE(draft_.spoiled());
  EXPECT_FALSE(draft_.changed());
  EXPECT_EQ(head_of(draft_), "GET /b HTTP/1.1\r\nB: 1\r\n\r\n");
}

TEST_F(DraftTest, BrokenTargetsSpoil) {
  for (const std::string& target :
       {std::string(), std::string("/a b"), std::string("/a\r\nX: 1"), std::string("/a\n"),
        std::string("/\0", 2), std::string("/\t"), std::string("/\x7f"), std::string("/\xc3\xa4"),
        std::string("a"), std::string("?x")}) {
    begin("GET /p HTTP/1.1\r\nHost: a\r\n\r\n").set_target(target);
    EXPECT_TRUE(draft_.spoiled()) << target;
  }
  for (const char* target : {"/", "//x", "/a?b#c", "/%00"}) {
    begin("GET /p HTTP/1.1\r\nHost: a\r\n\r\n").set_target(target);
    EXPECT_FALSE(draft_.spoiled()) << target;
  }
  begin("GET http://a/p HTTP/1.1\r\nHost: a\r\n\r\n").set_target("http://b/p");
  EXPECT_FALSE(draft_.spoiled()) << "an absolute-form may stay one";
}

TEST_F(DraftTest, BrokenFieldsSpoil) {
  struct Row {
    std::string name, value;
  };
  for (const Row& row : {Row{"", "1"}, Row{"A b", "1"}, Row{"A:", "1"}, Row{"A\r\nB", "1"},
                         Row{"\xc3\xa4", "1"}, Row{"A", "1\r\nB: 2"}, Row{"A", "1\n"}, Row{"A", "\r"},
                         Row{"A", std::string("\0", 1)}, Row{"A", "\x7f"}, Row{"A", "\x1b"}}) {
    begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n").add_header(row.name, row.value);
    EXPECT_TRUE(draft_.spoiled()) << row.name << ": " << row.value;
    begin("GET / HTTP/1.1\r\nHost: a\r\nA: x\r\n\r\n");
    if (row.name != "A") continue;
    set("A", row.value);
    EXPECT_TRUE(draft_.spoiled()) << row.value;
  }
  begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n").add_header("A", "tab\tand \xc3\xa4");
  EXPECT_FALSE(draft_.spoiled());
}

TEST_F(DraftTest, NoRuleWritesFraming) {
  for (const std::string name : {"Content-Length", "transfer-encoding", "CONNECTION", "Keep-Alive", "TE",
                                 "Upgrade", "Trailer", "Expect", "Proxy-Connection"}) {
    begin("POST / HTTP/1.1\r\nHost: a\r\n\r\n").add_header(name, "1");
    EXPECT_TRUE(draft_.spoiled()) << name;
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n" + name + ": 5\r\n\r\n";
    begin(head);
    set(name, "6");
    EXPECT_TRUE(draft_.spoiled()) << name;
    begin(head).remove_header(name);
    EXPECT_TRUE(draft_.spoiled()) << name;
  }
}

TEST_F(DraftTest, ASecondHostSpoils) {
  begin("GET / HTTP/1.1\r\nhost: a\r\n\r\n").add_header("Host", "b");
  EXPECT_TRUE(draft_.spoiled());
  begin("GET / HTTP/1.0\r\n\r\n").add_header("Host", "b");
  EXPECT_FALSE(draft_.spoiled());
  draft_.add_header("Host", "c");
  EXPECT_TRUE(draft_.spoiled());
}

TEST_F(DraftTest, WritingWithoutEndSpoils) {
  begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string value(60 * 1024, 'x');
  for (int i = 0; i < 4; ++i) draft_.add_header("A", value);
  EXPECT_FALSE(draft_.spoiled());
  draft_.add_header("A", value);
  EXPECT_TRUE(draft_.spoiled());
  begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n").add_header("A", value);
  EXPECT_FALSE(draft_.spoiled()) << "counted for each head anew";
}

}  // namespace
}  // namespace umbra::rules
