// Moves an application to another port by what its command line says: the port is replaced wherever an
// argument carries it as a whole number, and never inside another number.
//
//   -p 5000   -p5000   --port=5000   tcp://0.0.0.0:5000   $PORT   ${PORT:-3000}      replaced
//   15000   5000.5   -5000   /data/5000   app-5000   5000ms   [fe80::5000]             left alone
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::wrapper {

struct Rewritten {
  std::string text;
  // What stood there with the number, for the log: cut so that no password of a URL is in it.
  std::vector<std::string> replaced;
};

enum class Variables : uint8_t {
  replaced,  // no shell will come to expand $PORT
  left       // one will
};

Rewritten rewrite_port(std::string_view argument, uint16_t from, uint16_t to, Variables variables);

}  // namespace umbra::wrapper
