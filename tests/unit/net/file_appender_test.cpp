#include "umbra/net/file_appender.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "net/loop_fixture.h"

namespace umbra::net {
namespace {

class FileAppenderTest : public LoopTest {
 protected:
  ~FileAppenderTest() override { ::unlink(path.c_str()); }
  void TearDown() override {
    file.reset();
    LoopTest::TearDown();
  }
  void open() {
    auto opened = FileAppender::open(*loop, path);
    ASSERT_TRUE(opened) << opened.error().detail;
    file = std::move(*opened);
  }
  std::string written() const {
    std::ifstream in(path);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  // Descriptors of this process that are the file.
  int times_open() const {
    int times = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;  // the iterator's own is, by now
      if (std::filesystem::read_symlink(entry.path(), gone) == path) ++times;
    }
    return times;
  }
  const std::string path = testing::TempDir() + "umbra-appender-" + std::to_string(getpid());
  std::unique_ptr<FileAppender> file;
};

TEST_F(FileAppenderTest, BlocksOfAllThreadsInTheirOrder) {
  open();
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) file->offer(std::to_string(i) + "\n");
  });
  other.join();
  EXPECT_FALSE(file->idle());
  ASSERT_TRUE(turn_until([&] { return file->idle(); }));
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(written(), expected);
}

TEST_F(FileAppenderTest, AppendsToWhatIsThere) {
  std::ofstream(path) << "before\n";
  open();
  file->offer("after\n");
  ASSERT_TRUE(turn_until([&] { return file->idle(); }));
  EXPECT_EQ(written(), "before\nafter\n");
}

TEST_F(FileAppenderTest, WhatIsTooMuchIsRefusedAndLaterTakenAgain) {
  open();
  file->offer(std::string(FileAppender::kQueueMax, 'x'));
  EXPECT_EQ(file->lost_lines(), 0u);
  file->offer("y\ny\n");
  EXPECT_EQ(file->lost_lines(), 2u) << "the bound";
  ASSERT_TRUE(turn_until([&] { return file->idle(); }));
  file->offer("z");
  ASSERT_TRUE(turn_until([&] { return file->idle(); }));
  EXPECT_EQ(written().size(), FileAppender::kQueueMax + 1);
}

TEST_F(FileAppenderTest, AFileThatCannotBeOpenedIsAnError) {
  EXPECT_FALSE(FileAppender::open(*loop, "/does/not/exist/log"));
}

// As logrotate does it: the file is moved away, then umbra is told.
TEST_F(FileAppenderTest, OpensItsPathAgain) {
  open();
  file->offer("old\n");
  ASSERT_TRUE(turn_until([&] { return file->idle(); }));
  const std::string moved = path + ".1";
  ASSERT_EQ(::rename(path.c_str(), moved.c_str()), 0);
  file->offer("still old\n");
  ASSERT_TRUE(turn_until([&] { return file->idle(); }));
  ASSERT_TRUE(file->reopen());
  file->offer("new\n");
  ASSERT_TRUE(turn_until([&] { return file->idle(); }));
  EXPECT_EQ(written(), "new\n");
  EXPECT_EQ(times_open(), 1);
  ASSERT_EQ(::rename(moved.c_str(), path.c_str()), 0);
  EXPECT_EQ(written(), "old\nstill old\n");
}

TEST_F(FileAppenderTest, KeepsItsFileWhenThePathCannotBeOpenedAgain) {
  open();
  ASSERT_EQ(::unlink(path.c_str()), 0);
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  EXPECT_FALSE(file->reopen());
  file->offer("to the old file\n");
  EXPECT_TRUE(turn_until([&] { return file->idle(); }));
  EXPECT_EQ(file->lost_lines(), 0u);
  ASSERT_EQ(::rmdir(path.c_str()), 0);
}

TEST_F(FileAppenderTest, AFullDiskLosesBlocksButDoesNotStop) {
  auto full = FileAppender::open(*loop, "/dev/full");
  if (!full) GTEST_SKIP() << "no /dev/full here";
  for (int i = 0; i < 10; ++i) (*full)->offer("lost\n");
  EXPECT_TRUE(turn_until([&] { return (*full)->idle(); }));
  EXPECT_EQ((*full)->lost_lines(), 10u);
}

TEST_F(FileAppenderTest, ItMayGoWithBlocksUnderWay) {
  open();
  for (int i = 0; i < 10; ++i) file->offer("x\n");
  turn();
  file.reset();
  turn();
}

// A thread that has taken a write uses the descriptor's number later: it must not be another file's by then.
TEST_F(FileAppenderTest, ItsDescriptorIsNotFreeWhileAWriteIsUnderWay) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  open();
  const std::string block(256 * 1024, 'x');  // more than a pipe takes: the thread stands in write(2)
  file->offer(block);
  turn();
  size_t got = 0;
  std::string buffer(block.size(), '\0');
  const auto read_some = [&] {
    const ssize_t n = ::read(reader, buffer.data(), buffer.size());
    if (n > 0) got += static_cast<size_t>(n);
    return got;
  };
  ASSERT_TRUE(turn_until([&] { return read_some() > 0; }));

  ASSERT_EQ(times_open(), 2) << "the reader's and the appender's";
  file.reset();
  EXPECT_EQ(times_open(), 2) << "a thread writes to it";
  ASSERT_TRUE(turn_until([&] { return read_some() == block.size(); }));
  EXPECT_TRUE(turn_until([&] { return times_open() == 1; })) << "only the reader's is left";
  ::close(reader);
}

}  // namespace
}  // namespace umbra::net
