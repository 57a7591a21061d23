// start-traffic-duplicator: `umbra run` as a small program of its own, under the name that Procfiles know.
#include "wrapper/run.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return umbra::wrapper::run("start-traffic-duplicator", arguments, UMBRA_VERSION);
}
