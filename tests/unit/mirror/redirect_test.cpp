#include "umbra/mirror/redirect.h"

#include <gtest/gtest.h>

#include <vector>

namespace umbra::mirror {

void PrintTo(Redirect::Outcome outcome, std::ostream* out) { *out << static_cast<int>(outcome); }
void PrintTo(Redirect::Server server, std::ostream* out) { *out << static_cast<int>(server); }

namespace {

using Outcome = Redirect::Outcome;
using Server = Redirect::Server;

const std::vector<std::string> kHosts{"friend", "Other.example:8080", "127.0.0.1:5000", "localhost:8080",
                                      "[::1]:9000"};
const std::vector<net::Address> kOwn{{net::Address::Kind::tcp, "127.0.0.1", 5000, ""},
                                     {net::Address::Kind::tcp, "", 8080, ""},
                                     {net::Address::Kind::unix_path, "", 0, "/app.sock"}};

RedirectPolicy policy(std::string_view scheme = "http", std::string_view authority = "shadow:3000") {
  return {scheme, authority, 3, kHosts, kOwn};
}

Redirect from(std::string_view target, std::string_view location) {
  return redirect_of(policy(), {"GET", target, "shadow:3000", 0}, 302, location);
}

// RFC 3986, section 5.4, with the base http://a/b/c/d;p?q.
TEST(Redirect, Rfc3986) {
  struct Row {
    const char* reference;
    const char* target;
  };
  for (const Row& row : {
           // 5.4.1
           Row{"g", "/b/c/g"},
           Row{"./g", "/b/c/g"},
           Row{"g/", "/b/c/g/"},
           Row{"/g", "/g"},
           Row{"?y", "/b/c/d;p?y"},
           Row{"g?y", "/b/c/g?y"},
           Row{"#s", "/b/c/d;p?q"},
           Row{"g#s", "/b/c/g"},
           Row{"g?y#s", "/b/c/g?y"},
           Row{";x", "/b/c/;x"},
           Row{"g;x", "/b/c/g;x"},
           Row{"g;x?y#s", "/b/c/g;x?y"},
           Row{".", "/b/c/"},
           Row{"./", "/b/c/"},
           Row{"..", "/b/"},
           Row{"../", "/b/"},
           Row{"../g", "/b/g"},
           Row{"../..", "/"},
           Row{"../../", "/"},
           Row{"../../g", "/g"},
           // 5.4.2
           Row{"../../../g", "/g"},
           Row{"../../../../g", "/g"},
           Row{"/./g", "/g"},
           Row{"/../g", "/g"},
           Row{"g.", "/b/c/g."},
           Row{".g", "/b/c/.g"},
           Row{"g..", "/b/c/g.."},
           Row{"..g", "/b/c/..g"},
           Row{"./../g", "/b/g"},
           Row{"./g/.", "/b/c/g/"},
           Row{"g/./h", "/b/c/g/h"},
           Row{"g/../h", "/b/c/h"},
           Row{"g;x=1/./y", "/b/c/g;x=1/y"},
           Row{"g;x=1/../y", "/b/c/y"},
           Row{"g?y/./x", "/b/c/g?y/./x"},
           Row{"g?y/../x", "/b/c/g?y/../x"},
           Row{"g#s/./x", "/b/c/g"},
           Row{"g#s/../x", "/b/c/g"},
       }) {
    const Redirect redirect =
        redirect_of({"http", "a", 1, {}, {}}, {"GET", "/b/c/d;p?q", "a", 0}, 302, row.reference);
    EXPECT_EQ(redirect.outcome, Outcome::follow) << row.reference;
    EXPECT_EQ(redirect.target, row.target) << row.reference;
    EXPECT_EQ(redirect.host, "a") << row.reference;
    EXPECT_EQ(redirect.server, Server::same) << row.reference;
  }
  const auto outcome = [](const char* reference) {
    return redirect_of({"http", "a", 1, {}, {}}, {"GET", "/b/c/d;p?q", "a", 0}, 302, reference).outcome;
  };
  EXPECT_EQ(outcome("g:h"), Outcome::other_scheme);
  EXPECT_EQ(outcome("http:g"), Outcome::bad_location) << "strictly, it has no authority";
  EXPECT_EQ(outcome("//g"), Outcome::other_host);
  EXPECT_EQ(outcome(""), Outcome::no_location);
}

TEST(Redirect, Targets) {
  struct Row {
    const char* sent;
    const char* location;
    const char* target;
    const char* why;
  };
  for (const Row& row : {
           Row{"/", "http://shadow:3000", "/", "no path"},
           Row{"/", "http://shadow:3000?a", "/?a", "a query without one"},
           Row{"/", "http://shadow:3000/a/../b/./c?x/..", "/b/c?x/..", "dots in a path"},
           Row{"/x?q", "?", "/x?", "an empty query is one"},
           Row{"/x?q", "/a#f?g", "/a", "a fragment ends it"},
           Row{"http://client/a/b?q", "c", "/a/c", "the absolute form"},
           Row{"http://client", "c", "/c", "without a path"},
           Row{"http://client?q", "#", "/?q", "with a query alone"},
           Row{"http://client/a?u=://x/y", "c", "/c", "its query divides nothing"},
           Row{"/a/b?u=http://x/y/z", "c", "/a/c", "nor does the origin form's"},
           Row{"*", "c", "/c", "the asterisk form"},
           Row{"//a/b", "c", "//a/c", "two slashes begin a path, not a host"},
           Row{"/a", "/.//b", "//b", "nor do they here"},
           Row{"/a", "/\\b", "/\\b", "and a backslash is no slash"},
           Row{"/a", "/%2e%2e/b", "/%2e%2e/b", "coded dots are left as they are"},
           Row{"/a", "/..", "/", "beyond the root"},
           Row{"/a/b/", "..", "/a/", "one step up"},
           Row{"/a/b", "c:80", nullptr, "looks like a scheme"},
           Row{"/a/b", "./c:80", "/a/c:80", "does not"},
           Row{"/a/b", "/c?d=http://x", "/c?d=http://x", "a scheme in a query"},
           Row{"/base/a", "/login", "/login", "the prefix of a shadow is a part of its paths"},
       }) {
    const Redirect redirect = from(row.sent, row.location);
    EXPECT_EQ(redirect.outcome, row.target == nullptr ? Outcome::other_scheme : Outcome::follow) << row.why;
    EXPECT_EQ(redirect.target, row.target == nullptr ? "" : row.target) << row.why;
  }
}

TEST(Redirect, Methods) {
  struct Row {
    unsigned status;
    const char* method;
    Outcome outcome;
    bool to_get;
  };
  for (const Row& row : {
           Row{301, "GET", Outcome::follow, false},         Row{301, "POST", Outcome::follow, true},
           Row{301, "PUT", Outcome::follow, false},         Row{302, "POST", Outcome::follow, true},
           Row{302, "HEAD", Outcome::follow, false},        Row{302, "post", Outcome::follow, false},
           Row{303, "POST", Outcome::follow, true},         Row{303, "PUT", Outcome::follow, true},
           Row{303, "HEAD", Outcome::follow, false},        Row{303, "GET", Outcome::follow, true},
           Row{307, "POST", Outcome::follow, false},        Row{307, "DELETE", Outcome::follow, false},
           Row{308, "POST", Outcome::follow, false},        Row{300, "GET", Outcome::not_a_redirect, false},
           Row{304, "GET", Outcome::not_a_redirect, false}, Row{305, "GET", Outcome::not_a_redirect, false},
           Row{306, "GET", Outcome::not_a_redirect, false}, Row{309, "GET", Outcome::not_a_redirect, false},
           Row{200, "GET", Outcome::not_a_redirect, false}, Row{201, "POST", Outcome::not_a_redirect, false},
       }) {
    const Redirect redirect = redirect_of(policy(), {row.method, "/", "shadow:3000", 0}, row.status, "/a");
    EXPECT_EQ(redirect.outcome, row.outcome) << row.status << row.method;
    EXPECT_EQ(redirect.to_get, row.to_get) << row.status << row.method;
  }
}

TEST(Redirect, Servers) {
  struct Row {
    const char* location;
    Outcome outcome;
    Server server;
    const char* host;
    const char* why;
  };
  constexpr auto none = Server::same;
  for (const Row& row : {
           Row{"http://shadow:3000/a", Outcome::follow, Server::same, "shadow:3000", "the shadow"},
           Row{"HTTP://SHADOW:3000/a", Outcome::follow, Server::same, "shadow:3000", "in any case"},
           Row{"//shadow:3000/a", Outcome::follow, Server::same, "shadow:3000", "without a scheme"},
           Row{"http://shadow:03000/a", Outcome::follow, Server::same, "shadow:3000", "the same number"},
           Row{"http://shadow/a", Outcome::other_host, none, "", "another port is another server"},
           Row{"http://shadow:3001/a", Outcome::other_host, none, "", "another port"},
           Row{"http://shadow.:3000/a", Outcome::other_host, none, "", "as it is written"},
           Row{"http://evil.example/a", Outcome::other_host, none, "", "anywhere"},
           Row{"http://friend/a", Outcome::follow, Server::other, "friend", "listed"},
           Row{"http://FRIEND:80/a", Outcome::follow, Server::other, "friend", "with the port it stands for"},
           Row{"http://friend:/a", Outcome::follow, Server::other, "friend", "an empty port is the same"},
           Row{"http://friend:81/a", Outcome::other_host, none, "", "its other ports are not listed"},
           Row{"http://friend.example/a", Outcome::other_host, none, "", "a longer name"},
           Row{"http://other.example:8080/", Outcome::follow, Server::other, "other.example:8080",
               "with a port"},
           Row{"http://other.example/", Outcome::other_host, none, "", "and only with it"},
           Row{"http://[::1]:9000/", Outcome::follow, Server::other, "[::1]:9000", "an IPv6 address"},
           Row{"http://127.0.0.1:5000/", Outcome::own_address, none, "", "the app"},
           Row{"http://localhost:8080/", Outcome::own_address, none, "", "umbra, which listens everywhere"},
           Row{"https://shadow:3000/", Outcome::other_scheme, none, "", "an upgrade needs TLS"},
           Row{"ftp://shadow:3000/", Outcome::other_scheme, none, "", "no http"},
           Row{"javascript:alert(1)", Outcome::other_scheme, none, "", "no http"},
           Row{"http://user:pass@shadow:3000/", Outcome::bad_location, none, "", "no secrets in it"},
           Row{"http://shadow:3000@evil.example/", Outcome::bad_location, none, "", "nor tricks"},
           Row{"http://[::1]@evil.example/", Outcome::bad_location, none, "", "nor these"},
           Row{"http:///a", Outcome::bad_location, none, "", "no host"},
           Row{"http://:3000/a", Outcome::bad_location, none, "", "no host but a port"},
           Row{"http:a", Outcome::bad_location, none, "", "no authority"},
           Row{"http://shadow:0/", Outcome::bad_location, none, "", "no port"},
           Row{"http://shadow:70000/", Outcome::bad_location, none, "", "no port"},
           Row{"http://shadow:3000:1/", Outcome::bad_location, none, "", "two ports"},
           Row{"http://sh%61dow:3000/", Outcome::bad_location, none, "", "a coded name"},
           Row{"http://[fe80::1%25eth0]:3000/", Outcome::bad_location, none, "", "a zone of this machine"},
           Row{"http://shadow\\@evil/", Outcome::bad_location, none, "", "browsers read it in another way"},
           Row{"http://2130706433:5000/", Outcome::bad_location, none, "", "127.0.0.1 as a number"},
           Row{"http://127.1:5000/", Outcome::bad_location, none, "", "or cut short"},
           Row{"http://unix:/app.sock", Outcome::bad_location, none, "", "a prefix of addresses"},
           Row{"http://unix/app.sock", Outcome::bad_location, none, "", "with no colon of its own"},
           Row{"http://UNIX:80/", Outcome::bad_location, none, "", "in any case"},
           Row{"//evil.example", Outcome::other_host, none, "", "a host, not a path"},
       }) {
    const Redirect redirect = from("/x", row.location);
    EXPECT_EQ(redirect.outcome, row.outcome) << row.location << ": " << row.why;
    EXPECT_EQ(redirect.server, row.server) << row.location << ": " << row.why;
    EXPECT_EQ(redirect.host, row.host) << row.location << ": " << row.why;
    EXPECT_EQ(redirect.without_credentials, row.server == Server::other) << row.location;
    if (row.outcome != Outcome::follow) {
      EXPECT_EQ(redirect.target, "") << row.location << ": nothing that could be sent";
    }
  }
}

TEST(Redirect, TheAddressOfAnotherServer) {
  EXPECT_EQ(from("/", "http://Friend/").address, (net::Address{net::Address::Kind::tcp, "friend", 80, ""}));
  EXPECT_EQ(from("/", "http://[::1]:9000/").address,
            (net::Address{net::Address::Kind::tcp, "::1", 9000, ""}));
}

// With `host: preserve` the shadow knows itself by the client's name for the app.
TEST(Redirect, ThePreservedHostIsTheShadow) {
  const RedirectedRequest sent{"GET", "/a", "www.example.com", 0};
  const auto same = redirect_of(policy(), sent, 302, "http://WWW.example.com/b");
  EXPECT_EQ(same.outcome, Outcome::follow);
  EXPECT_EQ(same.server, Server::same);
  EXPECT_EQ(same.host, "www.example.com");
  const auto shadow = redirect_of(policy(), sent, 302, "http://shadow:3000/b");
  EXPECT_EQ(shadow.outcome, Outcome::follow);
  EXPECT_EQ(shadow.server, Server::shadow);
  EXPECT_EQ(shadow.host, "shadow:3000");
  EXPECT_FALSE(shadow.without_credentials);
  // What no one can connect names the shadow only if it is the Host that was sent, which is no new
  // connection.
  const auto own = redirect_of(policy(), {"GET", "/a", "localhost:8080", 0}, 302, "http://localhost:8080/b");
  EXPECT_EQ(own.outcome, Outcome::follow);
  EXPECT_EQ(own.server, Server::same);
  EXPECT_EQ(redirect_of(policy(), {"GET", "/a", "bad host", 0}, 302, "/b").outcome, Outcome::follow);
  EXPECT_EQ(redirect_of(policy(), {"GET", "/a", "bad host", 0}, 302, "//shadow:3000/b").server,
            Server::shadow);
}

TEST(Redirect, FromAnotherServer) {
  const RedirectedRequest sent{"GET", "/a", "friend", 1};
  EXPECT_EQ(redirect_of(policy(), sent, 302, "b").server, Server::same);
  EXPECT_EQ(redirect_of(policy(), sent, 302, "http://friend/b").server, Server::same);
  EXPECT_EQ(redirect_of(policy(), sent, 302, "http://shadow:3000/b").server, Server::shadow);
  EXPECT_EQ(redirect_of(policy(), sent, 302, "http://other.example:8080/b").server, Server::other);
  EXPECT_EQ(redirect_of(policy(), sent, 302, "http://evil.example/b").outcome, Outcome::other_host);
}

TEST(Redirect, Https) {
  const auto https = [](std::string_view location) {
    return redirect_of(policy("https", "shadow"), {"GET", "/", "shadow", 0}, 302, location);
  };
  EXPECT_EQ(https("https://shadow:443/a").server, Server::same) << "its own port";
  EXPECT_EQ(https("https://shadow:443/a").outcome, Outcome::follow);
  EXPECT_EQ(https("http://shadow/a").outcome, Outcome::other_scheme) << "a downgrade";
  EXPECT_EQ(https("//shadow/a").outcome, Outcome::follow) << "the same scheme";
  EXPECT_EQ(https("https://friend/a").address, (net::Address{net::Address::Kind::tcp, "friend", 443, ""}));
  EXPECT_EQ(https("https://friend/a").host, "friend");
  EXPECT_EQ(https("https://friend:80/a").outcome, Outcome::other_host) << "listed with https's port";
}

TEST(Redirect, HowMany) {
  const auto followed = [](unsigned count, unsigned status = 302) {
    return redirect_of(policy(), {"GET", "/", "shadow:3000", count}, status, "/a").outcome;
  };
  EXPECT_EQ(followed(0), Outcome::follow);
  EXPECT_EQ(followed(2), Outcome::follow);
  EXPECT_EQ(followed(3), Outcome::too_many);
  EXPECT_EQ(followed(4), Outcome::too_many);
  EXPECT_EQ(followed(3, 200), Outcome::not_a_redirect);
}

TEST(Redirect, BadLocations) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte > ' ' && byte < 0x7f) continue;
    const std::string location = std::string("/a") + static_cast<char>(byte) + "b";
    EXPECT_EQ(from("/", location).outcome, Outcome::bad_location) << byte;
  }
  const std::string longest = "/" + std::string(kLocationMax - 1, 'a');
  EXPECT_EQ(from("/", longest).outcome, Outcome::follow);
  EXPECT_EQ(from("/", longest + "a").outcome, Outcome::bad_location);
}

}  // namespace
}  // namespace umbra::mirror
