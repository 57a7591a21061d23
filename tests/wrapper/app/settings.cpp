#include "wrapper/app/settings.h"

#include <cstdlib>
#include <map>
#include <sstream>

namespace umbra::wrapper_test {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class Words {
 public:
  explicit Words(const std::string& text) {
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      const size_t equals = word.find('=');
      all_[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  std::string text(const char* key) const {
    const auto found = all_.find(key);
    return found == all_.end() ? "" : found->second;
  }
  int number(const char* key, int otherwise) const {
    const std::string value = text(key);
    return value.empty() ? otherwise : std::atoi(value.c_str());
  }

 private:
  std::map<std::string, std::string> all_;
};

}  // namespace

Settings read_settings() {
  const Words words(variable("APP_SCRIPT"));
  Settings settings;
  settings.report = words.text("report");
  settings.port = static_cast<uint16_t>(words.number("port", std::atoi(variable("PORT").c_str())));
  settings.host = words.text("host");
  settings.unix_path = words.text("unix");
  settings.delay_ms = words.number("delay", 0);
  settings.exit_early = words.number("exit_early", -1);
  settings.status = words.number("status", 0);
  settings.ignores_term = words.number("ignores_term", 0) != 0;
  settings.ends_on = words.number("ends_on", 0);
  settings.child_ms = words.number("child_ms", 0);
  settings.child_ignores_term = words.number("child_ignores_term", 0) != 0;
  return settings;
}

}  // namespace umbra::wrapper_test
