#include "umbra/config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "umbra/base/text.h"
#include "umbra/config/shadow_flag.h"

namespace umbra::config {
namespace {

constexpr std::string_view kSecret = "(set)";

// Headers whose values open doors.
bool is_secret_header(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"authorization", "proxy-authorization", "cookie",
                                                   "x-api-key", "x-auth-token"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

class Lister {
 public:
  Lister(std::vector<Setting>& settings, const ProxyOptions& options)
      : settings_(settings), options_(options) {}

  void section(const Section& section, std::string_view table) {
    for (const Key* key : keys_below(table)) {
      const std::string_view name = key->leaf();
      const Node* node = section.node(name);
      const std::string path =
          section.path().empty() ? std::string(name) : fmt::format("{}.{}", section.path(), name);
      if (node != nullptr) {
        given(section, *key, *node, path);
      } else if (key->path == "shadows[].mask.with" && section.has("hash_key")) {
        continue;
      } else if (!key->fallback.empty()) {
        settings_.push_back({path, std::string(key->fallback), {}});
      } else if (key->shape == Shape::section && table.find("[]") == table.npos) {
        // The server's sections are there even where nobody wrote them.
        this->section(section.section(name), key->path);
      }
    }
  }

 private:
  void given(const Section& section, const Key& key, const Node& node, const std::string& path) {
    if (key.path == "shadows") {
      shadows(section.sections("shadows"));
    } else if (key.shape == Shape::sections) {
      for (const Section& one : section.sections(key.leaf())) this->section(one, section_path(key));
    } else if (key.shape == Shape::section || (key.shape == Shape::either && node.kind == Node::Kind::map)) {
      this->section(section.section(key.leaf()), key.path);
    } else if (key.shape == Shape::named) {
      for (const auto& [name, value] : section.named(key.leaf())) {
        const Entry* entry = node.find(name);
        settings_.push_back(
            {fmt::format("{}.{}", path, name), named_value(key, *entry, value), entry->value->place});
      }
    } else if (key.secret) {
      settings_.push_back({path, std::string(kSecret), node.place});
    } else {
      settings_.push_back({path, text(section, key), place_of(node)});
    }
  }

  // What has no name of its own is named by its place.
  void shadows(const std::vector<Section>& sections) {
    for (size_t i = 0; i < sections.size(); ++i) {
      if (!sections[i].has("name")) {
        settings_.push_back({sections[i].path() + ".name", options_.mirror.shadows[i].name, {}});
      }
      section(sections[i], "shadows[]");
    }
  }

  // A list's place is its first value's: it is there that people look.
  static Place place_of(const Node& node) {
    return node.kind == Node::Kind::list && !node.list.empty() ? node.list.front()->place : node.place;
  }

  static std::string named_value(const Key& key, const Entry& entry, const std::string& value) {
    if (key.type == Type::text && is_secret_header(entry.key)) return std::string(kSecret);
    const bool hidden = !entry.value->literal && has_variable(entry.value->text);
    return hidden ? entry.value->text : value;
  }

  static std::string text(const Section& section, const Key& key) {
    if (key.shape == Shape::some) return fmt::format("{}", fmt::join(section.texts(key.leaf()), " "));
    const std::string value = section.text(key.leaf()).value_or("");
    return key.type == Type::url ? without_password(value) : value;
  }

  std::vector<Setting>& settings_;
  const ProxyOptions& options_;
};

Setting* find(std::vector<Setting>& settings, std::string_view key) {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& setting) { return setting.key == key; });
  return found == settings.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Setting> settings_of(const Section& root, const ProxyOptions& options) {
  std::vector<Setting> settings;
  const Place port{Place::Source::preset, "PORT"};
  if (!root.has("listen") && !options.listen.empty()) {
    settings.push_back({"listen", options.listen.front().text(), port});
  }
  if (!root.has("app")) settings.push_back({"app", options.relay.app.text(), port});
  Lister(settings, options).section(root, "");
  if (!root.section("log").has("format")) {
    const std::string_view format = options.log_format == LogFormat::text ? "text" : "logfmt";
    const Setting* level = find(settings, "log.level");
    settings.insert(settings.begin() + (level - settings.data()) + 1,
                    {"log.format", std::string(format), {}});
  }
  if (!options.admin_token.empty() && !root.section("admin").has("token_file")) {
    settings.push_back({"admin.token", std::string(kSecret), {Place::Source::variable, "UMBRA_ADMIN_TOKEN"}});
  }
  if (options.mirror.off)
    settings.push_back({"mirror.off", "true", {Place::Source::variable, "UMBRA_MIRROR"}});
  return settings;
}

}  // namespace umbra::config
