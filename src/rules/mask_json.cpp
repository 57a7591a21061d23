#include "umbra/rules/mask_json.h"

#include <string>
#include <vector>

#include "umbra/base/text.h"
#include "umbra/rules/json_reader.h"
#include "umbra/rules/stand_in.h"

namespace umbra::rules {
namespace {

using Kind = JsonReader::Kind;
using Token = JsonReader::Token;

class Walk {
 public:
  Walk(std::string_view text, const JsonPaths& paths, const MaskWith& with, Splice& splice)
      : reader_(text), place_(paths), with_(with), splice_(splice) {}

  bool run() {
    while (!splice_.too_large()) {
      const Token token = reader_.next();
      if (token.kind == Kind::fault) return false;
      if (token.kind == Kind::end) return true;
      if (token.kind == Kind::name) {
        name_ = JsonReader::unescape(token.text);
      } else if (token.kind == Kind::object_end || token.kind == Kind::array_end) {
        containers_.pop_back();
        step_back();
      } else if (!take_value(token)) {
        return false;
      }
    }
    return true;
  }

 private:
  struct Container {
    bool array = false;
    size_t items = 0;
  };

  bool take_value(const Token& token) {
    step_to_value();
    if (place_.matches()) {
      if (!mask(token)) return false;
    } else if (token.kind == Kind::object || token.kind == Kind::array) {
      containers_.push_back({token.kind == Kind::array, 0});
      return true;
    }
    step_back();
    return true;
  }

  // The root is where the place begins.
  void step_to_value() {
    if (containers_.empty()) return;
    Container& around = containers_.back();
    place_.enter(around.array ? std::to_string(around.items++) : name_);
  }
  void step_back() {
    if (!containers_.empty()) place_.leave();
  }

  bool mask(const Token& token) {
    const std::string_view value = reader_.rest_of(token);
    if (value.empty()) return false;
    const std::string hashed = token.kind == Kind::string ? JsonReader::unescape(value) : std::string(value);
    std::string quoted = "\"";
    append_escaped(quoted, stand_in(with_, hashed));
    quoted += '"';
    splice_.replace(value, quoted);
    return true;
  }

  JsonReader reader_;
  JsonPaths::Place place_;
  const MaskWith& with_;
  Splice& splice_;
  std::string name_;  // of the member whose value is next
  std::vector<Container> containers_;
};

}  // namespace

bool mask_json(std::string_view text, const JsonPaths& paths, const MaskWith& with, Splice& splice) {
  return Walk(text, paths, with, splice).run();
}

}  // namespace umbra::rules
