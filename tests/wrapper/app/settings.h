// What the scriptable application is to do, by the words of the variable APP_SCRIPT: `report=FILE delay=200`.
#pragma once

#include <cstdint>
#include <string>

namespace umbra::wrapper_test {

struct Settings {
  std::string report;         // report=FILE
  uint16_t port = 0;          // port=N; else PORT of the environment
  std::string host;           // host=ADDRESS; else every IPv4 one
  std::string unix_path;      // unix=PATH instead of a port
  int delay_ms = 0;           // delay=MS before it listens
  int exit_early = -1;        // exit_early=STATUS instead of listening
  int status = 0;             // status=N when it has been stopped
  bool ignores_term = false;  // ignores_term=1
  int ends_on = 0;            // ends_on=SIGNAL: as SIGTERM does
  int child_ms = 0;           // child_ms=MS: leaves a background process that stays so long
  bool child_ignores_term = false;
};

Settings read_settings();

}  // namespace umbra::wrapper_test
