#include "umbra/generate/sink_model_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "umbra/base/text.h"
#include "umbra/http/lexis.h"

namespace umbra::generate {
namespace {

constexpr size_t kHeadersMax = 50;

constexpr std::array<std::string_view, 2> kTopKeys{"routes", "default"};
// Those that only a route has stand first.
constexpr std::array<std::string_view, 8> kRouteKeys{"method", "path", "status",  "latency",
                                                     "size",   "body", "headers", "errors"};
constexpr std::span<const std::string_view> kAnswerKeys = std::span(kRouteKeys).subspan(2);
constexpr std::array<std::string_view, 4> kBurstKeys{"every", "for", "share", "status"};
// They frame the message or are the connection's.
constexpr std::array<std::string_view, 9> kOwnHeaders{
    "content-length", "transfer-encoding", "connection",       "keep-alive", "te",
    "trailer",        "upgrade",           "proxy-connection", "expect"};

Error expected(std::string_view what) { return {Errc::bad_config, fmt::format("{} is expected", what)}; }

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), http::is_token_byte);
}

bool is_method(std::string_view text) {
  return is_token(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool is_header_name(std::string_view text) {
  return is_token(text) &&
         std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower_case(text)) == kOwnHeaders.end();
}

bool is_header_value(std::string_view text) {
  return text == trim_blanks(text) && std::all_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte >= 0x20 && byte != 0x7f) || c == '\t';
         });
}

Result<double> parse_percent(std::string_view text) {
  if (text.ends_with('%')) {
    const auto share = parse_share(text.substr(0, text.size() - 1));
    if (share && *share <= 100) return *share / 100;
  }
  return expected("a percentage from 0% to 100%");
}

// A key or a value, and how a problem names it.
struct Spot {
  YAML::Node node;
  YAML::Mark mark;
  std::string path;
};

class Reader {
 public:
  Reader(const std::string& file_name, SinkModelFile& into) : file_name_(file_name), into_(into) {}

  void read(const YAML::Node& root) {
    const Spot top{root, root.Mark(), ""};
    each_key(top, kTopKeys, [&](std::string_view key, const Spot& value) {
      key == "routes" ? read_routes(value) : read_default(value);
    });
  }
  void complain(YAML::Mark mark, const std::string& path, const std::string& what) {
    if (into_.problems.size() >= SinkModelFile::kProblemsMax) return;
    into_.problems.push_back(fmt::format("{}:{}:{}: {}{}{}", file_name_, std::max(mark.line, 0) + 1,
                                         std::max(mark.column, 0) + 1, path, path.empty() ? "" : ": ", what));
  }

 private:
  void complain(const Spot& at, const std::string& what) { complain(at.mark, at.path, what); }

  // Whether it stood there once, and as one that is known.
  bool take_key(const Spot& map, const YAML::Node& key, std::span<const std::string_view> known,
                std::set<std::string>& taken) {
    if (!key.IsScalar()) {
      complain(key.Mark(), map.path, "a name is expected as a key");
      return false;
    }
    const std::string path = below(map, key.Scalar());
    if (!taken.insert(key.Scalar()).second) {
      complain(key.Mark(), path, "is given twice; a key is expected once");
      return false;
    }
    if (known.empty() || std::find(known.begin(), known.end(), key.Scalar()) != known.end()) return true;
    const std::string_view meant = nearest(key.Scalar(), {known.begin(), known.end()});
    complain(key.Mark(), path,
             meant.empty()
                 ? "is not known; a key that is known is expected"
                 : fmt::format("is not known; a key that is known is expected (did you mean {}?)", meant));
    return false;
  }

  // `known` empty: any.
  template <typename Take>
  void each_key(const Spot& map, std::span<const std::string_view> known, Take take) {
    if (!map.node.IsMap()) return complain(map, "keys and values are expected");
    std::set<std::string> taken;
    for (const auto& entry : map.node) {
      if (!take_key(map, entry.first, known, taken)) continue;
      // yaml-cpp knows no place for nothing.
      const YAML::Mark mark = entry.second.IsNull() ? entry.first.Mark() : entry.second.Mark();
      take(std::string_view(entry.first.Scalar()),
           Spot{entry.second, mark, below(map, entry.first.Scalar())});
    }
  }

  static std::string below(const Spot& map, const std::string& key) {
    std::string shown;
    append_escaped(shown, std::string_view(key).substr(0, 100));
    return map.path.empty() ? shown : fmt::format("{}.{}", map.path, shown);
  }

  // The value by `parse`, where it is sound.
  template <typename T, typename Parse>
  void read_scalar(const Spot& value, T& into, Parse parse) {
    if (!value.node.IsScalar()) return complain(value, "one value is expected");
    auto parsed = parse(value.node.Scalar());
    if (parsed) {
      into = std::move(*parsed);
      return;
    }
    std::string shown;
    append_escaped(shown, std::string_view(value.node.Scalar()).substr(0, 100));
    complain(value, fmt::format("'{}': {}", shown, parsed.error().detail));
  }

