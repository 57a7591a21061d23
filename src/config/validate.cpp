#include <fmt/format.h>

#include "umbra/base/text.h"
#include "umbra/config/gor_settings.h"
#include "umbra/config/section.h"
#include "umbra/config/shadow_flag.h"
#include "umbra/config/values.h"

namespace umbra::config {
namespace {

class Validator {
 public:
  explicit Validator(const Reading& reading) : reading_(reading) {}

  void section(std::string_view table, const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::null) return;
    if (node.kind != Node::Kind::map)
      return complain(node, path, fmt::format("{} is expected", keys_of(table)));
    for (const Entry& entry : node.map) {
      const std::string shown =
          path.empty() ? quoted_key(entry.key) : fmt::format("{}.{}", path, quoted_key(entry.key));
      const std::string place = table.empty() ? entry.key : fmt::format("{}.{}", table, entry.key);
      if (const Key* key = find_key(place);
          key != nullptr && entry.key.find_first_of(".[") == std::string::npos) {
        value(*key, *entry.value, shown);
      } else {
        unknown(table, entry, shown);
      }
    }
  }

  void value(const Key& key, const Node& node, const std::string& path) {
    switch (key.shape) {
      case Shape::one:
        return scalar(key, node, path);
      case Shape::some:
        return some(key, node, path);
      case Shape::named:
        return named(key, node, path);
      case Shape::section:
        return section(key.path, node, path);
      case Shape::sections:
        return sections(key, node, path);
      case Shape::either:
        return node.kind == Node::Kind::map ? section(key.path, node, path) : scalar(key, node, path);
    }
  }

 private:
  void scalar(const Key& key, const Node& node, const std::string& path, bool hidden = false) {
    if (node.kind != Node::Kind::text)
      return complain(node, path, "one value is expected, such as " + example_of(key));
    const std::string shown = hidden ? "" : shown_value(key, node);
    const auto text = text_of(key, node, reading_.variables);
    if (!text) return complain(node, path, text.error().detail, shown);
    if (const auto good = check_value(key, *text); !good) complain(node, path, good.error().detail, shown);
  }

  void some(const Key& key, const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::map || node.kind == Node::Kind::null) {
      return complain(node, path, "a value or a list of them is expected, such as " + example_of(key));
    }
    if (node.kind == Node::Kind::text) return scalar(key, node, path);
    for (size_t i = 0; i < node.list.size() && !full(); ++i) {
      scalar(key, *node.list[i], fmt::format("{}[{}]", path, i));
    }
  }

  void named(const Key& key, const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::map)
      return complain(node, path, "names with values are expected, such as " + example_of(key));
    for (const Entry& entry : node.map) {
      if (full()) return;
      const std::string shown = fmt::format("{}.{}", path, quoted_key(entry.key));
      if (const auto good = check_name(key, entry.key); !good) {
        reading_.problems.push_back({entry.place, shown, "", good.error().detail});
      }
      scalar(key, *entry.value, shown, key.type != Type::pattern && may_be_secret(entry.key));
    }
  }

  // What is named: parameters, or headers that are matched or written.
  static Result<void> check_name(const Key& key, const std::string& name) {
    if (key.type == Type::query_part) return check_value(Key{.type = Type::query_part}, name);
    return check_value(Key{.type = key.type == Type::pattern ? Type::field_name : Type::edited_name}, name);
  }

  void sections(const Key& key, const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::null) return;
    if (node.kind != Node::Kind::list) {
      return complain(
          node, path,
          fmt::format("a list is expected, with {} behind each '- '", keys_of(section_path(key))));
    }
    for (size_t i = 0; i < node.list.size() && !full(); ++i) {
      const std::string shown = fmt::format("{}[{}]", path, i);
      if (node.list[i]->kind == Node::Kind::null) {
        complain(*node.list[i], shown, fmt::format("{} is expected", keys_of(section_path(key))));
      } else {
        section(section_path(key), *node.list[i], shown);
      }
    }
  }

  void unknown(std::string_view table, const Entry& entry, const std::string& path) {
    std::vector<std::string_view> known;
    for (const Key* key : keys_below(table)) known.push_back(key->leaf());
    const std::string_view meant = nearest(entry.key, known);
    reading_.problems.push_back(
        {entry.place, path, "",
         meant.empty()
             ? fmt::format("is not known; {} is expected", keys_of(table))
             : fmt::format("is not known; a key that is known is expected (did you mean {}?)", meant)});
  }

  // "keys such as delay and timeout": the first few.
  static std::string keys_of(std::string_view table) {
    std::string out;
    const auto below = keys_below(table);
    for (size_t i = 0; i < below.size() && i < 4; ++i)
      out += fmt::format("{}{}", i == 0 ? "" : ", ", below[i]->leaf());
    return fmt::format("one of the keys {}{}", out, below.size() > 4 ? " ..." : "");
  }

  static std::string example_of(const Key& key) {
    return std::string(key.example.empty() ? key.fallback : key.example);
  }

  static std::string quoted_key(const std::string& key) {
    const std::string shown = quoted(key);
    return shown.substr(1, shown.size() - 2);
  }

  bool full() const noexcept { return reading_.problems.size() >= kProblemsMax; }

  void complain(const Node& node, const std::string& path, std::string expected, std::string shown = "") {
    reading_.problems.push_back({node.place, path, std::move(shown), std::move(expected)});
  }

  const Reading& reading_;
};

}  // namespace

Result<std::string> text_of(const Key& key, const Node& node, const Variables& variables) {
  if (node.literal) return node.text;
  return expand(node.text, variables, key.type == Type::replacement ? Dollars::stay : Dollars::one);
}

std::string shown_value(const Key& key, const Node& node) {
  if (key.secret) return "";
  return quoted(key.type == Type::url ? without_password(node.as_given()) : node.as_given());
}

void validate(const Node& root, const Reading& reading) { Validator(reading).section("", root, ""); }

void validate(const Key& key, const Node& node, const std::string& path, const Reading& reading) {
  Validator(reading).value(key, node, path);
}

}  // namespace umbra::config
