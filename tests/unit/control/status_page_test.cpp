#include "umbra/control/status_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample.h"

namespace umbra::control {
namespace {

using Json = nlohmann::ordered_json;

Json status_of(const Snapshot& snapshot) { return Json::parse(status_page(snapshot)); }

// The whole schema: names, order and values.
TEST(StatusPage, Schema) {
  Snapshot snapshot = sample_snapshot();
  snapshot.shadows.pop_back();
  const Json expected = Json::parse(R"({
    "version": "0.1.0", "uptime_seconds": 12.3, "state": "running", "workers": 2,
    "app": {"address": "127.0.0.1:5000"},
    "sessions": {"active": 3, "opened": 100, "app_connect_failed": 6, "client_resets": 4,
      "app_resets": 5, "accept_paused": 8, "opaque": {"tunnel": 2}},
    "live": {"exchanges": 5000, "in_flight": 1,
      "status": {"1xx": 2, "2xx": 4796, "3xx": 100, "4xx": 95, "5xx": 5, "none": 1},
      "first_byte_seconds": {"count": 3, "mean": 0.002, "p50": 0.001, "p90": 0.004, "p99": 0.004,
        "p999": 0.004, "max": 0.004},
      "last_byte_seconds": {"count": 1, "mean": 0.005, "p50": 0.005, "p90": 0.005, "p99": 0.005,
        "p999": 0.005, "max": 0.005},
      "bytes": {"from_clients": 11, "to_clients": 12}},
    "mirror_off": true,
    "shadows": [{"name": "next", "url": "http://127.0.0.1:5001",
      "paused": false, "percent": null, "stopped": false, "insecure_tls": false, "seen": 5000,
      "filtered": 20, "sampled_out": 30,
      "dropped": {"over_budget": 1}, "completed": 4900, "failed": {"timeout": 9}, "in_flight": 40,
      "resent": 2, "redirects_followed": 6, "status": {"1xx": 0, "2xx": 4800, "3xx": 50, "4xx": 40, "5xx": 10},
      "first_byte_seconds": {"count": 1, "mean": 0.002, "p50": 0.002, "p90": 0.002, "p99": 0.002,
        "p999": 0.002, "max": 0.002},
      "last_byte_seconds": {"count": 1, "mean": 0.003, "p50": 0.003, "p90": 0.003, "p99": 0.003,
        "p999": 0.003, "max": 0.003},
      "held_bytes": 500, "held_bytes_peak": 100000, "held_bytes_limit": 33554432, "waiting": 7,
      "bytes": {"sent": 1000, "received": 2000}, "connections": {"open": 3, "opened": 10},
      "breaker": "partly_open", "pipelining": true}],
    "removed": null,
    "reloads": {"succeeded": 3, "failed": 2, "last_succeeded": false, "loaded_at_seconds": 1750000000.0},
    "access_log_lost": 13,
    "process": {"resident_bytes": 1000000, "cpu_seconds": 1.5, "open_fds": 20}})");
  EXPECT_EQ(status_page(snapshot), expected.dump(2) + "\n");
}

TEST(StatusPage, AnIdleShadowHasZerosAndNoReasons) {
  const Json shadow = status_of(sample_snapshot())["shadows"][1];
  EXPECT_EQ(shadow["name"], "other");
  EXPECT_EQ(shadow["dropped"], Json::object());
  EXPECT_EQ(shadow["failed"], Json::object());
  EXPECT_EQ(shadow["last_byte_seconds"]["count"], 0);
  EXPECT_EQ(shadow["last_byte_seconds"]["mean"], 0.0);
  EXPECT_EQ(shadow["breaker"], "closed");
  EXPECT_EQ(shadow["pipelining"], false);
}

TEST(StatusPage, SaysWhatAPersonOrAGuardHasDecided) {
  const Json shadow = status_of(sample_snapshot())["shadows"][1];
  EXPECT_EQ(shadow["paused"], true);
  EXPECT_EQ(shadow["percent"], 2.5);
  EXPECT_EQ(shadow["stopped"], true);
  EXPECT_EQ(shadow["insecure_tls"], true);
}

TEST(StatusPage, RemovedShadowsAreCountedTogether) {
  Snapshot snapshot = sample_snapshot();
  snapshot.removed_shadows = 2;
  snapshot.removed = sample_shadow();
  const Json removed = status_of(snapshot)["removed"];
  EXPECT_EQ(removed["shadows"], 2);
  EXPECT_EQ(removed["seen"], 5000);
  EXPECT_EQ(removed["failed"], Json::parse(R"({"timeout": 9})"));
}

TEST(StatusPage, ShadowsAreListedWhenNoWorkerAnswered) {
  Snapshot snapshot = sample_snapshot();
  snapshot.total = {};
  EXPECT_EQ(status_of(snapshot)["shadows"].size(), 2U);
}

TEST(StatusPage, ABreakerIsOpenWhenEveryWorkersIs) {
  Snapshot snapshot = sample_snapshot();
  snapshot.total.shadows[0].breakers_open = 2;
  EXPECT_EQ(status_of(snapshot)["shadows"][0]["breaker"], "open");
}

TEST(StatusPage, StaysJsonWhateverAPathHolds) {
  Snapshot snapshot = sample_snapshot();
  snapshot.app = "unix:/tmp/\"\xff\n";
  EXPECT_EQ(status_of(snapshot)["app"]["address"], "unix:/tmp/\"\xef\xbf\xbd\n");
}

}  // namespace
}  // namespace umbra::control
