#include "umbra/control/order_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace umbra::control {
namespace {

using Json = nlohmann::json;

constexpr size_t kShownMax = 40;  // of a stranger's text in an error

Error bad(std::string detail) { return Error{Errc::bad_message, std::move(detail)}; }

Error bad_percent() {
  return bad("percent: a number from 0 to 100 in steps of 0.01 is expected, or null for what is configured");
}

Result<std::optional<uint32_t>> hundredths(const Json& value) {
  if (value.is_null()) return std::optional<uint32_t>();
  if (!value.is_number()) return bad_percent();
  const double exact = value.get<double>() * 100;
  const double whole = std::round(exact);
  constexpr double kRounding = 1e-6;  // 0.07 * 100 is 7.000000000000001
  if (!(whole >= 0 && whole <= 10'000) || std::abs(exact - whole) > kRounding) return bad_percent();
  return std::optional<uint32_t>(static_cast<uint32_t>(whole));
}

Result<void> take(const std::string& member, const Json& value, Order& order) {
  if (member == "paused") {
    if (!value.is_boolean()) return bad("paused: true or false is expected");
    order.paused = value.get<bool>();
    return {};
  }
  if (member == "percent") {
    auto percent = hundredths(value);
    if (!percent) return percent.error();
    order.sets_percent = true;
    order.percent = *percent;
    return {};
  }
  return bad(fmt::format("{}: unknown member; paused or percent is expected", member.substr(0, kShownMax)));
}

// Two members of one name would leave it open which of them counts.
Json parse(std::string_view text, std::string& twice) {
  std::vector<std::string> names;
  const auto note = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth != 1 || event != Json::parse_event_t::key) return true;
    const auto& name = parsed.get_ref<const std::string&>();
    if (std::find(names.begin(), names.end(), name) != names.end()) twice = name;
    if (names.size() < 2) names.push_back(name);  // of more, one is unknown or stands twice anyway
    return true;
  };
  return Json::parse(text, note, false);
}

}  // namespace

Result<Order> parse_order(std::string_view text) {
  std::string twice;
  const Json json = parse(text, twice);
  if (!json.is_object() || json.empty()) {
    return bad(R"(a JSON object with paused, percent or both is expected, such as {"paused": true})");
  }
  if (!twice.empty()) return bad(fmt::format("{}: once is expected", twice.substr(0, kShownMax)));
  Order order;
  for (const auto& [member, value] : json.items()) {
    if (const auto taken = take(member, value, order); !taken) return taken.error();
  }
  return order;
}

}  // namespace umbra::control
