#include "umbra/rules/body_mask.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "umbra/rules/body_type.h"
#include "umbra/rules/inflate.h"
#include "umbra/rules/json_paths.h"
#include "umbra/rules/mask_form.h"
#include "umbra/rules/mask_json.h"
#include "umbra/rules/splice.h"

namespace umbra::rules {

struct BodyMask::Compiled {
  JsonPaths json;
  std::vector<std::string> form;
  MaskWith with;

  bool concerns(BodyType type) const;
  // False: it is not what `type` says.
  bool mask(std::string_view text, BodyType type, Splice& splice) const;
  bool mask_lines(std::string_view text, Splice& splice) const;
};

// Whether a body of that type can hold anything that is to be masked.
bool BodyMask::Compiled::concerns(BodyType type) const {
  switch (type) {
    case BodyType::json:
    case BodyType::json_lines:
    case BodyType::text:
      return !json.empty();
    case BodyType::form_parts:
      return !form.empty();
    case BodyType::form:
    case BodyType::unreadable:
      return !json.empty() || !form.empty();
    case BodyType::other:
      return false;
  }
  return false;
}

bool BodyMask::Compiled::mask(std::string_view text, BodyType type, Splice& splice) const {
  switch (type) {
    case BodyType::json:
      return mask_json(text, json, with, splice);
    case BodyType::json_lines:
      return mask_lines(text, splice);
    case BodyType::text:
      return !looks_like_json(text) || mask_json(text, json, with, splice);
    case BodyType::form:
      if (!json.empty() && looks_like_json(text)) return mask_json(text, json, with, splice);
      return mask_form(text, form, with, splice);
    case BodyType::form_parts:
    case BodyType::unreadable:
    case BodyType::other:
      return false;
  }
  return false;
}

bool BodyMask::Compiled::mask_lines(std::string_view text, Splice& splice) const {
  while (!text.empty() && !splice.too_large()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const bool blank = line.find_first_not_of(" \t\r") == line.npos;
    if (!blank && !mask_json(line, json, with, splice)) return false;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return true;
}

Result<std::shared_ptr<const BodyMask>> BodyMask::compile(const MaskBody& options) {
  auto json = JsonPaths::compile(options.json);
  if (!json) return json.error();
  for (const std::string& name : options.form) {
    if (name.empty()) return Error{Errc::bad_config, "form field '': a name is expected"};
  }
  auto compiled = std::make_unique<const Compiled>(Compiled{std::move(*json), options.form, options.with});
  return std::shared_ptr<const BodyMask>(new BodyMask(std::move(compiled)));
}

BodyMask::BodyMask(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

BodyMask::~BodyMask() = default;

bool BodyMask::concerns(std::string_view content_type) const {
  return compiled_->concerns(body_type_of(content_type));
}

BodyMask::Masked BodyMask::apply(std::string_view body, std::string_view content_type,
                                 std::string_view content_encoding, size_t unpacked_max) const {
  const BodyType type = body_type_of(content_type);
  if (body.empty() || !compiled_->concerns(type)) return {};
  const Unpacked unpacked = unpack(body, content_encoding, unpacked_max);
  if (unpacked.outcome == Unpacked::Outcome::cannot_read) return {Outcome::cannot_read, {}, false};
  if (unpacked.outcome == Unpacked::Outcome::too_large) return {Outcome::too_large, {}, false};

  const bool packed = unpacked.outcome == Unpacked::Outcome::unpacked;
  const std::string_view text = packed ? std::string_view(unpacked.body) : body;
  Splice splice(text, unpacked_max);
  if (!compiled_->mask(text, type, splice)) return {Outcome::cannot_read, {}, false};
  if (splice.too_large()) return {Outcome::too_large, {}, false};
  if (!splice.changed()) return {};
  return {Outcome::masked, std::move(splice).finish(), packed};
}

}  // namespace umbra::rules
