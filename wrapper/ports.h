// TCP ports of this machine: which are free, and who has the others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace umbra::wrapper {

// Nobody listens on it, on any interface.
bool is_port_free(uint16_t port);
// One that is free now; nothing: the kernel has none.
std::optional<uint16_t> find_free_port();
// "python3 (process 4711)", or "another process" where the kernel does not tell.
std::string port_holder(uint16_t port);

}  // namespace umbra::wrapper
