#include "umbra/net/file_appender.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace umbra::net {

// Carries its own bytes: a thread may be writing them when the appender has gone.
struct FileAppender::Write {
  uv_fs_t request{};
  std::string block;
  FileAppender* owner = nullptr;
};

Result<std::unique_ptr<FileAppender>> FileAppender::open(Loop& loop, const std::string& path) {
  if (path == "-") return std::unique_ptr<FileAppender>(new FileAppender(loop, STDOUT_FILENO, false));
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return errno_failure(errno);
  return std::unique_ptr<FileAppender>(new FileAppender(loop, fd, true));
}

FileAppender::~FileAppender() {
  if (writing_ != nullptr) {
    writing_->owner = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&writing_->request));
  }
  if (owned_) ::close(fd_);
}

void FileAppender::offer(std::string block) {
  const size_t size = block.size();
  if (queued_.fetch_add(size) + size > kQueueMax) {
    lose(block);
    return;
  }
  loop_.post([this, block = std::move(block)]() mutable { take(std::move(block)); });
}

void FileAppender::lose(std::string_view block) noexcept {
  queued_ -= block.size();
  lost_lines_ += static_cast<uint64_t>(std::count(block.begin(), block.end(), '\n'));
}

void FileAppender::take(std::string block) {
  blocks_.push_back(std::move(block));
  if (writing_ == nullptr) write_next();
}

void FileAppender::write_next() {
  if (blocks_.empty()) return;
  auto write = std::make_unique<Write>();
  write->block = std::move(blocks_.front());
  blocks_.pop_front();
  write->owner = this;
  write->request.data = write.get();
  const uv_buf_t buffer = uv_buf_init(write->block.data(), static_cast<unsigned>(write->block.size()));
  const int rc = uv_fs_write(loop_.uv(), &write->request, fd_, &buffer, 1, -1, [](uv_fs_t* request) {
    const std::unique_ptr<Write> done(static_cast<Write*>(request->data));
    const ssize_t result = request->result;
    uv_fs_req_cleanup(request);
    if (done->owner != nullptr) done->owner->on_written(result);
  });
  if (rc < 0) return lose(write->block);
  writing_ = write.release();
}

void FileAppender::on_written(ssize_t result) {
  Write& write = *writing_;
  writing_ = nullptr;
  if (result < 0) {
    lose(write.block);
  } else {
    queued_ -= static_cast<size_t>(result);
    if (static_cast<size_t>(result) < write.block.size()) {
      blocks_.push_front(write.block.substr(static_cast<size_t>(result)));
    }
  }
  write_next();
}

}  // namespace umbra::net
