#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "umbra/config/document.h"
#include "umbra/config/proxy_flags.h"

namespace umbra::config {
namespace {

struct Closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

Error cannot_read(int code) {
  return {Errc::os,
          fmt::format("cannot be read: {}; a text file is expected", std::generic_category().message(code))};
}

}  // namespace

// A byte more than there may be, so that the reader sees it.
FileText read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return Result<std::string>(cannot_read(errno));
  }
  std::string text(kTextMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return Result<std::string>(cannot_read(errno));
  return Result<std::string>(std::move(text));
}

}  // namespace umbra::config
