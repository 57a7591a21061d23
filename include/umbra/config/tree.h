// The tree of the file with what flags and variables put over it.
#pragma once

#include <string>
#include <vector>

#include "umbra/config/section.h"

namespace umbra::config {

NodePtr text_node(std::string text, Place place);
NodePtr list_node(const std::vector<std::string>& texts, const Place& place);

// `root` with `value` at `path` ("mirror.memory"); what stands in the way is replaced.
NodePtr with_value(const NodePtr& root, std::string_view path, NodePtr value);

// `root` with the shadows of `texts`, each [NAME=]URL: one whose name the file has gets the new URL, any
// other becomes a further shadow.  Complains of what is no shadow.
NodePtr with_shadows(const NodePtr& root, const std::vector<std::string>& texts, const Place& place,
                     const Reading& reading);

}  // namespace umbra::config
