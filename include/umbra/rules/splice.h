// Splice: a text with some of its spans replaced and all the rest byte for byte, of bounded size.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace umbra::rules {

class Splice {
 public:
  // Each costs a hash, and somebody else's live bytes wait meanwhile: 10,000 take about 15 ms.
  static constexpr size_t kSpansMax = 10'000;

  // `source` must outlive it; what is made has `most` bytes at most.
  Splice(std::string_view source, size_t most) noexcept : source_(source), most_(most) {}

  // `span` is a part of the source behind those replaced before.
  void replace(std::string_view span, std::string_view with) {
    const auto begin = static_cast<size_t>(span.data() - source_.data());
    made_ += source_.substr(taken_, begin - taken_);
    made_ += with;
    taken_ = begin + span.size();
    ++spans_;
  }
  bool changed() const noexcept { return spans_ > 0; }
  // Or too many spans: replacing more is of no use then.
  bool too_large() const noexcept {
    return spans_ > kSpansMax || (changed() && made_.size() + (source_.size() - taken_) > most_);
  }
  std::string finish() && {
    made_ += source_.substr(taken_);
    return std::move(made_);
  }

 private:
  std::string_view source_;
  size_t most_;
  std::string made_;
  size_t taken_ = 0;
  size_t spans_ = 0;
};

}  // namespace umbra::rules
