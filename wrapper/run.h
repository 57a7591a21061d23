// The wrapper as a whole: what start-traffic-duplicator and `umbra run` do.
#pragma once

#include <string>
#include <vector>

namespace umbra::wrapper {

// Returns the exit status: the application's; 2 for a wrong command line, 1 where the port is taken.  Does
// not return where the application runs without umbra (UMBRA_OFF=1, or umbra cannot be run at all).
int run(const std::string& program, const std::vector<std::string>& arguments, const std::string& version);

}  // namespace umbra::wrapper
