// The sink's model as people write it, in YAML (docs/sink.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "umbra/generate/sink_model.h"

namespace umbra::generate {

struct SinkModelFile {
  SinkModel model;
  // What is wrong with it, a line each: "sink.yaml:3:5: routes[0].latency: '5 msec': ... is expected".  The
  // model is to be used only where there is none.
  std::vector<std::string> problems;

  static constexpr size_t kTextMax = 1 << 20;
  static constexpr size_t kProblemsMax = 100;
};

SinkModelFile read_sink_model(std::string_view text, const std::string& file_name);

}  // namespace umbra::generate
