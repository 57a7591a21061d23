#include "umbra/base/base64.h"

#include <gtest/gtest.h>

namespace umbra {
namespace {

// RFC 4648, section 10, and bytes beyond ASCII.
TEST(Base64Test, Vectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64(std::string_view("\xff\0\xfe", 3)), "/wD+");
}

}  // namespace
}  // namespace umbra
