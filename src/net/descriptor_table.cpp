#include "umbra/net/descriptor_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace umbra::net {

void reserve_descriptors(uint64_t count) noexcept {
  if (count == 0) return;
  const int any = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (any < 0) return;
  const int last = ::fcntl(any, F_DUPFD_CLOEXEC, static_cast<int>(std::min(count, kReservedMax) - 1));
  if (last >= 0) ::close(last);
  ::close(any);
}

}  // namespace umbra::net
