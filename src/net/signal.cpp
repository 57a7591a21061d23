#include "umbra/net/signal.h"

namespace umbra::net {

SignalWatch::SignalWatch(Loop& loop, int number, std::function<void()> on_signal)
    : on_signal_(std::move(on_signal)) {
  auto handle = Handle<uv_signal_t>::open(loop.uv(), &on_signal_, uv_signal_init);
  UMBRA_CHECK(handle);
  handle_ = std::move(*handle);
  uv_unref(reinterpret_cast<uv_handle_t*>(handle_.get()));
  uv_signal_start(
      handle_.get(),
      [](uv_signal_t* signal, int) {
        if (auto* heard = owner_of<std::function<void()>>(signal)) (*heard)();
      },
      number);
}

}  // namespace umbra::net
