// What gor was seen or documented to do (its own tests, and runs of its code), as rows: options, a request,
// and what becomes of it here.  Every vector that there is either runs or says why it does not apply.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace umbra::config {

struct GorVector {
  const char* id;
  std::string options;  // of gor; without --output-http, http://stg.com is the one
  std::string request;  // a head; empty: only the options are judged
  // "pass": copied unchanged.  "drop".  "error": the options are refused.  "accepted": they are not.
  // "target T", "host H", "header NAME: VALUE": that much of the copy.  "head H": its whole head.
  std::string expected;
  const char* differs = "";  // where umbra's answer is another than gor's: gor's, and why
};
std::span<const GorVector> gor_vectors();
// Of the names and meanings of 0.9.
std::span<const GorVector> gor_legacy_vectors();

// A vector that another test of this binary runs.
struct GorTestedBy {
  const char* id;
  const char* suite;
  const char* test;
};
std::span<const GorTestedBy> gor_vectors_tested_by();

struct GorNotApplicable {
  const char* id;
  const char* why;
};
std::span<const GorNotApplicable> gor_vectors_not_applicable();

}  // namespace umbra::config
