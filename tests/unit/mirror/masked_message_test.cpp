// Whole messages with masked bodies: byte for byte, however they came in.
#include "umbra/mirror/masked_message.h"

#include <gtest/gtest.h>

#include <string>

#include "rules/gzip.h"

namespace umbra::mirror {
namespace {

using rules::pack;

constexpr size_t kMost = 64;
const std::string kJson = R"({"p":"secret"})";
const std::string kMasked = R"({"p":"***"})";
const std::string kJsonType = "Content-Type: application/json\r\n";
const std::string kGzip = "Content-Encoding: gzip\r\n";

std::string with_length(const std::string& fields, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: app\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string in_chunks(const std::string& fields, const std::string& body) {
  std::string text =
      "POST / HTTP/1.1\r\nHost: app\r\n" + fields + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n";
  for (const char c : body) text += std::string("1;e\r\n") + c + "\r\n";
  return text + "0\r\nX: 1\r\n\r\n";
}

struct Outcome {
  Drop why = Drop::count;
  std::string message;
};

// The body comes in pieces of `part` bytes.
Outcome mask(const std::string& request, size_t part, size_t max = kMost) {
  const size_t head_size = request.find("\r\n\r\n") + 4;
  const std::string head_bytes = request.substr(0, head_size);
  http::Head head;
  Opaque reason = Opaque::none;
  EXPECT_EQ(head.parse(http::Side::request, head_bytes, reason), http::Head::Verdict::complete) << request;
  rules::Draft draft;
  draft.begin(head);
  CopyHead copy;
  EXPECT_TRUE(copy.plan(draft, CopyHead::HostLine::replaced, CopyHead::FramingLines::left_out));
  auto compiled = rules::BodyMask::compile({{"p"}, {}, {}});
  EXPECT_TRUE(compiled);
  MaskedMessage message(*compiled, max, copy, "Host: s\r\n", draft, head);
  for (size_t at = head_size; at < request.size(); at += part) {
    const Drop why = message.take(std::string_view(request).substr(at, part));
    EXPECT_LE(message.held_bytes(), max + message.head().size()) << request;
    if (why != Drop::count) return {why, ""};
  }
  if (const Drop why = message.finish(); why != Drop::count) return {why, ""};
  EXPECT_EQ(message.held_bytes(), message.head().size() + message.body().size());
  return {Drop::count, message.head() + message.body()};
}

std::string framed(const std::string& fields, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: s\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST(MaskedMessage, OnlyBodiesThatMayHoldSomethingAreGathered) {
  struct Row {
    std::string fields;
    bool needed;
  };
  const auto mask = rules::BodyMask::compile({{"p"}, {}, {}});
  ASSERT_TRUE(mask);
  for (const Row& row :
       {Row{"Content-Type: application/json\r\n", true}, Row{"Content-Type: image/png\r\n", false},
        Row{"Content-Type: video/mp4\r\nContent-Encoding: br\r\n", false}, Row{"", true},
        Row{"Content-Type: image/png\r\nContent-Type: application/json\r\n", true},
        Row{"Content-Type: multipart/form-data; boundary=x\r\n", false}}) {
    const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\n" + row.fields + "\r\n";
    http::Head head;
    Opaque reason = Opaque::none;
    ASSERT_EQ(head.parse(http::Side::request, bytes, reason), http::Head::Verdict::complete);
    rules::Draft draft;
    draft.begin(head);
    EXPECT_EQ(MaskedMessage::needed(**mask, draft), row.needed) << row.fields;
  }
}

TEST(MaskedMessage, Table) {
  struct Row {
    std::string request;
    Drop why;
    std::string message;
    const char* what;
  };
  const std::string packed = pack(kJson, rules::kGzip);
  const std::string other = R"({"q":"secret"})";
  const std::string packed_other = pack(other, rules::kGzip);
  for (const Row& row : {
           Row{with_length(kJsonType, kJson), Drop::count, framed(kJsonType, kMasked), "with a length"},
           Row{in_chunks(kJsonType, kJson), Drop::count, framed(kJsonType, kMasked),
               "in chunks: neither extensions nor trailers stay"},
           Row{with_length("X-A: 1\r\n" + kGzip + kJsonType, packed), Drop::count,
               framed("X-A: 1\r\n" + kJsonType, kMasked), "unpacked"},
           Row{in_chunks(kJsonType + kGzip, packed), Drop::count, framed(kJsonType, kMasked),
               "unpacked out of chunks"},
           Row{with_length(kJsonType + kGzip, packed_other), Drop::count,
               framed(kJsonType + kGzip, packed_other), "nothing to mask: as it came, still packed"},
           Row{in_chunks(kJsonType, other), Drop::count, framed(kJsonType, other), "nothing to mask"},
           Row{with_length(kJsonType, ""), Drop::count, framed(kJsonType, ""), "no body"},
           Row{in_chunks(kJsonType, ""), Drop::count, framed(kJsonType, ""), "no body in no chunks"},
           Row{with_length("Content-Type: image/png\r\n", "\x89PNG"), Drop::count,
               framed("Content-Type: image/png\r\n", "\x89PNG"), "nothing that has fields"},
           Row{with_length(kJsonType, "{"), Drop::unmaskable, "", "broken"},
           Row{with_length("", kJson), Drop::unmaskable, "", "of no type"},
           Row{with_length(kJsonType + kGzip, "{}"), Drop::unmaskable, "", "not packed"},
           Row{with_length(kJsonType + kGzip, packed.substr(0, packed.size() - 1)), Drop::unmaskable, "",
               "cut off"},
           Row{with_length(kJsonType + "content-type: text/html\r\n", kJson), Drop::unmaskable, "",
               "two types: nobody knows which one a server takes"},
           Row{with_length(kJsonType + kGzip + kGzip, packed), Drop::unmaskable, "", "two codings"},
           Row{with_length(kJsonType + kGzip,
                           pack("{\"p\":\"" + std::string(200, 'a') + "\"}", rules::kGzip)),
               Drop::body_too_large, "", "too large when it is unpacked"},
       }) {
    for (const size_t part : {size_t{1}, size_t{3}, size_t{1000}}) {
      const Outcome outcome = mask(row.request, part);
      EXPECT_EQ(outcome.why, row.why) << row.what << ", in parts of " << part;
      EXPECT_EQ(outcome.message, row.message) << row.what << ", in parts of " << part;
    }
  }
}

TEST(MaskedMessage, BoundsCountDataAndNotFraming) {
  for (const bool chunks : {false, true}) {
    const auto request = [&](size_t size) {
      const std::string body = '"' + std::string(size - 2, 'a') + '"';
      return chunks ? in_chunks(kJsonType, body) : with_length(kJsonType, body);
    };
    for (const size_t part : {size_t{1}, size_t{1000}}) {
      EXPECT_EQ(mask(request(kMost), part).why, Drop::count);
      EXPECT_EQ(mask(request(kMost + 1), part).why, Drop::body_too_large);
    }
  }
}

}  // namespace
}  // namespace umbra::mirror
