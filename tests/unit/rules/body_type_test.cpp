#include "umbra/rules/body_type.h"

#include <gtest/gtest.h>

namespace umbra::rules {

void PrintTo(BodyType type, std::ostream* out) { *out << static_cast<int>(type); }

namespace {

TEST(BodyType, Table) {
  struct Row {
    const char* content_type;
    BodyType type;
  };
  for (const Row& row : {
           Row{"application/json", BodyType::json},
           Row{"APPLICATION/Json;Charset=UTF-8", BodyType::json},
           Row{" application/json ; charset=\"utf-8, or so\"", BodyType::json},
           Row{"text/json", BodyType::json},
           Row{"application/x-json", BodyType::json},
           Row{"application/vnd.api+json", BodyType::json},
           Row{"application/json-patch+JSON", BodyType::json},
           Row{"image/svg+json", BodyType::json},
           Row{"application/csp-report", BodyType::json},
           Row{"application/x-ndjson", BodyType::json_lines},
           Row{"application/ndjson; charset=utf-8", BodyType::json_lines},
           Row{"application/jsonl", BodyType::json_lines},
           Row{"application/jsonlines", BodyType::json_lines},
           Row{"text/x-jsonl", BodyType::json_lines},
           Row{"application/json-seq", BodyType::unreadable},
           Row{"application/geo+json-seq", BodyType::unreadable},
           Row{"application/json5", BodyType::unreadable},
           Row{"application/json+protobuf", BodyType::unreadable},
           Row{"application/x-www-form-urlencoded", BodyType::form},
           Row{"Application/X-WWW-Form-URLEncoded; charset=utf-8", BodyType::form},
           Row{"application/form-urlencoded", BodyType::form},
           Row{"text/plain;charset=UTF-8", BodyType::text},
           Row{"multipart/form-data; boundary=x", BodyType::form_parts},
           Row{"multipart/mixed; boundary=x", BodyType::unreadable},
           Row{"Multipart/Related", BodyType::unreadable},
           Row{"", BodyType::unreadable},
           Row{";", BodyType::unreadable},
           Row{"json", BodyType::unreadable},
           Row{"application json", BodyType::unreadable},
           Row{"application/ json", BodyType::unreadable},
           Row{"image/png, application/json", BodyType::unreadable},
           Row{"image/png; a=b, application/json", BodyType::unreadable},
           Row{"application/json, application/json", BodyType::unreadable},
           Row{"image/png", BodyType::other},
           Row{"application/octet-stream", BodyType::other},
           Row{"application/xml; charset=utf-8", BodyType::other},
           Row{"text/html", BodyType::other},
           Row{"application/grpc", BodyType::other},
           Row{"application/bson", BodyType::other},
       }) {
    EXPECT_EQ(body_type_of(row.content_type), row.type) << row.content_type;
  }
}

TEST(BodyType, LooksLikeJson) {
  for (const char* text : {"{", "[", " \t\r\n{}", "\xef\xbb\xbf[]", "{no json"}) {
    EXPECT_TRUE(looks_like_json(text)) << text;
  }
  for (const char* text : {"", " ", "a={", "\"a\"", "7", "\xef\xbb\xbf", "%7B"}) {
    EXPECT_FALSE(looks_like_json(text)) << text;
  }
}

}  // namespace
}  // namespace umbra::rules
