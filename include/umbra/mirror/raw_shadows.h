// RawShadows: the tcp shadows of one worker's mirror.
#pragma once

#include <memory>
#include <vector>

#include "umbra/mirror/raw_shadow.h"

namespace umbra::mirror {

class RawShadows {
 public:
  RawShadow& add(std::unique_ptr<RawShadow> shadow);
  // null: there are none, or none takes this session.
  std::unique_ptr<relay::SessionTap> on_session();

  void end_turn();
  void drain();
  void cut();
  bool quiet() const noexcept;
  const RawShadow& operator[](size_t i) const noexcept { return *shadows_[i]; }

 private:
  class Copies;

  std::vector<std::unique_ptr<RawShadow>> shadows_;
};

}  // namespace umbra::mirror
