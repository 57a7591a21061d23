// CompiledCondition: a Condition (options.h) that can be asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/rules/draft.h"
#include "umbra/rules/network.h"
#include "umbra/rules/options.h"
#include "umbra/rules/pattern.h"
#include "umbra/rules/program.h"

namespace umbra::rules {

class CompiledCondition {
 public:
  static Result<CompiledCondition> compile(const Condition& condition);

  // `scratch`: memory for what has to be put together first; reused from exchange to exchange.
  bool matches(const Draft& draft, const Exchange& exchange, std::string& scratch) const noexcept;

 private:
  struct Header {
    HeaderPart part;
    Pattern pattern;
    bool matches(const Draft& draft) const noexcept;
  };
  bool matches_method(std::string_view method) const noexcept;
  bool matches_url(const Draft& draft, std::string& scratch) const noexcept;
  bool matches_basic_auth(const Draft& draft, std::string& scratch) const noexcept;
  bool matches_client(std::string_view client) const noexcept;

  std::vector<std::string> methods_;
  std::optional<Pattern> path_;
  std::optional<Pattern> query_;
  std::optional<Pattern> target_;
  std::optional<Pattern> url_;
  std::optional<Pattern> host_;
  std::optional<Pattern> basic_auth_;
  std::vector<Header> headers_;
  std::vector<Network> clients_;
};

}  // namespace umbra::rules
