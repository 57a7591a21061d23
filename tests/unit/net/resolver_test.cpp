#include "umbra/net/resolver.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "net/loop_fixture.h"

namespace umbra::net {
namespace {

struct CountingWaiter final : Resolver::Waiter {
  void on_resolved() override { ++heard; }
  int heard = 0;
};

Address named(const std::string& host, uint16_t port = 80) { return {Address::Kind::tcp, host, port, ""}; }

TEST_F(LoopTest, LiteralsAreKnownAtOnce) {
  Resolver v4(*loop, named("127.0.0.1", 8080));
  ASSERT_EQ(v4.addresses(0).size(), 1u);
  EXPECT_EQ(v4.addresses(0)[0].get()->sa_family, AF_INET);
  EXPECT_FALSE(v4.looking_up());
  Resolver v6(*loop, named("::1", 8080));
  ASSERT_EQ(v6.addresses(0).size(), 1u);
  EXPECT_EQ(v6.addresses(0)[0].get()->sa_family, AF_INET6);
}

TEST_F(LoopTest, UnixPathsHaveNoAddresses) {
  Resolver resolver(*loop, {Address::Kind::unix_path, "", 0, "/run/x"});
  EXPECT_TRUE(resolver.is_unix());
  EXPECT_TRUE(resolver.addresses(0).empty());
  EXPECT_FALSE(resolver.looking_up());
}

TEST_F(LoopTest, ANameIsLookedUpOffTheLoopAndKept) {
  Resolver resolver(*loop, named("localhost", 8080));
  EXPECT_TRUE(resolver.addresses(monotonic_now()).empty());
  ASSERT_TRUE(resolver.looking_up());
  CountingWaiter waiter;
  resolver.wait(&waiter);
  EXPECT_TRUE(turn_until([&] { return waiter.heard == 1; }));
  const auto& known = resolver.addresses(monotonic_now());
  ASSERT_FALSE(known.empty());
  EXPECT_FALSE(resolver.looking_up()) << "fresh";
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(known[0].get());
  EXPECT_EQ(ntohs(v4->sin_port), 8080) << "the port lies alike in both families";
}

TEST_F(LoopTest, AStaleAnswerIsGivenWhileItIsRefreshed) {
  Resolver resolver(*loop, named("localhost"));
  static_cast<void>(resolver.addresses(monotonic_now()));
  EXPECT_TRUE(turn_until([&] { return !resolver.looking_up(); }));
  const Nanos later = monotonic_now() + Resolver::kFresh + kSecond;
  EXPECT_FALSE(resolver.addresses(later).empty());
  EXPECT_TRUE(resolver.looking_up());
  EXPECT_TRUE(turn_until([&] { return !resolver.looking_up(); }));
}

TEST_F(LoopTest, AFailureIsSaidAndTriedAgainNotAtOnce) {
  Resolver resolver(*loop, named("does-not-exist.invalid"));
  CountingWaiter waiter;
  const Nanos now = monotonic_now();
  static_cast<void>(resolver.addresses(now));
  resolver.wait(&waiter);
  EXPECT_TRUE(turn_until([&] { return waiter.heard == 1; }));
  EXPECT_TRUE(resolver.addresses(now).empty());
  EXPECT_FALSE(resolver.looking_up()) << "not at once";
  EXPECT_EQ(resolver.failure().code, Errc::unresolved);
  static_cast<void>(resolver.addresses(monotonic_now() + 2 * Resolver::kRetry));
  EXPECT_TRUE(resolver.looking_up());
  EXPECT_TRUE(turn_until([&] { return !resolver.looking_up(); }));
}

TEST_F(LoopTest, WhoForgetsIsNotCalled) {
  Resolver resolver(*loop, named("localhost"));
  static_cast<void>(resolver.addresses(monotonic_now()));
  CountingWaiter stays;
  CountingWaiter goes;
  resolver.wait(&goes);
  resolver.wait(&stays);
  resolver.forget(&goes);
  EXPECT_TRUE(turn_until([&] { return stays.heard == 1; }));
  EXPECT_EQ(goes.heard, 0);
}

TEST_F(LoopTest, AResolverMayGoDuringItsLookUp) {
  {
    Resolver resolver(*loop, named("localhost"));
    static_cast<void>(resolver.addresses(monotonic_now()));
    turn();
  }
  turn();
}

}  // namespace
}  // namespace umbra::net
