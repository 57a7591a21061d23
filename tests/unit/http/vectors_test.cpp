// The inputs of llhttp's own tests (tests/data/llhttp-vectors.json): how they are cut makes no difference,
// as they stand and with a Host, which most of them lack.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "transcript.h"

namespace umbra::http {
namespace {

// The file holds Latin-1, one code point a byte.
std::string bytes_of(const std::string& utf8) {
  std::string bytes;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      bytes += utf8[i];
      continue;
    }
    const auto next = static_cast<unsigned char>(utf8[++i]);
    bytes += static_cast<char>(((byte & 0x03) << 6) | (next & 0x3f));
  }
  return bytes;
}

std::vector<std::string> vectors() {
  std::ifstream file(std::string(UMBRA_TEST_DATA) + "/llhttp-vectors.json");
  const auto json = nlohmann::json::parse(file);
  std::vector<std::string> all;
  for (const auto& item : json) all.push_back(bytes_of(item.get<std::string>()));
  return all;
}

std::string with_host(std::string bytes) {
  const size_t end = bytes.find("\r\n");
  if (end == bytes.npos || bytes.find("\nHost:") != bytes.npos) return bytes;
  return bytes.insert(end + 2, "Host: a\r\n");
}

TEST(Vectors, AreAllThere) { EXPECT_EQ(vectors().size(), 166u); }

TEST(Vectors, AreReadAlikeHoweverTheyAreCut) {
  for (const std::string& bytes : vectors()) read_with_every_cut(Side::request, bytes);
}

TEST(Vectors, AreReadAlikeHoweverTheyAreCutWithAHost) {
  size_t sound = 0;
  for (const std::string& bytes : vectors()) {
    if (read_with_every_cut(Side::request, with_host(bytes)).find('!') == std::string::npos) ++sound;
  }
  EXPECT_GT(sound, 50u) << "most of them are sound requests, and must be copied";
}

TEST(Vectors, AsResponsesTheyAreFaults) {
  for (const std::string& bytes : vectors()) {
    const std::string text = read_with_every_cut(Side::response, bytes);
    EXPECT_TRUE(bytes.starts_with("HTTP/") || text == "!bad_start_line") << bytes;
  }
}

}  // namespace
}  // namespace umbra::http
