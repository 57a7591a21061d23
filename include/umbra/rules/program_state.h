// ProgramState: what a worker remembers of a program between exchanges (program.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/rules/bucket.h"
#include "umbra/rules/program.h"

namespace umbra::rules {

class ProgramState {
 public:
  ProgramState(Nanos now, uint64_t id_salt) : began(now), salt(id_salt) {}

  const Nanos began;
  const uint64_t salt;
  uint64_t ids = 0;             // trace ids given out
  std::vector<Bucket> buckets;  // of the Rate steps, in their order
  std::vector<uint64_t> turns;  // of the Turn steps: copies that have come so far
  std::string scratch;          // of the conditions
};

}  // namespace umbra::rules
