// Result<T>: a value or an Error, with std::expected's meaning (C++20 on GCC 12 has none yet).
// What the world does (peers, files, flags) comes back as a Result; what only umbra can do wrong is
// an UMBRA_CHECK.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "umbra/base/check.h"

namespace umbra {

enum class Errc : uint8_t {
  canceled,
  end_of_stream,
  refused,
  reset,
  timeout,
  unresolved,
  tls,        // no handshake, or a certificate that is not the peer's
  truncated,  // TLS: the peer's end came without its close_notify
  out_of_files,
  in_use,
  bad_message,
  bad_config,
  os,
};

struct Error {
  Errc code = Errc::os;
  std::string detail;  // for people; code never parses it
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const noexcept { return v_.index() == 0; }
  T& operator*() {
    UMBRA_CHECK(v_.index() == 0);
    return *std::get_if<0>(&v_);
  }
  const T& operator*() const {
    UMBRA_CHECK(v_.index() == 0);
    return *std::get_if<0>(&v_);
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Error& error() const {
    UMBRA_CHECK(v_.index() == 1);
    return *std::get_if<1>(&v_);
  }

 private:
  std::variant<T, Error> v_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  explicit operator bool() const noexcept { return !error_; }
  const Error& error() const {
    UMBRA_CHECK(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace umbra