  void read_routes(const Spot& list) {
    if (!list.node.IsSequence()) return complain(list, "a list is expected");
    if (list.node.size() > SinkModel::kRoutesMax)
      return complain(list, fmt::format("at most {} routes are expected", SinkModel::kRoutesMax));
    for (size_t i = 0; i < list.node.size(); ++i) {
      const YAML::Node route = list.node[i];
      read_route({route, route.IsNull() ? list.mark : route.Mark(), fmt::format("{}[{}]", list.path, i)});
    }
  }

  void read_route(const Spot& map) {
    SinkRoute route;
    bool has_path = false;
    each_key(map, kRouteKeys, [&](std::string_view key, const Spot& value) {
      if (key == "method") return read_scalar(value, route.method, parse_method);
      if (key != "path") return read_answer_key(key, value, route.answer);
      has_path = true;
      read_scalar(value, route.path, [](const std::string& text) { return PathPattern::parse(text); });
    });
    if (map.node.IsMap() && !has_path) complain(map, "a path is expected");
    check_answer(map, route.answer);
    into_.model.routes.push_back(std::move(route));
  }

  static Result<std::string> parse_method(const std::string& text) {
    if (is_method(text)) return text;
    return expected("a method in upper case, such as GET,");
  }

  void read_default(const Spot& map) {
    each_key(map, kAnswerKeys, [&](std::string_view key, const Spot& value) {
      read_answer_key(key, value, into_.model.otherwise);
    });
    check_answer(map, into_.model.otherwise);
  }

  void check_answer(const Spot& map, const SinkAnswer& answer) {
    if (answer.body && answer.size) complain(map, "either body or size is expected, not both");
  }

  void read_answer_key(std::string_view key, const Spot& value, SinkAnswer& answer) {
    if (key == "status") return read_statuses(value, answer.statuses);
    if (key == "headers") return read_headers(value, answer);
    if (key == "errors") return read_burst(value, answer);
    if (key == "latency") return read_scalar(value, answer.latency, Distribution::of_times);
    if (key == "size") return read_scalar(value, answer.size, Distribution::of_sizes);
    read_scalar(value, answer.body, [](const std::string& text) { return Result<std::string>(text); });
  }

  void read_statuses(const Spot& value, StatusShares& into) {
    if (!value.node.IsMap())
      return read_scalar(value, into, [](const std::string& text) { return StatusShares::parse(text); });
    std::vector<std::pair<unsigned, double>> shares;
    const size_t problems = into_.problems.size();
    each_key(value, {}, [&](std::string_view key, const Spot& share) {
      const auto status = parse_status(key);
      if (!status) return complain(share.mark, share.path, status.error().detail);
      shares.emplace_back(*status, 0);
      read_scalar(share, shares.back().second, parse_share);
    });
    if (into_.problems.size() > problems) return;
    auto made = StatusShares::of(std::move(shares));
    made ? void(into = std::move(*made)) : complain(value, made.error().detail);
  }

  void read_headers(const Spot& value, SinkAnswer& answer) {
    each_key(value, {}, [&](std::string_view key, const Spot& field) {
      if (!is_header_name(key))
        return complain(field, "a header's name is expected, of one that does not frame the message");
      if (answer.headers.size() >= kHeadersMax)
        return complain(field, fmt::format("at most {} headers are expected", kHeadersMax));
      answer.headers.emplace_back(key, "");
      read_scalar(field, answer.headers.back().second, [](const std::string& text) {
        return is_header_value(text) ? Result<std::string>(text) : expected("a line of text");
      });
    });
  }

  void read_burst(const Spot& map, SinkAnswer& answer) {
    Burst burst;
    const size_t problems = into_.problems.size();
    each_key(map, kBurstKeys, [&](std::string_view key, const Spot& value) {
      if (key == "every") return read_scalar(value, burst.every, parse_duration);
      if (key == "for") return read_scalar(value, burst.length, parse_duration);
      if (key == "share") return read_scalar(value, burst.share, parse_percent);
      read_scalar(value, burst.status, parse_status);
    });
    if (into_.problems.size() > problems) return;
    if (burst.length == 0 || burst.length > burst.every)
      return complain(map, "every: 60s and for: 5s, such as these, are expected, for no longer than every");
    answer.errors = burst;
  }

  const std::string& file_name_;
  SinkModelFile& into_;
};

// yaml-cpp takes some of them for the end of the text, and YAML allows none.
bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  });
}

}  // namespace

SinkModelFile read_sink_model(std::string_view text, const std::string& file_name) try {
  SinkModelFile file;
  Reader reader(file_name, file);
  const YAML::Mark begin;
  if (text.size() > SinkModelFile::kTextMax) {
    reader.complain(begin, "", "a file of at most 1 MiB is expected");
  } else if (has_control(text)) {
    reader.complain(begin, "", "a text without control bytes is expected");
  } else if (const auto documents = YAML::LoadAll(std::string(text)); documents.size() > 1) {
    reader.complain(documents[1].Mark(), "", "one document is expected, without another behind ---");
  } else if (!documents.empty() && !documents[0].IsNull()) {
    reader.read(documents[0]);
  }
  return file;
} catch (const YAML::Exception& failure) {
  SinkModelFile file;
  Reader(file_name, file).complain(failure.mark, "", fmt::format("YAML is expected: {}", failure.msg));
  return file;
}

}  // namespace umbra::generate
