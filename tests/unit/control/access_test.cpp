#include "umbra/control/access.h"

#include <gtest/gtest.h>

namespace umbra::control {
namespace {

const Access kAccess{"a-token-of-enough-letters", {"umbra.internal"}};

Request with_host(std::string host) { return {"GET", "/status", std::move(host)}; }

TEST(Access, HostsThatNoStrangerCouldHaveChosen) {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:9100", "10.1.2.3:1", "[::1]", "[::1]:9100", "[2001:db8::1]:80", "localhost",
        "localhost:9100", "LOCALHOST:9100", "umbra.internal", "Umbra.Internal:9100", ""}) {
    EXPECT_FALSE(refuse_host(with_host(host), kAccess)) << host;
  }
}

TEST(Access, OtherHostsAreMisdirected) {
  for (const char* host : {"evil.example", "evil.example:9100", "localhost.evil.example", "127.0.0.1.nip.io",
                           "127.0.0.1.:9100", "127.1", "2130706433", "0x7f000001", "umbra.internal.", "umbra",
                           "[::1", "[]", "[evil.example]:80", "[127.0.0.1]", ":9100"}) {
    const auto refusal = refuse_host(with_host(host), kAccess);
    ASSERT_TRUE(refusal) << host;
    EXPECT_EQ(refusal->status, 421U) << host;
  }
}

TEST(Access, ThroughAUnixSocketAnyHostIsRight) {
  Request request = with_host("evil.example");
  request.from_unix_socket = true;
  EXPECT_FALSE(refuse_host(request, kAccess));
}

TEST(Access, Changes) {
  struct Row {
    std::optional<std::string> origin;
    std::string authorization;
    unsigned status;  // 0: let in
    const char* why;
  };
  const std::string right = "Bearer a-token-of-enough-letters";
  for (const Row& row : {
           Row{std::nullopt, right, 0, "curl"},
           Row{std::nullopt, "bearer   a-token-of-enough-letters", 0, "the scheme's case, more blanks"},
           Row{"http://localhost:9100", right, 0, "a page of umbra's own"},
           Row{"https://localhost:9100", right, 0, "... behind something that ends TLS"},
           Row{"http://localhost", right, 403, "another port is another origin"},
           Row{"http://evil.example", right, 403, "another site"},
           Row{"http://localhost:9100, http://evil.example", right, 403, "two of them"},
           Row{"null", right, 403, "a sandboxed page"},
           Row{"", right, 403, "empty"},
           Row{"http://evil.example", "", 403, "another site, without a token"},
           Row{std::nullopt, "", 401, "no token"},
           Row{std::nullopt, "Bearer", 401, "none either"},
           Row{std::nullopt, "Bearer ", 401, "nor here"},
           Row{std::nullopt, "Bearer a-token-of-enough-letterz", 401, "a wrong one"},
           Row{std::nullopt, "Bearer a-token-of-enough-letter", 401, "its beginning"},
           Row{std::nullopt, "Bearer a-token-of-enough-letters-", 401, "more than it"},
           Row{std::nullopt, "Bearer A-token-of-enough-letters", 401, "tokens have a case"},
           Row{std::nullopt, "a-token-of-enough-letters", 401, "no scheme"},
           Row{std::nullopt, "Basic a-token-of-enough-letters", 401, "another scheme"},
       }) {
    Request request{"PATCH", "/api/shadows", "localhost:9100", row.origin, row.authorization};
    const auto refusal = refuse_change(request, kAccess);
    EXPECT_EQ(refusal ? refusal->status : 0, row.status) << row.why;
    EXPECT_EQ(refusal ? refusal->authenticate : "", row.status == 401 ? "Bearer" : "") << row.why;
  }
}

// An empty token would be equal to a missing one.
TEST(Access, WithoutATokenNothingCanBeChanged) {
  for (const char* authorization : {"", "Bearer", "Bearer "}) {
    const auto refusal = refuse_change({"POST", "/api/reload", "localhost", {}, authorization}, {});
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, 403U);
    EXPECT_NE(refusal->body.find("--admin-token-file or UMBRA_ADMIN_TOKEN"), std::string::npos);
  }
}

}  // namespace
}  // namespace umbra::control
