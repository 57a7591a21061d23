#include "umbra/rules/body_mask.h"

#include <gtest/gtest.h>

#include "rules/gzip.h"
#include "umbra/base/keyed_hash.h"

namespace umbra::rules {

void PrintTo(BodyMask::Outcome outcome, std::ostream* out) { *out << static_cast<int>(outcome); }

namespace {

using Outcome = BodyMask::Outcome;

constexpr size_t kMost = 4096;
constexpr const char* kJson = R"({"p":"secret"})";
constexpr const char* kJsonMasked = R"({"p":"***"})";

std::shared_ptr<const BodyMask> mask_of(std::vector<std::string> json, std::vector<std::string> form,
                                        MaskWith with = {}) {
  auto mask = BodyMask::compile({std::move(json), std::move(form), std::move(with)});
  EXPECT_TRUE(mask);
  return *mask;
}

TEST(BodyMask, ByType) {
  const auto json = mask_of({"p"}, {});
  const auto form = mask_of({}, {"p"});
  const auto both = mask_of({"p"}, {"p"});
  struct Row {
    std::shared_ptr<const BodyMask> mask;
    const char* type;
    const char* body;
    Outcome outcome;
    const char* masked;
    const char* why;
  };
  for (const Row& row : {
           Row{json, "application/json", kJson, Outcome::masked, kJsonMasked, "JSON"},
           Row{json, "Text/JSON; charset=utf-8", kJson, Outcome::masked, kJsonMasked, "JSON by another name"},
           Row{json, "application/problem+json", kJson, Outcome::masked, kJsonMasked, "a suffix"},
           Row{json, "application/json", R"({"q":1})", Outcome::unchanged, "", "nothing to mask in it"},
           Row{json, "application/json", R"({"p":1)", Outcome::cannot_read, "", "no JSON"},
           Row{json, "application/json", R"({"q":1}{"p":1})", Outcome::cannot_read, "", "two"},
           Row{json, "application/json", " ", Outcome::cannot_read, "", "blanks are no JSON"},
           Row{json, "application/json", "\xef\xbb\xbf{}", Outcome::cannot_read, "", "a byte order mark"},
           Row{json, "application/json", "p=secret", Outcome::cannot_read, "", "a form, falsely labelled"},
           Row{form, "application/json", kJson, Outcome::unchanged, "", "JSON is not asked for"},
           Row{both, "application/json", "", Outcome::unchanged, "", "no body"},

           Row{json, "application/x-ndjson", "{\"p\":1}\n\r\n{\"q\":2}\r\n{\"p\":3}", Outcome::masked,
               "{\"p\":\"***\"}\n\r\n{\"q\":2}\r\n{\"p\":\"***\"}", "each line"},
           Row{json, "application/jsonl", "{\"q\":1}\n", Outcome::unchanged, "", "nothing in any line"},
           Row{json, "application/jsonl", "{\"p\":1}\n{\"p\"\n", Outcome::cannot_read, "", "a broken line"},
           Row{json, "application/jsonl", "{\"q\":\n1}\n", Outcome::cannot_read, "", "JSON on several lines"},
           Row{form, "application/jsonl", "{\"p\"\n", Outcome::unchanged, "", "JSON is not asked for"},
           Row{json, "application/json-seq", "\x1e{\"p\":1}\n", Outcome::cannot_read, "", "records"},

           Row{form, "application/x-www-form-urlencoded", "p=secret&q=1", Outcome::masked, "p=***&q=1",
               "a form"},
           Row{form, "application/x-www-form-urlencoded", "q=1", Outcome::unchanged, "", "nothing in it"},
           Row{json, "application/x-www-form-urlencoded", "p=secret", Outcome::unchanged, "",
               "not asked for"},
           Row{both, "application/x-www-form-urlencoded", "p=secret", Outcome::masked, "p=***",
               "one of both"},
           Row{json, "application/x-www-form-urlencoded", kJson, Outcome::masked, kJsonMasked, "curl -d"},
           Row{both, "application/x-www-form-urlencoded", " [{", Outcome::cannot_read, "", "neither"},
           Row{form, "application/x-www-form-urlencoded", kJson, Outcome::unchanged, "",
               "JSON is not asked for"},

           Row{json, "text/plain;charset=UTF-8", kJson, Outcome::masked, kJsonMasked, "a beacon"},
           Row{json, "text/plain", "hello", Outcome::unchanged, "", "text"},
           Row{json, "text/plain", "{hello", Outcome::cannot_read, "", "what might be cut off"},
           Row{form, "text/plain", kJson, Outcome::unchanged, "", "JSON is not asked for"},

           Row{form, "multipart/form-data; boundary=b", "--b\r\n", Outcome::cannot_read, "",
               "fields in parts"},
           Row{json, "multipart/form-data; boundary=b", "--b\r\n", Outcome::unchanged, "", "not asked for"},
           Row{json, "multipart/mixed; boundary=b", "--b\r\n", Outcome::cannot_read, "", "anything in parts"},
           Row{json, "", kJson, Outcome::cannot_read, "", "no type"},
           Row{form, "", "p=secret", Outcome::cannot_read, "", "no type"},
           Row{json, "image/png, application/json", kJson, Outcome::cannot_read, "", "two types"},
           Row{both, "image/png", kJson, Outcome::unchanged, "", "no fields"},
           Row{both, "application/xml", "<p>secret</p>", Outcome::unchanged, "",
               "no fields that have names here"},
           Row{mask_of({}, {}), "", "x", Outcome::unchanged, "", "nothing is asked for"},
       }) {
    const auto result = row.mask->apply(row.body, row.type, "", kMost);
    EXPECT_EQ(result.outcome, row.outcome) << row.type << " " << row.body << ": " << row.why;
    EXPECT_EQ(result.body, row.masked) << row.type << ": " << row.why;
    EXPECT_FALSE(result.unpacked);
  }
}

TEST(BodyMask, Utf16IsNotRead) {
  const std::string utf16("{\0\"\0p\0\"\0:\0001\0}\0", 14);
  EXPECT_EQ(mask_of({"p"}, {})->apply(utf16, "application/json; charset=utf-16", "", kMost).outcome,
            Outcome::cannot_read);
  EXPECT_EQ(mask_of({}, {"p"})->apply(utf16, "application/x-www-form-urlencoded", "", kMost).outcome,
            Outcome::cannot_read);
}

TEST(BodyMask, PackedBodies) {
  const auto mask = mask_of({"p"}, {"p"});
  const auto apply = [&](const std::string& body, const char* coding, const char* type = "application/json") {
    return mask->apply(body, type, coding, kMost);
  };
  const auto gzip = apply(pack(kJson, kGzip), "gzip");
  EXPECT_EQ(gzip.outcome, Outcome::masked);
  EXPECT_EQ(gzip.body, kJsonMasked);
  EXPECT_TRUE(gzip.unpacked);
  const auto form = apply(pack("p=secret", kZlib), "deflate", "application/x-www-form-urlencoded");
  EXPECT_EQ(form.outcome, Outcome::masked);
  EXPECT_EQ(form.body, "p=***");
  EXPECT_TRUE(form.unpacked);
  const auto identity = apply(kJson, "identity");
  EXPECT_EQ(identity.outcome, Outcome::masked);
  EXPECT_FALSE(identity.unpacked);

  EXPECT_EQ(apply(pack("{}", kGzip), "gzip").outcome, Outcome::unchanged) << "sent packed, as it came";
  EXPECT_EQ(apply(kJson, "br").outcome, Outcome::cannot_read);
  EXPECT_EQ(apply(kJson, "gzip").outcome, Outcome::cannot_read) << "not what it says";
  EXPECT_EQ(apply(pack(kJson, kGzip), "").outcome, Outcome::cannot_read) << "packed, but it does not say so";
  EXPECT_EQ(apply(pack("p", kGzip), "gzip").outcome, Outcome::cannot_read) << "no JSON in it";
  EXPECT_EQ(apply("x", "br", "image/png").outcome, Outcome::unchanged) << "not looked at";
  EXPECT_EQ(apply("", "gzip").outcome, Outcome::unchanged) << "no body";
}

TEST(BodyMask, TooLarge) {
  const auto mask = mask_of({"*"}, {});
  const std::string spaces = std::string(kMost - 1, ' ') + "1";
  EXPECT_EQ(mask->apply(pack(spaces, kGzip), "application/json", "gzip", kMost).outcome, Outcome::unchanged);
  EXPECT_EQ(mask->apply(pack(" " + spaces, kGzip), "application/json", "gzip", kMost).outcome,
            Outcome::too_large);

  const auto masked = [&](size_t most) { return mask->apply("[1,2]", "application/json", "", most); };
  EXPECT_EQ(masked(13).body, R"(["***","***"])");
  EXPECT_EQ(masked(12).outcome, Outcome::too_large) << "masks are longer than what they replace";
  EXPECT_EQ(masked(12).body, "");
  EXPECT_EQ(mask->apply("[1,2", "application/json", "", 12).outcome, Outcome::cannot_read);
  EXPECT_EQ(mask->apply("[]", "application/json", "", 1).outcome, Outcome::unchanged) << "nothing grew";
}

TEST(BodyMask, TooMany) {
  const auto values = [](size_t count) {
    std::string body = "[0";
    for (size_t i = 1; i < count; ++i) body += ",0";
    return body + "]";
  };
  const auto mask = mask_of({"*"}, {});
  constexpr size_t most = 1024 * 1024;
  EXPECT_EQ(mask->apply(values(10'000), "application/json", "", most).outcome, Outcome::masked);
  EXPECT_EQ(mask->apply(values(10'001), "application/json", "", most).outcome, Outcome::too_large);
}

TEST(BodyMask, Hashes) {
  MaskWith with;
  with.key = "k";
  const auto mask = mask_of({"p"}, {"p"}, with);
  const std::string hash = keyed_hash("k", "secret");
  EXPECT_EQ(mask->apply(kJson, "application/json", "", kMost).body, "{\"p\":\"" + hash + "\"}");
  EXPECT_EQ(mask->apply("p=s%65cret", "application/x-www-form-urlencoded", "", kMost).body, "p=" + hash)
      << "equal values stay equal, however they were sent";
}

TEST(BodyMask, CompileErrors) {
  const auto path = BodyMask::compile({{"a", "b..c"}, {}, {}});
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().detail.find("'b..c'"), std::string::npos) << path.error().detail;
  const auto name = BodyMask::compile({{}, {"a", ""}, {}});
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, Errc::bad_config);
}

}  // namespace
}  // namespace umbra::rules
