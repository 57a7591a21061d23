// A configuration as text, resolved without files and without an environment of its own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "umbra/config/resolve.h"

namespace umbra::config {

struct World {
  std::map<std::string, std::string> files;
  std::string unreadable;  // a file that is there
  std::map<std::string, std::string> variables;
  ProxyFlags flags;

  Resolved resolve() const {
    Surroundings surroundings;
    surroundings.variable = [this](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    surroundings.usable_cpus = 3;
    surroundings.file = [this](const std::string& path) -> FileText {
      if (path == unreadable) return Result<std::string>(Error{Errc::os, "cannot be read"});
      const auto found = files.find(path);
      return found == files.end() ? FileText() : FileText(Result<std::string>(found->second));
    };
    return config::resolve(flags, surroundings);
  }
};

// With an application and a listener, so that only what `yaml` says can be wrong.  They stand in flags: lines
// are those of `yaml`.
inline World world_of(const std::string& yaml) {
  World world;
  world.files["umbra.yaml"] = yaml;
  world.files["config/gor.options"] = "# no shadows\n";
  world.flags["listen"] = {":8080"};
  world.flags["app"] = {"127.0.0.1:5000"};
  return world;
}

inline std::vector<std::string> texts_of(const Problems& problems) {
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.text());
  return texts;
}

inline ProxyOptions sound_options(const World& world) {
  Resolved resolved = world.resolve();
  EXPECT_EQ(texts_of(resolved.problems), std::vector<std::string>{});
  return resolved.options;
}

inline ProxyOptions sound_options(const std::string& yaml) { return sound_options(world_of(yaml)); }

}  // namespace umbra::config
