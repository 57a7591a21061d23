// The wrapper's children that it did not start: processes whose parents have gone come to it
// (PR_SET_CHILD_SUBREAPER; process 1 of a container gets them anyway).
#pragma once

#include <sys/types.h>

#include <vector>

namespace umbra::wrapper {

// From now on the processes that children leave behind are this process's children.
void adopt_orphans();
// Those that have not ended.
std::vector<pid_t> living_children();

}  // namespace umbra::wrapper
