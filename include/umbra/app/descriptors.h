// How the process's file descriptors are shared between sessions and shadows, so that neither leg can take
// the other's.
#pragma once

#include <cstdint>
#include <string>

#include "umbra/config/options.h"

namespace umbra::app {

// Raises the soft limit to the hard one: each session takes two.  Returns it.
uint64_t raise_descriptor_limit();

// At the start: some for umbra's own, at most half of the rest for shadows, and two for each session.
// `options.relay.sessions_max` is the process's before and a worker's afterwards; 0: as many as fit.
void share_descriptors(uint64_t limit, config::ProxyOptions& options);

// At a reload: the sessions keep what they got at the start; `next`'s shadows share the rest.
void share_descriptors(uint64_t limit, const config::ProxyOptions& now, config::ProxyOptions& next);

// Why clients could find every descriptor taken by shadows, each of which has at least one connection in
// each worker; empty where they cannot.  At the start ...
std::string descriptors_missing(uint64_t limit, const config::ProxyOptions& options);
// ... and at a reload, when `now` has been shared out.
std::string descriptors_missing(uint64_t limit, const config::ProxyOptions& now,
                                const config::ProxyOptions& next);

}  // namespace umbra::app
