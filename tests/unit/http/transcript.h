// What a MessageReader makes of a stream of bytes, as text that does not show how the bytes were cut.
//
//   "GET / HTTP/1.1{Host=a}() POST /x HTTP/1.1{Host=a,Content-Length=5}(hello) !bad_host"
//
// A message that is not whole ends with "...", a fault is "!reason", bytes of a head that wait are "+n".
// How much of a body was handed on before a fault in it depends on the cut by nature and is left out.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/http/message_reader.h"

namespace umbra::http {

class Transcript {
 public:
  explicit Transcript(Side side, std::vector<AnswerTo> answers = {}, size_t head_max = 64 * 1024)
      : reader_(side, head_max), answers_(std::move(answers)) {}

  void feed(std::string_view piece) {
    // Its own memory, exactly as large: a sanitizer sees any look beyond, and into pieces gone by.
    const auto memory = std::make_unique<char[]>(piece.size());
    piece.copy(memory.get(), piece.size());
    std::string_view rest(memory.get(), piece.size());
    while (!rest.empty() && !spent_) {
      const Event event = reader_.next(rest, head_, answer_to());
      EXPECT_TRUE(event.kind != Event::Kind::more || rest.empty()) << "asked for more, left some";
      take(event);
    }
  }

  std::string text() const {
    std::string all = text_;
    if (open_) all += "(" + body_ + "...";
    if (!spent_ && reader_.held_bytes() > 0) all += "+" + std::to_string(reader_.held_bytes());
    if (!all.empty() && all.back() == ' ') all.pop_back();
    return all;
  }
  bool may_end() const { return reader_.may_end(); }

 private:
  AnswerTo answer_to() const { return answered_ < answers_.size() ? answers_[answered_] : AnswerTo::other; }

  void take(const Event& event) {
    switch (event.kind) {
      case Event::Kind::more:
        return;
      case Event::Kind::head:
        describe_head();
        open_ = true;
        until_close_ = event.until_close;
        break;
      case Event::Kind::body:
        body_ += event.bytes;
        break;
      case Event::Kind::tunnel:
        describe_head();
        text_ += "=>tunnel";
        spent_ = true;
        return;
      case Event::Kind::fault:
        text_ += "!" + std::string(name_of(event.fault));
        spent_ = true;
        open_ = false;
        return;
    }
    if (!event.last) return;
    text_ += "(" + std::exchange(body_, {}) + ") ";
    open_ = false;
  }

  void describe_head() {
    text_ += std::string(head_.start_line()) + "{";
    for (const Field& field : head_.fields()) {
      if (&field != &head_.fields().front()) text_ += ",";
      text_ += std::string(field.name) + "=" + std::string(field.value);
    }
    text_ += "}";
    if (head_.status() >= 200) ++answered_;
  }

  MessageReader reader_;
  Head head_;
  std::vector<AnswerTo> answers_;
  size_t answered_ = 0;
  std::string text_;
  std::string body_;
  bool open_ = false;
  bool until_close_ = false;
  bool spent_ = false;
};

// Reads `bytes` whole, cut in two at every place, and byte by byte; all must be understood alike.
inline std::string read_with_every_cut(Side side, std::string_view bytes,
                                       std::vector<AnswerTo> answers = {}) {
  Transcript whole(side, answers);
  whole.feed(bytes);
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    Transcript halves(side, answers);
    halves.feed(bytes.substr(0, cut));
    halves.feed(bytes.substr(cut));
    EXPECT_EQ(halves.text(), whole.text()) << "cut at " << cut << " of:\n" << bytes;
    if (halves.text() != whole.text()) return whole.text();
    EXPECT_EQ(halves.may_end(), whole.may_end()) << "cut at " << cut << " of:\n" << bytes;
  }
  Transcript single(side, answers);
  for (size_t i = 0; i < bytes.size(); ++i) single.feed(bytes.substr(i, 1));
  EXPECT_EQ(single.text(), whole.text()) << "byte by byte:\n" << bytes;
  return whole.text();
}

// A row of the tables: what a side sent, what must be read, and why.
struct Reading {
  std::string bytes;
  std::string expected;
  const char* why;
  std::vector<AnswerTo> answers{};
};

inline void expect_readings(Side side, const std::vector<Reading>& rows) {
  for (const Reading& row : rows) {
    EXPECT_EQ(read_with_every_cut(side, row.bytes, row.answers), row.expected) << row.why << ":\n"
                                                                               << row.bytes;
  }
}

}  // namespace umbra::http
