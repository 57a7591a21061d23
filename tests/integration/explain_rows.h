// What shadows are told to do with requests, and what becomes of those: rows for explain_test.cpp.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace umbra::integration {

struct ExplainRow {
  std::string name;
  std::string rules;    // keys of the shadow, as they stand in the file
  std::string request;  // raw and whole
  // "copy", "filtered", "sampled_out", or why it is dropped, in the words of /metrics.
  std::string fate;
  std::string holds{};        // copy: this stands in it
  std::string holds_not{};    // copy: this does not
  bool random_trace = false;  // its ids are drawn for each copy
};

const std::vector<ExplainRow>& explain_rows();

inline std::ostream& operator<<(std::ostream& out, const ExplainRow& row) { return out << row.name; }

}  // namespace umbra::integration
