// FileAppender: appends blocks to a file, off the loop, in order and within a bound.
//
// offer() may be called from any thread; the rest belongs to the loop's thread.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>

#include "umbra/net/loop.h"

namespace umbra::net {

class FileAppender {
 public:
  // "-": standard output.
  static Result<std::unique_ptr<FileAppender>> open(Loop& loop, const std::string& path);
  ~FileAppender();
  FileAppender(const FileAppender&) = delete;
  FileAppender& operator=(const FileAppender&) = delete;

  // Opens the path again: the blocks that come from now on go to the file that is there now (logrotate has
  // moved the other away).  On an error they go on to the old one.
  Result<void> reopen();

  // Loses the block, and counts its lines, when more than kQueueMax waits already (a full disk, a reader
  // that has stopped).
  void offer(std::string block);
  // Lines that were not written: refused here, or by the system.
  uint64_t lost_lines() const noexcept { return lost_lines_; }
  // Nothing is waiting any more.
  bool idle() const noexcept { return queued_ == 0; }

  static constexpr size_t kQueueMax = 4 * 1024 * 1024;

 private:
  class Descriptor;
  struct Write;
  FileAppender(Loop& loop, std::string path, std::shared_ptr<const Descriptor> file);
  static Result<std::shared_ptr<const Descriptor>> open_file(const std::string& path);
  void take(std::string block);
  void lose(std::string_view block) noexcept;
  void write_next();
  void on_written(ssize_t result);

  Loop& loop_;
  std::string path_;
  std::shared_ptr<const Descriptor> file_;  // closed behind the last write
  std::atomic<size_t> queued_ = 0;
  std::atomic<uint64_t> lost_lines_ = 0;
  std::deque<std::string> blocks_;
  Write* writing_ = nullptr;  // belongs to the loop
};

}  // namespace umbra::net
