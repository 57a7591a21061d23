#include "umbra/base/keyed_hash.h"

#include <gtest/gtest.h>

namespace umbra {
namespace {

TEST(KeyedHash, Rfc4231) {
  struct Row {
    std::string key;
    std::string value;
    const char* hash;
    const char* why;
  };
  for (const Row& row : {
           Row{std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b", "test case 1"},
           Row{"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7", "test case 2"},
           Row{std::string(20, '\xaa'), std::string(50, '\xdd'), "773ea91e36800e46854db8ebd09181a7",
               "test case 3"},
           Row{std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
               "60e431591ee0b67f0d8a26aacbf5b77f", "test case 6: a key longer than a block"},
           Row{"", "", "b613679a0814d9ec772f95d778c35fc5", "nothing at all is hashed too"},
       }) {
    EXPECT_EQ(keyed_hash(row.key, row.value), row.hash) << row.why;
  }
  EXPECT_EQ(keyed_hash({}, {}), "b613679a0814d9ec772f95d778c35fc5") << "views of nothing, without an address";
}

TEST(KeyedHash, DependsOnTheKey) {
  EXPECT_NE(keyed_hash("a", "value"), keyed_hash("b", "value"));
  EXPECT_NE(keyed_hash("a", "value"), keyed_hash("a", "valuf"));
}

TEST(EqualSecrets, Table) {
  EXPECT_TRUE(equal_secrets("token", "token"));
  EXPECT_TRUE(equal_secrets("", ""));
  EXPECT_TRUE(equal_secrets({}, "")) << "a view without an address";
  EXPECT_TRUE(equal_secrets(std::string("a\0b", 3), std::string("a\0b", 3)));
  EXPECT_FALSE(equal_secrets(std::string("a\0b", 3), std::string("a\0c", 3))) << "a NUL ends nothing";
  EXPECT_FALSE(equal_secrets("token", "tokem")) << "the last byte";
  EXPECT_FALSE(equal_secrets("token", "uoken")) << "the first byte";
  EXPECT_FALSE(equal_secrets("token", "Token"));
  EXPECT_FALSE(equal_secrets("token", "tokens"));
  EXPECT_FALSE(equal_secrets("token", ""));
}

}  // namespace
}  // namespace umbra
