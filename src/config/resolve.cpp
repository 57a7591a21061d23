#include "umbra/config/resolve.h"

#include <fmt/format.h>

#include <array>

#include "umbra/base/text.h"
#include "umbra/config/gor_shadows.h"
#include "umbra/config/server_section.h"
#include "umbra/config/settings.h"
#include "umbra/config/tree.h"

namespace umbra::config {
namespace {

constexpr std::string_view kShadowList = "UMBRA_SHADOWS";
constexpr std::array<std::string_view, 2> kDefaultFiles{"config/umbra.yaml", "umbra.yaml"};

// What is given for a flag, and where.
struct Given {
  std::vector<std::string> values;
  Place place;
};

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kBlanksAndCommas = ", \t\r\n";

std::vector<std::string> words(std::string_view text, std::string_view between) {
  std::vector<std::string> all;
  for (size_t begin = text.find_first_not_of(between); begin != text.npos;) {
    const size_t end = text.find_first_of(between, begin);
    all.emplace_back(text.substr(begin, end == text.npos ? end : end - begin));
    begin = end == text.npos ? end : text.find_first_not_of(between, end);
  }
  return all;
}

class Resolver {
 public:
  Resolver(const ProxyFlags& flags, const Surroundings& surroundings)
      : flags_(flags),
        surroundings_(surroundings),
        variables_(surroundings.variable),
        reading_{variables_, resolved_.problems} {}

  Resolved run() {
    NodePtr root = file_tree();
    for (const Key& key : keys()) {
      if (key.path.empty() || key.flag.name.empty()) continue;
      root = overlaid(std::move(root), key, Place::Source::variable);
      root = overlaid(std::move(root), key, Place::Source::flag);
    }
    const GorShadows gor = gor_shadows(Section(root.get(), "", "", reading_));
    if (!is_incomplete_) root = with_listed_shadows(std::move(root), gor);
    Problems said = resolved_.problems;
    const Section section(root.get(), "", "", reading_);
    resolved_.options = options_of(section, surroundings_, resolved_.problems);
    if (resolved_.problems.empty()) resolved_.settings = settings_of(section, resolved_.options);
    add_gor_shadows(gor, resolved_);
    if (is_incomplete_) resolved_.problems = std::move(said);
    sort_problems(resolved_.problems);
    if (resolved_.problems.size() > kProblemsMax) {
      resolved_.problems.resize(kProblemsMax);
      resolved_.problems.push_back({{}, "", "", "and more problems behind these"});
    }
    return std::move(resolved_);
  }

 private:
  std::optional<Given> given(const Flag& flag, Place::Source source) const {
    if (source == Place::Source::flag) {
      const auto found = flags_.given.find(flag.name);
      if (found == flags_.given.end() || found->second.empty()) return std::nullopt;
      return Given{found->second, {source, fmt::format("--{}", flag.name)}};
    }
    const std::string name = variable_of(flag);
    const auto value = surroundings_.variable(name);
    if (!value || value->empty()) return std::nullopt;
    return Given{{*value}, {source, name}};
  }

  NodePtr overlaid(NodePtr root, const Key& key, Place::Source source) {
    auto found = given(key.flag, source);
    if (!found) return root;
    const bool list = key.shape == Shape::some || key.shape == Shape::sections;
    if (list && source == Place::Source::variable) found->values = words(found->values.front(), kBlanks);
    if (key.shape == Shape::sections) return with_flag_shadows(root, *found);
    const NodePtr value =
        list ? list_node(found->values, found->place) : text_node(found->values.back(), found->place);
    validate(key, *value, std::string(key.path), reading_);
    return with_value(root, key.path, value);
  }

  // The flags take the place of the variable, not of the file.
  NodePtr with_flag_shadows(const NodePtr& root, const Given& found) {
    if (found.place.source == Place::Source::variable &&
        given(find_key("shadows")->flag, Place::Source::flag)) {
      return root;
    }
    if (found.values.size() > mirror::kShadowsMax) {
      resolved_.problems.push_back({{},
                                    "",
                                    "",
                                    fmt::format("{} is given {} times: at most {} shadows are expected",
                                                found.place.name, found.values.size(), mirror::kShadowsMax)});
      is_incomplete_ = true;
      return root;
    }
    return with_shadows(root, found.values, found.place, reading_);
  }

