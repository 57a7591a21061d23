#include "umbra/rules/draft.h"

#include <utility>

#include "umbra/base/text.h"
#include "umbra/rules/field.h"

namespace umbra::rules {

using http::Name;

namespace {

std::string line_of(std::string_view name, std::string_view value) {
  std::string line;
  line.reserve(name.size() + value.size() + 4);
  return line.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void Draft::begin(const http::Head& head) noexcept {
  head_ = &head;
  target_ = head.target();
  if (changed_) {
    fields_.clear();
    texts_.clear();
  }
  changed_ = spoiled_ = false;
  written_ = 0;
}

std::string_view Draft::query() const noexcept {
  const size_t mark = target_.find('?');
  return mark == target_.npos ? std::string_view() : target_.substr(mark + 1);
}

std::string_view Draft::host() const noexcept { return header("host"); }

std::string_view Draft::header(std::string_view name) const noexcept {
  std::string_view found;
  each_field([&](std::string_view field, std::string_view value) {
    if (!same_ignoring_case(field, name)) return true;
    found = value.data() != nullptr ? value : std::string_view("", 0);
    return false;
  });
  return found;
}

std::string_view Draft::keep(std::string text) {
  written_ += text.size();
  if (written_ > kWrittenMax) spoil();
  return texts_.emplace_back(std::move(text));
}

void Draft::own_fields() {
  if (std::exchange(changed_, true)) return;
  for (const http::Field& field : head_->fields()) {
    fields_.push_back({field.line, field.name, field.value, field.known, false});
  }
}

void Draft::set_target(std::string target) {
  if (target == target_) return;
  // An origin-form begins with a slash (RFC 9112, section 3.2.1); no rule may make anything else of it.
  if (!is_target(target) || (target.front() != '/' && target_.starts_with('/'))) return spoil();
  own_fields();
  target_ = keep(std::move(target));
}

bool Draft::is_named(size_t field, std::string_view name) const noexcept {
  return same_ignoring_case(changed_ ? fields_[field].name : head_->fields()[field].name, name);
}

std::string_view Draft::value_of(size_t field) const noexcept {
  return changed_ ? fields_[field].value : head_->fields()[field].value;
}

void Draft::replace_value(size_t field, std::string value) {
  if (value == value_of(field)) return;
  if (!is_field_value(value)) return spoil();
  own_fields();
  Field& changed = fields_[field];
  if (frames_message(changed.name)) return spoil();
  const size_t name_size = changed.name.size();
  changed.line = keep(line_of(changed.name, value));
  changed.name = changed.line.substr(0, name_size);
  changed.value = changed.line.substr(name_size + 2, value.size());
  changed.ours = true;
}

void Draft::add_header(std::string_view name, std::string_view value, bool in_front) {
  if (!is_field_name(name) || frames_message(name) || !is_field_value(value)) return spoil();
  const bool is_host = equals_ignoring_case(name, "host");
  if (is_host && host().data() != nullptr) return spoil();
  own_fields();
  Field added;
  added.line = keep(line_of(name, value));
  added.name = added.line.substr(0, name.size());
  added.value = added.line.substr(name.size() + 2, value.size());
  added.known = is_host ? Name::host : Name::other;
  added.ours = true;
  fields_.insert(in_front ? fields_.begin() : fields_.end(), added);
}

void Draft::remove_header(std::string_view name, bool keep_first) {
  size_t lines = 0;
  each_field([&](std::string_view field, std::string_view) {
    if (same_ignoring_case(field, name)) ++lines;
    return lines < 2;
  });
  if (lines <= (keep_first ? 1u : 0u)) return;
  if (frames_message(name)) return spoil();
  own_fields();
  bool remove = !keep_first;
  std::erase_if(fields_, [&](const Field& field) {
    return same_ignoring_case(field.name, name) && std::exchange(remove, true);
  });
}

}  // namespace umbra::rules
