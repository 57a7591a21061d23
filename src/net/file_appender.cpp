#include "umbra/net/file_appender.h"

#include <fcntl.h>
#include <unistd.h>

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

bool FileAppender::offer(std::string block) {
  const size_t size = block.size();
  if (queued_.fetch_add(size) + size > kQueueMax) {
    queued_ -= size;
    return false;
  }
  if (loop_.post([this, block = std::move(block)]() mutable { take(std::move(block)); })) return true;
  queued_ -= size;
  return false;
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
  if (rc == 0) writing_ = write.release();
}

void FileAppender::on_written(ssize_t result) {
  Write& write = *writing_;
  writing_ = nullptr;
  const size_t size = write.block.size();
  const size_t done = result > 0 ? static_cast<size_t>(result) : size;  // what fails is given up
  queued_ -= done;
  if (done < size) blocks_.push_front(write.block.substr(done));
  write_next();
}

}  // namespace umbra::net
