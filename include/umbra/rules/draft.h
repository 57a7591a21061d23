// Draft: the head of a copy while rules work on it: the head as received, and what they have changed.
//
// As long as nothing is changed it is a view and holds no memory.  What a rule writes is checked: a CR, LF,
// NUL or other control byte, a broken name or target, or a field that frames the message makes the draft
// spoiled, and the copy is dropped (rule_error).  So does writing more than kWrittenMax.  One Draft is reused
// for copy after copy.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/http/head.h"

namespace umbra::rules {

class Draft {
 public:
  struct Field {
    std::string_view line;  // with its CR LF
    std::string_view name;
    std::string_view value;
    http::Name known = http::Name::other;
    bool ours = false;  // written by a rule: it stays, whatever the received Connection says of its name
  };

  // A head as received has 64 KiB at most; templates must not let a stranger's bytes multiply without end.
  static constexpr size_t kWrittenMax = 256 * 1024;

  // Begins anew; `head` and its bytes must hold until the next begin().
  void begin(const http::Head& head) noexcept;

  // True once a rule has changed anything.
  bool changed() const noexcept { return changed_; }
  bool spoiled() const noexcept { return spoiled_; }
  void spoil() noexcept { spoiled_ = true; }

  const http::Head& received() const noexcept { return *head_; }
  std::string_view method() const noexcept { return head_->method(); }
  std::string_view target() const noexcept { return target_; }
  std::string_view path() const noexcept { return target_.substr(0, target_.find('?')); }
  std::string_view query() const noexcept;  // behind '?'; empty when there is none
  // Host's value; empty when there is none.
  std::string_view host() const noexcept;

  // Calls visit(name, value) for each field until it returns false.
  template <typename Visit>
  void each_field(Visit visit) const {
    if (changed_) {
      for (const Field& field : fields_) {
        if (!visit(field.name, field.value)) return;
      }
      return;
    }
    for (const http::Field& field : head_->fields()) {
      if (!visit(field.name, field.value)) return;
    }
  }
  // The first field of that name, in any case; null data(): none.
  std::string_view header(std::string_view name) const noexcept;

  // Only when changed(), of whatever: every field in its order.
  std::span<const Field> fields() const noexcept { return fields_; }

  // ---- edits; what they are given is copied ----
  void set_target(std::string target);
  // `edit(value)` returns the new value for each line of that name (only the first with `first_only`), or
  // nothing for no change.  How many lines there were.
  template <typename Edit>
  size_t edit_header(std::string_view name, bool first_only, Edit edit) {
    size_t found = 0;
    for (size_t i = 0; i < field_count(); ++i) {
      if (!is_named(i, name)) continue;
      if (auto value = edit(value_of(i))) replace_value(i, std::move(*value));
      if (++found == 1 && first_only) break;
    }
    return found;
  }
  // A second Host spoils the draft: two readers could take it differently.
  void add_header(std::string_view name, std::string_view value, bool in_front = false);
  // Removes every line of that name, or every one but the first.
  void remove_header(std::string_view name, bool keep_first = false);

 private:
  size_t field_count() const noexcept { return changed_ ? fields_.size() : head_->fields().size(); }
  bool is_named(size_t field, std::string_view name) const noexcept;
  std::string_view value_of(size_t field) const noexcept;
  void replace_value(size_t field, std::string value);
  void own_fields();
  std::string_view keep(std::string text);

  const http::Head* head_ = nullptr;
  std::string_view target_;
  std::vector<Field> fields_;      // empty until the first change
  std::deque<std::string> texts_;  // what rules wrote; their addresses hold
  size_t written_ = 0;
  bool changed_ = false;
  bool spoiled_ = false;
};

}  // namespace umbra::rules
