#include "umbra/control/metrics_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "sample.h"

namespace umbra::control {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == text.npos;
}

// Takes `prefix` and the word behind it, up to a blank, from the front of a line.
bool take(std::string_view& line, std::string_view prefix, std::string& word) {
  if (!line.starts_with(prefix)) return false;
  line.remove_prefix(prefix.size());
  word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return is_name(word);
}

// {name="value",...}, with values that need no escapes.
bool are_labels(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != '{' || text.back() != '}') return false;
  std::istringstream labels(std::string(text.substr(1, text.size() - 2)));
  for (std::string label; std::getline(labels, label, ',');) {
    const size_t equals = label.find("=\"");
    if (equals == label.npos || !is_name(label.substr(0, equals)) || !label.ends_with('"')) return false;
  }
  return true;
}

// Reads the page as strictly as a scraper would: series -> value.
std::map<std::string, double> read(const std::string& page) {
  std::map<std::string, double> series;
  std::set<std::string> families;
  std::string family;
  std::istringstream lines(page);
  for (std::string text; std::getline(lines, text);) {
    std::string_view line = text;
    std::string word;
    if (take(line, "# HELP ", word)) {
      EXPECT_TRUE(families.insert(word).second) << "opened twice: " << text;
      family = word;
    } else if (take(line, "# TYPE ", word)) {
      EXPECT_EQ(word, family) << text;
      EXPECT_TRUE(line == "counter" || line == "gauge" || line == "histogram") << text;
      EXPECT_EQ(line == "counter", family.ends_with("_total")) << text;
    } else {
      const size_t blank = text.rfind(' ');
      const std::string key = text.substr(0, blank);
      const std::string name = key.substr(0, key.find('{'));
      const std::string suffix = name.substr(std::min(name.size(), family.size()));
      EXPECT_TRUE(name.starts_with(family)) << text << " in " << family;
      EXPECT_TRUE(suffix.empty() || suffix == "_bucket" || suffix == "_sum" || suffix == "_count") << text;
      EXPECT_TRUE(are_labels(std::string_view(key).substr(name.size()))) << text;
      EXPECT_TRUE(series.emplace(key, std::stod(text.substr(blank + 1))).second) << "twice: " << text;
    }
  }
  return series;
}

