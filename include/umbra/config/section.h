// Section: a map of the configuration's tree while options are made of it, read by the table of keys.
//
// A value that validate() has complained of reads as if it were not there.  It holds references to what it
// was made of, which must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/config/document.h"
#include "umbra/config/keys.h"
#include "umbra/config/variables.h"
#include "umbra/rules/options.h"

namespace umbra::config {

struct Reading {
  const Variables& variables;
  Problems& problems;
};

// The value of a scalar with its variables; the error says what is wrong with it.
Result<std::string> text_of(const Key& key, const Node& node, const Variables& variables);
// The value in quotes as it may be shown in a problem: as it was written, without passwords; empty for a
// secret.
std::string shown_value(const Key& key, const Node& node);

// Complains of every unknown key and every wrong value below `root`.
void validate(const Node& root, const Reading& reading);
// ... of one value of `key`, whose path is shown as `path`.
void validate(const Key& key, const Node& node, const std::string& path, const Reading& reading);

class Section {
 public:
  // `table` is the section's place in the table ("shadows[]"), `path` the one that is shown ("shadows[0]").
  Section(const Node* map, std::string_view table, std::string path, const Reading& reading)
      : map_(map), table_(table), path_(std::move(path)), reading_(reading) {}

  bool present() const noexcept { return map_ != nullptr; }
  // Whether the key stands there, whatever its value.
  bool has(std::string_view name) const noexcept { return node(name) != nullptr; }
  const Node* node(std::string_view name) const noexcept;
  const std::string& path() const noexcept { return path_; }

  // Without a sound value: the table's default, or nothing where there is none.
  std::optional<std::string> text(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  bool boolean(std::string_view name) const;
  // Nothing also for a word such as `auto`.
  std::optional<uint64_t> number(std::string_view name) const;
  std::optional<uint64_t> size(std::string_view name) const;
  std::optional<Nanos> duration(std::string_view name) const;
  std::optional<rules::BasisPoints> percent(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> named(std::string_view name) const;
  Section section(std::string_view name) const;
  std::vector<Section> sections(std::string_view name) const;

  // At the value of `name`, or at the section where it is missing.
  void complain(std::string_view name, std::string expected) const;
  void complain(std::string expected) const;

 private:
  const Key& key(std::string_view name) const;
  std::string path_of(std::string_view name) const;
  std::optional<std::string> sound(const Key& key, const Node& node) const;

  const Node* map_;
  std::string table_;
  std::string path_;
  const Reading& reading_;
};

}  // namespace umbra::config
