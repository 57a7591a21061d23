#include "umbra/net/file_appender.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace umbra::net {

// Shared with the writes under way.  A write that a thread has already taken from the queue cannot be
// cancelled: were the number free by then, the lines would go to whatever has been opened under it since, a
// client's connection for one.
class FileAppender::Descriptor {
 public:
  Descriptor(int fd, bool owned) noexcept : fd_(fd), owned_(owned) {}
  ~Descriptor() {
    if (owned_) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const noexcept { return fd_; }

 private:
  int fd_;
  bool owned_;
};

// Carries its own bytes and file: a thread may be writing them when the appender has gone.
struct FileAppender::Write {
  uv_fs_t request{};
  std::shared_ptr<const Descriptor> file;
  std::string block;
  FileAppender* owner = nullptr;
};

FileAppender::FileAppender(Loop& loop, std::string path, std::shared_ptr<const Descriptor> file)
    : loop_(loop), path_(std::move(path)), file_(std::move(file)) {}

Result<std::shared_ptr<const FileAppender::Descriptor>> FileAppender::open_file(const std::string& path) {
  if (path == "-") return std::make_shared<const Descriptor>(STDOUT_FILENO, false);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return errno_failure(errno);
  return std::make_shared<const Descriptor>(fd, true);
}

Result<std::unique_ptr<FileAppender>> FileAppender::open(Loop& loop, const std::string& path) {
  auto file = open_file(path);
  if (!file) return file.error();
  return std::unique_ptr<FileAppender>(new FileAppender(loop, path, std::move(*file)));
}

Result<void> FileAppender::reopen() {
  auto file = open_file(path_);
  if (!file) return file.error();
  file_ = std::move(*file);
  return {};
}

FileAppender::~FileAppender() {
  if (writing_ != nullptr) {
    writing_->owner = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&writing_->request));
  }
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
  write->file = file_;
  write->block = std::move(blocks_.front());
  blocks_.pop_front();
  write->owner = this;
  write->request.data = write.get();
  const uv_buf_t buffer = uv_buf_init(write->block.data(), static_cast<unsigned>(write->block.size()));
  const int rc =
      uv_fs_write(loop_.uv(), &write->request, file_->number(), &buffer, 1, -1, [](uv_fs_t* request) {
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
