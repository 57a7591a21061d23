// Scratch: a directory of a test's own, gone with it; and who of the machine's processes lives in it.
//
// What a test starts has its working directory there, so that it is found again, and ended by its id,
// whatever has become of its parents.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace umbra::wrapper_test {

class Scratch {
 public:
  Scratch();
  ~Scratch();  // kills who lives in it first
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Makes the directories above it, too.  What begins with #! can be run.
  void write(const std::string& name, const std::string& text) const;
  void make_directory(const std::string& name) const;
  std::vector<pid_t> inhabitants() const;  // without zombies

 private:
  std::string path_;
};

}  // namespace umbra::wrapper_test