TEST(MetricsPage, ShowsEverything) {
  const auto series = read(metrics_page(sample_snapshot()));
  struct Row {
    std::string name;
    double value;
  };
  for (const Row& row : {
           Row{R"(umbra_build_info{version="0.1.0"})", 1},
           Row{"umbra_workers", 2},
           Row{"umbra_workers_answering", 2},
           Row{"umbra_draining", 0},
           Row{"umbra_access_log_lost_total", 13},
           Row{"umbra_mirror_off", 1},
           Row{R"(umbra_config_reloads_total{result="success"})", 3},
           Row{R"(umbra_config_reloads_total{result="failure"})", 2},
           Row{"umbra_config_last_reload_success", 0},
           Row{"umbra_config_last_reload_timestamp_seconds", 1.75e9},
           Row{R"(umbra_shadow_paused{shadow="next"})", 0},
           Row{R"(umbra_shadow_paused{shadow="other"})", 1},
           Row{R"(umbra_shadow_stopped{shadow="next"})", 0},
           Row{R"(umbra_shadow_stopped{shadow="other"})", 1},
           Row{"umbra_sessions_active", 3},
           Row{"umbra_sessions_opened_total", 100},
           Row{"umbra_client_resets_total", 4},
           Row{"umbra_app_resets_total", 5},
           Row{"umbra_app_connect_failed_total", 6},
           Row{"umbra_accept_paused_total", 8},
           Row{"umbra_live_unedited_total", 14},
           Row{"umbra_proxy_protocol_refused_total", 15},
           Row{R"(umbra_opaque_total{reason="tunnel"})", 2},
           Row{R"(umbra_opaque_total{reason="tls"})", 0},
           Row{R"(umbra_bytes_total{direction="from_clients"})", 11},
           Row{R"(umbra_bytes_total{direction="to_clients"})", 12},
           Row{R"(umbra_requests_total{code="2xx"})", 4796},
           Row{R"(umbra_requests_total{code="none"})", 1},
           Row{"umbra_requests_inflight", 1},
           Row{R"(umbra_request_duration_seconds_bucket{leg="first_byte",le="0.001"})", 2},
           Row{R"(umbra_request_duration_seconds_count{leg="last_byte"})", 1},
           Row{R"(umbra_shadow_seen_total{shadow="next"})", 5000},
           Row{R"(umbra_shadow_filtered_total{shadow="next"})", 20},
           Row{R"(umbra_shadow_sampled_out_total{shadow="next"})", 30},
           Row{R"(umbra_shadow_dropped_total{shadow="next",reason="over_budget"})", 1},
           Row{R"(umbra_shadow_dropped_total{shadow="other",reason="draining"})", 0},
           Row{R"(umbra_shadow_completed_total{shadow="next"})", 4900},
           Row{R"(umbra_shadow_failed_total{shadow="next",reason="timeout"})", 9},
           Row{R"(umbra_shadow_failed_total{shadow="other",reason="reset"})", 0},
           Row{R"(umbra_shadow_inflight{shadow="next"})", 40},
           Row{R"(umbra_shadow_resent_total{shadow="next"})", 2},
           Row{R"(umbra_shadow_redirects_followed_total{shadow="next"})", 6},
           Row{R"(umbra_shadow_requests_total{shadow="next",code="5xx"})", 10},
           Row{R"(umbra_shadow_bytes_total{shadow="next",direction="sent"})", 1000},
           Row{R"(umbra_shadow_bytes_total{shadow="next",direction="received"})", 2000},
           Row{R"(umbra_shadow_request_duration_seconds_sum{shadow="next",leg="last_byte"})", 0.003},
           Row{R"(umbra_shadow_queue_requests{shadow="next"})", 7},
           Row{R"(umbra_shadow_queue_bytes{shadow="next"})", 500},
           Row{R"(umbra_shadow_queue_bytes_peak{shadow="next"})", 100'000},
           Row{R"(umbra_shadow_queue_limit_bytes{shadow="next"})", 33'554'432},
           Row{R"(umbra_shadow_connections{shadow="next"})", 3},
           Row{R"(umbra_shadow_connections_opened_total{shadow="next"})", 10},
           Row{R"(umbra_shadow_breaker_state{shadow="next"})", 1},
           Row{R"(umbra_shadow_pipelining{shadow="next"})", 1},
           Row{"process_cpu_seconds_total", 1.5},
           Row{"process_open_fds", 20},
           Row{"process_max_fds", 1024},
           Row{"process_virtual_memory_bytes", 2'000'000},
           Row{"process_resident_memory_bytes", 1'000'000},
           Row{"process_start_time_seconds", 1.7e9},
       }) {
    const auto found = series.find(row.name);
    ASSERT_NE(found, series.end()) << row.name;
    EXPECT_DOUBLE_EQ(found->second, row.value) << row.name;
  }
}

// What a shadow is counted by on the page adds up, whatever the reasons are called.
TEST(MetricsPage, TheInvariantCanBeCheckedFromThePage) {
  double seen = 0;
  double accounted = 0;
  for (const auto& [name, value] : read(metrics_page(sample_snapshot()))) {
    const auto begins = [&name = name](const char* family) { return name.starts_with(family); };
    if (begins("umbra_shadow_seen_total")) seen += value;
    if (begins("umbra_shadow_filtered_total") || begins("umbra_shadow_sampled_out_total") ||
        begins("umbra_shadow_dropped_total") || begins("umbra_shadow_completed_total") ||
        begins("umbra_shadow_failed_total") || begins("umbra_shadow_inflight")) {
      accounted += value;
    }
  }
  EXPECT_EQ(seen, 5000);
  EXPECT_EQ(accounted, seen);
}

// Once a reload has taken shadows away, sums over all shadows still never fall.
TEST(MetricsPage, RemovedShadowsAreCountedTogether) {
  Snapshot snapshot = sample_snapshot();
  EXPECT_EQ(metrics_page(snapshot).find("(removed)"), std::string::npos);
  snapshot.removed_shadows = 2;
  snapshot.removed = sample_shadow();
  const auto series = read(metrics_page(snapshot));
  EXPECT_EQ(series.at(R"x(umbra_shadow_seen_total{shadow="(removed)"})x"), 5000);
  EXPECT_EQ(series.at(R"x(umbra_shadow_failed_total{shadow="(removed)",reason="timeout"})x"), 9);
  EXPECT_FALSE(series.contains(R"x(umbra_shadow_paused{shadow="(removed)"})x"));
}

TEST(MetricsPage, IsSoundWithoutShadowsAndWithoutAnswers) {
  Snapshot snapshot = sample_snapshot();
  snapshot.shadows.clear();
  snapshot.total = {};
  snapshot.workers_answered = 0;
  EXPECT_EQ(read(metrics_page(snapshot)).at("umbra_sessions_active"), 0);
}

}  // namespace
}  // namespace umbra::control