  GorShadows gor_shadows(const Section& root) {
    const auto file = root.text("gor_options");
    if (!file || *file == "off") return {};
    const auto unknown = root.text("gor_unknown") == "warn" ? GorUnknown::warning : GorUnknown::problem;
    return read_gor_shadows(*file, root.node("gor_options")->place, unknown, surroundings_, resolved_);
  }

  // With those of UMBRA_SHADOWS where nobody else says any.
  NodePtr with_listed_shadows(NodePtr root, const GorShadows& gor) {
    const auto list = surroundings_.variable(std::string(kShadowList));
    const Place place{Place::Source::variable, std::string(kShadowList)};
    const Given given{words(list.value_or(""), kBlanksAndCommas), place};
    if (given.values.empty()) return root;
    const auto other = giver_of_shadows(Section(root.get(), "", "", reading_), gor);
    if (!other) return with_flag_shadows(root, given);
    resolved_.warnings.push_back(
        {place, "", "", fmt::format("is not used: the shadows come from {}", other->text())});
    return root;
  }

  // Where the first of them is said; nothing: nowhere.
  static std::optional<Place> giver_of_shadows(const Section& root, const GorShadows& gor) {
    const Node* given = root.node("shadows");
    if (given != nullptr && !given->list.empty()) return given->list.front()->place;
    return gor.first();
  }

  NodePtr file_tree() {
    const auto text = file_text();
    Document document = parse_document(text.value_or(""), resolved_.file);
    resolved_.problems.insert(resolved_.problems.end(), document.problems.begin(), document.problems.end());
    if (!document.root) {
      is_incomplete_ = true;
      document.root = parse_document("", resolved_.file).root;
    }
    validate(*document.root, reading_);
    return document.root;
  }

  // Which file, and its text; nothing where there is none.
  std::optional<std::string> file_text() {
    const Flag& flag = find_flag("config")->flag;
    auto named = given(flag, Place::Source::flag);
    if (!named) named = given(flag, Place::Source::variable);
    if (!named) return default_file();
    const std::string& path = named->values.back();
    if (path == "off" || path == "none") return std::nullopt;
    const FileText text = surroundings_.file(path);
    if (text && *text) return taken(path, **text);
    resolved_.problems.push_back(
        {named->place, "", quoted(path), text ? text->error().detail : "a file that exists is expected"});
    is_incomplete_ = true;
    return std::nullopt;
  }

  std::optional<std::string> default_file() {
    for (const std::string_view path : kDefaultFiles) {
      const FileText text = surroundings_.file(std::string(path));
      if (!text) continue;
      if (*text) return taken(path, **text);
      resolved_.problems.push_back({{Place::Source::file, std::string(path)}, "", "", text->error().detail});
      is_incomplete_ = true;
      return std::nullopt;
    }
    return std::nullopt;
  }

  std::string taken(std::string_view path, const std::string& text) {
    resolved_.file = path;
    return text;
  }

  const ProxyFlags& flags_;
  const Surroundings& surroundings_;
  const Variables variables_;
  Resolved resolved_;
  const Reading reading_;
  // A part cannot be read: what the rest seems to lack may stand there.
  bool is_incomplete_ = false;
};

}  // namespace

Resolved resolve(const ProxyFlags& flags, const Surroundings& surroundings) {
  return Resolver(flags, surroundings).run();
}

Result<ProxyOptions> proxy_options(const ProxyFlags& flags, const Surroundings& surroundings) {
  Resolved resolved = resolve(flags, surroundings);
  if (resolved.problems.empty()) return std::move(resolved.options);
  return Error{Errc::bad_config, text_of(resolved.problems)};
}

}  // namespace umbra::config
