#include "umbra/mirror/following.h"

#include <gtest/gtest.h>

#include "umbra/mirror/copy_queue.h"

namespace umbra::mirror {
namespace {

client::Request copy_of(std::string_view bytes) {
  client::Request copy;
  copy.bytes = {Chunk::copy_of(bytes), 0, bytes.size()};
  copy.made = 77;
  return copy;
}

class FollowingTest : public testing::Test {
 protected:
  FollowingTest() {
    shadow.authority = "shadow:3000";
    shadow.redirects = 2;
    shadow.redirect_hosts = {"friend:1", "app:5000"};
    all.own = {{net::Address::Kind::tcp, "app", 5000, ""}};
  }
  std::optional<Following::Next> next(const client::Request& copy, unsigned status,
                                      std::string_view location) {
    client::Answer answer;
    answer.status = status;
    answer.location = location;
    return Following(shadow, all).next(copy, answer, scratch);
  }
  std::string bytes_of_next(std::string_view copy, unsigned status, std::string_view location) {
    const auto made = next(copy_of(copy), status, location);
    return made ? std::string(made->request.bytes.view()) : "none";
  }

  ShadowOptions shadow;
  Options all;
  http::Head scratch;
};

TEST_F(FollowingTest, TheBytes) {
  struct Row {
    const char* copy;
    unsigned status;
    const char* location;
    const char* next;
  };
  for (const Row& row : {
           Row{"GET /a HTTP/1.1\r\nA: 1\r\nHost: shadow:3000\r\nB: 2\r\n\r\n", 302, "/b",
               "GET /b HTTP/1.1\r\nHost: shadow:3000\r\nA: 1\r\nB: 2\r\n\r\n"},
           Row{"HEAD /a HTTP/1.1\r\nHost: kept\r\n\r\n", 303, "b", "HEAD /b HTTP/1.1\r\nHost: kept\r\n\r\n"},
           Row{"GET /a HTTP/1.1\r\nHost: kept\r\n\r\n", 301, "http://shadow:3000/b",
               "GET /b HTTP/1.1\r\nHost: shadow:3000\r\n\r\n"},
           Row{"PUT /a HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\nCookie: c\r\n\r\nhi", 308, "/b",
               "PUT /b HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\nCookie: c\r\n\r\nhi"},
           Row{"PUT /a HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\nCONTENT-type: c\r\nD: d\r\n\r\nhi", 303,
               "/b", "GET /b HTTP/1.1\r\nHost: s\r\nD: d\r\n\r\n"},
           Row{"POST /a HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 302,
               "/b", "GET /b HTTP/1.1\r\nHost: s\r\n\r\n"},
           Row{"GET /a HTTP/1.1\r\nHost: s\r\nAUTHORIZATION: x\r\nCookie: c\r\nC: d\r\n\r\n", 307,
               "//friend:1/b", "GET /b HTTP/1.1\r\nHost: friend:1\r\nC: d\r\n\r\n"},
           Row{"GET /a HTTP/1.1\r\nHost: s\r\n\r\n", 302, "//app:5000/b", "none"},
           Row{"GET /a HTTP/1.1\r\nHost: s\r\n\r\n", 302, "//else/b", "none"},
           Row{"GET /a HTTP/1.1\r\nHost: s\r\n\r\n", 304, "/b", "none"},
           Row{"no head", 302, "/b", "none"},
       }) {
    EXPECT_EQ(bytes_of_next(row.copy, row.status, row.location), row.next) << row.copy << row.location;
  }
}

TEST_F(FollowingTest, WhatStaysAndWhatCounts) {
  auto copy = copy_of("POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\n\r\n");
  const auto kept = next(copy, 307, "/b");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->request.made, 77U);
  EXPECT_EQ(kept->request.followed, 1U);
  EXPECT_TRUE(kept->request.wants_location);
  EXPECT_FALSE(kept->request.safe);
  EXPECT_EQ(kept->request.charge, kept->request.bytes.size + CopyQueue::kPlaceCharge);
  EXPECT_EQ(kept->server, Redirect::Server::same);
  EXPECT_TRUE(next(copy, 302, "/b")->request.safe) << "a GET now";

  copy.followed = 1;
  EXPECT_FALSE(next(copy, 307, "/b")->request.wants_location) << "the last that is followed";
  copy.followed = 2;
  EXPECT_FALSE(next(copy, 307, "/b"));
}

TEST_F(FollowingTest, WhereAListedHostIs) {
  const auto there = next(copy_of("GET /a HTTP/1.1\r\nHost: s\r\n\r\n"), 302, "http://friend:1/b");
  ASSERT_TRUE(there);
  EXPECT_EQ(there->server, Redirect::Server::other);
  EXPECT_EQ(there->address, redirect_host("friend:1", "http"));
}

}  // namespace
}  // namespace umbra::mirror
