// Program: a shadow's rules, compiled: what the mirror runs for every exchange, and `umbra explain` for one.
//
// Immutable; all workers share one.  What a worker remembers between exchanges is a ProgramState of its own.
// A request that no step edits costs no allocation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/options.h"

namespace umbra::rules {

// What the rules are told of an exchange besides its head.
struct Exchange {
  std::string_view client;  // its address without the port; empty: a unix socket
  uint64_t draw = 0;        // uniform over all values; one for all shadows
  Nanos now = 0;            // monotonic
};

enum class Outcome : uint8_t { copy, filtered, sampled_out, rate_limited, rule_error };

// What ended the run, or the end.
struct Verdict {
  Outcome outcome = Outcome::copy;
  uint16_t step = 0;       // of Options::steps; as many as there are: no step ended it
  uint16_t condition = 0;  // of a Choose: which one of `deny` matched (from 1); 0: none of `allow` did
};

// A worker's part of a program's memory: buckets, turns, when it began.  Made by Program::state.
class ProgramState;
struct ProgramStateDeleter {
  void operator()(ProgramState* state) const noexcept;
};
using ProgramStatePtr = std::unique_ptr<ProgramState, ProgramStateDeleter>;

class Program {
 public:
  // The error's detail says which text is wrong and what is expected: "header 'X-A', pattern '(': missing )".
  static Result<std::shared_ptr<const Program>> compile(const Options& options);
  ~Program();

  // `workers` share a Rate; ramps begin `now`.  `salt`: any number that no other state has (a random one):
  // the trace ids of two shadows, or of two workers, must not be the same.
  ProgramStatePtr state(unsigned workers, Nanos now, uint64_t salt = 0) const;

  // Runs the steps on `draft`, which begins with the request.  `percent`, if any, replaces the percentage of
  // every draw or keyed Sample that is umbra's own (a person's change at run time).
  Verdict run(Draft& draft, const Exchange& exchange, ProgramState& state,
              const BasisPoints* percent = nullptr) const noexcept;

  // Whether a step looks at Exchange::client, which the relay has to ask the system for.
  bool looks_at_client() const noexcept;

  // In words, for `umbra explain`: which step ended it and why.
  std::string describe(const Verdict& verdict) const;

 private:
  struct Compiled;
  explicit Program(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace umbra::rules
