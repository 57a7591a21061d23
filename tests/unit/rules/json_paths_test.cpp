#include "umbra/rules/json_paths.h"

#include <gtest/gtest.h>

namespace umbra::rules {
namespace {

// Whether `path` leads to what stands at `steps` in a document.
bool leads(const std::string& path, const std::vector<std::string>& steps) {
  const auto paths = JsonPaths::compile({path});
  if (!paths) {
    ADD_FAILURE() << paths.error().detail;
    return false;
  }
  JsonPaths::Place place(*paths);
  for (const std::string& step : steps) place.enter(step);
  return place.matches();
}

TEST(JsonPaths, Table) {
  struct Row {
    const char* path;
    std::vector<std::string> steps;
    bool leads;
    const char* why;
  };
  for (const Row& row : {
           Row{"user", {"user"}, true, "a member"},
           Row{"user", {}, false, "not the whole"},
           Row{"user", {"user", "email"}, false, "not what is in it: it is masked as a whole"},
           Row{"user", {"User"}, false, "names have case"},
           Row{"user", {"a", "user"}, false, "paths begin at the root"},
           Row{"user.email", {"user", "email"}, true, "two steps"},
           Row{"user.email", {"user"}, false, "half of the way"},
           Row{"items.0.card", {"items", "0", "card"}, true, "an index"},
           Row{"items.0.card", {"items", "1", "card"}, false, "another index"},
           Row{"items.*.card", {"items", "17", "card"}, true, "any index"},
           Row{"items.*.card", {"items", "first", "card"}, true, "any name"},
           Row{"items.*.card", {"items", "card"}, false, "one step is not none"},
           Row{"items.*.card", {"items", "1", "2", "card"}, false, "nor two"},
           Row{"*", {"a"}, true, "any member"},
           Row{"*", {}, false, "not the root"},
           Row{"**.token", {"token"}, true, "any number may be none"},
           Row{"**.token", {"a", "0", "token"}, true, "or several"},
           Row{"**.token", {"a", "token", "b"}, false, "it ends there"},
           Row{"**.token.id", {"token", "token", "id"}, true, "a name that could begin it twice"},
           Row{"a.**.b", {"a", "b"}, true, "none in between"},
           Row{"a.**.b", {"a", "c", "b", "b"}, true, "several in between"},
           Row{"a.**.b", {"c", "b"}, false, "it begins with a"},
           Row{"a.**", {"a"}, true, "none behind"},
           Row{"a.**", {"a", "b"}, true, "all below"},
           Row{"**", {}, true, "the whole"},
           Row{"**.**.a", {"a"}, true, "twice is once"},
           Row{"**.*.a", {"a"}, false, "at least one step"},
           Row{"**.*.a", {"b", "a"}, true, "one step"},
           Row{"a\\.b", {"a.b"}, true, "a dot in a name"},
           Row{"a\\.b", {"a", "b"}, false, "which divides nothing"},
           Row{"\\*", {"*"}, true, "a name that is a star"},
           Row{"\\*", {"a"}, false, "and no other"},
           Row{"a\\\\.b", {"a\\", "b"}, true, "a backslash in a name"},
           Row{"caf\xc3\xa9", {"caf\xc3\xa9"}, true, "beyond ASCII"},
       }) {
    EXPECT_EQ(leads(row.path, row.steps), row.leads) << row.path << ": " << row.why;
  }
}

TEST(JsonPaths, OneOfSeveral) {
  const auto paths = JsonPaths::compile({"a.b", "a.c", "**.d"});
  ASSERT_TRUE(paths);
  JsonPaths::Place place(*paths);
  place.enter("a");
  EXPECT_FALSE(place.matches());
  for (const char* name : {"b", "c", "d"}) {
    place.enter(name);
    EXPECT_TRUE(place.matches()) << name;
    place.leave();
  }
  EXPECT_FALSE(place.matches()) << "back in a";
  place.leave();
  place.enter("b");
  EXPECT_FALSE(place.matches()) << "b at the root is another one";
}

TEST(JsonPaths, NoneMatchesNothing) {
  const auto paths = JsonPaths::compile({});
  ASSERT_TRUE(paths);
  EXPECT_TRUE(paths->empty());
  JsonPaths::Place place(*paths);
  EXPECT_FALSE(place.matches());
  place.enter("a");
  EXPECT_FALSE(place.matches());
}

TEST(JsonPaths, Errors) {
  for (const char* path : {"", ".", "a.", ".a", "a..b", "a*", "***", "a.*b", "a\\", "a\\b", "\\"}) {
    const auto paths = JsonPaths::compile({"sound", path});
    ASSERT_FALSE(paths) << path;
    EXPECT_EQ(paths.error().code, Errc::bad_config);
    EXPECT_NE(paths.error().detail.find("'" + std::string(path) + "'"), std::string::npos)
        << paths.error().detail;
  }
}

}  // namespace
}  // namespace umbra::rules
