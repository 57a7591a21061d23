#include "umbra/generate/path_pattern.h"

#include <algorithm>

namespace umbra::generate {

Result<PathPattern> PathPattern::parse(std::string_view text) {
  const Error fault{Errc::bad_config,
                    "a path such as /api/orders, /api/* or /api/orders/{id}, each {name} a whole segment, is "
                    "expected"};
  PathPattern pattern;
  pattern.text_ = text;
  pattern.prefix_ = text.ends_with('*');
  if (pattern.prefix_) text.remove_suffix(1);
  const bool outer = text.starts_with('/') || (text.empty() && pattern.prefix_);
  const bool bytes =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '*'; });
  if (!outer || !bytes || text.find_first_of("?#") != text.npos) return fault;
  for (size_t open = text.find('{'); open != text.npos; open = text.find('{')) {
    const size_t close = text.find('}', open);
    if (close == text.npos || close == open + 1 || text[open - 1] != '/') return fault;
    if (close + 1 < text.size() ? text[close + 1] != '/' : pattern.prefix_) return fault;
    if (text.substr(open + 1, close - open - 1).find_first_of("{/") != text.npos) return fault;
    pattern.literals_.emplace_back(text.substr(0, open));
    text.remove_prefix(close + 1);
  }
  pattern.literals_.emplace_back(text);
  const bool stray = std::any_of(pattern.literals_.begin(), pattern.literals_.end(),
                                 [](const std::string& one) { return one.find('}') != one.npos; });
  if (stray) return fault;
  return pattern;
}

bool PathPattern::matches(std::string_view path) const noexcept {
  for (size_t i = 0; i < literals_.size(); ++i) {
    if (i > 0) {
      const size_t segment = std::min(path.find('/'), path.size());
      if (segment == 0) return false;
      path.remove_prefix(segment);
    }
    if (!path.starts_with(literals_[i])) return false;
    path.remove_prefix(literals_[i].size());
  }
  return prefix_ || path.empty();
}

std::string_view path_of(std::string_view target) noexcept {
  target = target.substr(0, target.find('?'));
  if (target.starts_with('/')) return target;
  const size_t authority = target.find("://");
  if (authority == target.npos) return target;
  const size_t path = target.find('/', authority + 3);
  return path == target.npos ? std::string_view("/") : target.substr(path);
}

}  // namespace umbra::generate
