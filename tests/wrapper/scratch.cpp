#include "wrapper/scratch.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "support/eventually.h"
#include "umbra/base/check.h"

namespace umbra::wrapper_test {
namespace fs = std::filesystem;

Scratch::Scratch() {
  std::string name = ::testing::TempDir() + "umbra-wrapper-XXXXXX";
  UMBRA_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = fs::canonical(name);
}

Scratch::~Scratch() {
  support::eventually([this] {
    const auto left = inhabitants();
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    return left.empty();
  });
  std::error_code failure;
  fs::remove_all(path_, failure);
}

void Scratch::write(const std::string& name, const std::string& text) const {
  fs::create_directories(fs::path(file(name)).parent_path());
  std::ofstream(file(name), std::ios::binary) << text;
  if (text.starts_with("#!")) fs::permissions(file(name), fs::perms::owner_all);
}

void Scratch::make_directory(const std::string& name) const { fs::create_directories(file(name)); }

std::vector<pid_t> Scratch::inhabitants() const {
  std::vector<pid_t> all;
  std::error_code failure;
  for (const auto& process : fs::directory_iterator("/proc", failure)) {
    const std::string id = process.path().filename();
    if (id.find_first_not_of("0123456789") != id.npos) continue;
    std::error_code gone;
    if (fs::read_symlink(process.path() / "cwd", gone) == path_) all.push_back(std::stoi(id));
  }
  return all;
}

}  // namespace umbra::wrapper_test
