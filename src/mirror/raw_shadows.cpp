#include "umbra/mirror/raw_shadows.h"

#include <algorithm>

namespace umbra::mirror {

// One session's copies.
class RawShadows::Copies final : public relay::SessionTap {
 public:
  explicit Copies(std::vector<std::unique_ptr<RawShadow>>& shadows) : seats_(shadows.size()) {
    for (size_t i = 0; i < seats_.size(); ++i) shadows[i]->begin(seats_[i]);
  }
  ~Copies() override { on_over(true); }

  bool none() const noexcept {
    return std::all_of(seats_.begin(), seats_.end(), [](const RawSeat& seat) { return !seat.copy; });
  }
  void on_client_bytes(Passing& passing) noexcept override {
    for (const RawSeat& seat : seats_) {
      if (seat.copy != nullptr) seat.copy->take(passing);
    }
  }
  void on_client_end() noexcept override {
    for (const RawSeat& seat : seats_) {
      if (seat.copy != nullptr) seat.copy->end();
    }
  }
  void on_over(bool aborted) noexcept override {
    for (const RawSeat& seat : seats_) {
      if (seat.copy != nullptr) seat.copy->on_session_over(aborted);
    }
  }

 private:
  std::vector<RawSeat> seats_;  // never moves: copies know their seats
};

RawShadow& RawShadows::add(std::unique_ptr<RawShadow> shadow) {
  return *shadows_.emplace_back(std::move(shadow));
}

std::unique_ptr<relay::SessionTap> RawShadows::on_session() {
  if (shadows_.empty()) return nullptr;
  auto copies = std::make_unique<Copies>(shadows_);
  return copies->none() ? nullptr : std::move(copies);
}

void RawShadows::end_turn() {
  for (const auto& shadow : shadows_) shadow->end_turn();
}

void RawShadows::drain() {
  for (const auto& shadow : shadows_) shadow->drain();
}

void RawShadows::cut() {
  for (const auto& shadow : shadows_) shadow->cut();
}

bool RawShadows::quiet() const noexcept {
  return std::all_of(shadows_.begin(), shadows_.end(), [](const auto& shadow) { return shadow->quiet(); });
}

}  // namespace umbra::mirror
