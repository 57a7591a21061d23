#include "config/gor_vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/gor_run.h"

namespace umbra::config {
namespace {

using rules::Outcome;

// In the words of the row's expectation.
std::string outcome_of(const GorVector& row) {
  const GorOptions options = gor_options_of(row.options);
  if (options.shadows.empty()) return "error";
  if (row.request.empty()) return "accepted";
  GorRun run(options.shadows.at(0));
  const Outcome outcome = run.run(row.request);
  if (outcome == Outcome::filtered || outcome == Outcome::sampled_out) return "drop";
  if (outcome != Outcome::copy) return "spoiled";
  const std::string_view kind = std::string_view(row.expected).substr(0, row.expected.find(' '));
  if (kind == "target") return "target " + std::string(run.draft().target());
  if (kind == "host") return "host " + run.host();
  if (kind == "head") return "head " + run.head();
  if (kind == "header") {
    const std::string name = row.expected.substr(7, row.expected.find(':') - 7);
    return "header " + name + ": " + std::string(run.draft().header(name));
  }
  return run.draft().changed() ? "changed to " + run.head() : "pass";
}

void expect_all(std::span<const GorVector> rows) {
  for (const GorVector& row : rows) {
    EXPECT_EQ(outcome_of(row), row.expected) << row.id << ": " << row.options << "\n"
                                             << row.request << row.differs << "\n"
                                             << problems_of(gor_options_of(row.options));
  }
}

TEST(GorVectors, OfTheNewestGor) { expect_all(gor_vectors()); }

TEST(GorVectors, OfTheNamesOfOldGors) { expect_all(gor_legacy_vectors()); }

// The pages of facts number them so; these numbers were never given.
std::set<std::string> all_ids() {
  std::set<std::string> ids{"H0", "H0c"};
  const std::map<std::string, std::pair<int, std::set<int>>> series{
      {"T", {100, {}}}, {"E", {50, {14, 21, 30, 46}}}, {"P", {5, {4}}}, {"V", {27, {4, 7, 17}}}};
  for (const auto& [letter, numbers] : series) {
    for (int i = 1; i <= numbers.first; ++i) {
      if (!numbers.second.contains(i)) ids.insert(letter + std::to_string(i));
    }
  }
  return ids;
}

bool there_is(const std::string& suite, const std::string& test) {
  const auto& unit = *testing::UnitTest::GetInstance();
  for (int i = 0; i < unit.total_test_suite_count(); ++i) {
    const testing::TestSuite& one = *unit.GetTestSuite(i);
    for (int j = 0; one.name() == suite && j < one.total_test_count(); ++j) {
      if (one.GetTestInfo(j)->name() == test) return true;
    }
  }
  return false;
}

TEST(GorVectors, EveryOneIsRunOrExplained) {
  std::multiset<std::string> explained;
  std::set<std::string> run;
  for (const auto& rows : {gor_vectors(), gor_legacy_vectors()}) {
    for (const GorVector& row : rows) run.insert(row.id);
  }
  for (const GorTestedBy& row : gor_vectors_tested_by()) {
    EXPECT_TRUE(there_is(row.suite, row.test)) << row.id << ": " << row.suite << "." << row.test;
    run.insert(row.id);
  }
  for (const GorNotApplicable& row : gor_vectors_not_applicable()) {
    EXPECT_FALSE(run.contains(row.id)) << row.id;
    EXPECT_GT(std::string(row.why).size(), 20U) << row.id;
    explained.insert(row.id);
  }
  std::set<std::string> found = run;
  found.insert(explained.begin(), explained.end());
  EXPECT_EQ(found, all_ids());
  EXPECT_EQ(explained.size() + run.size(), found.size()) << "one is explained twice";
}

}  // namespace
}  // namespace umbra::config
