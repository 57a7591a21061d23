#include "config/gor_vectors.h"

#include <array>

namespace umbra::config {
namespace {

// The requests of the vectors.
std::string request(const std::string& line, const std::string& fields) {
  return line + " HTTP/1.1\r\n" + fields + "\r\n";
}
std::string post(const std::string& host) {
  return request("POST /post", "Content-Length: 7\r\nHost: " + host + "\r\n");
}
std::string user(const std::string& credentials) {
  return request("POST /post", "Host: h\r\nAuthorization: Basic " + credentials + "\r\n");
}
std::string get(const std::string& target) { return request("GET " + target, "Host: www.w3.org\r\n"); }
std::string posted(const std::string& target) {
  return request("POST " + target, "Host: www.w3.org\r\nContent-Length: 7\r\n");
}
std::string with(const std::string& field) {
  return request("GET /", "Host: www.w3.org\r\n" + field + "\r\n");
}
std::string head(const std::string& whole) { return "head " + whole; }

const std::string kEdge = request("GET /a/b?x=1&y=2", "Host: www.w3.org\r\nUser-Agent: curl\r\n");
const std::string kOld = request("GET /a/b?x=1", "Host: www.prod.com\r\nUser-Agent: curl\r\n");
const std::string kCustomer6 = "Y3VzdG9tZXI2OnJlc3RAMTIzXlRFU1Q==";
const std::string kParams = "/post?param=test&user_id=1&d_type=1&type=2&d_type=3";
const std::string kPing = R"(--http-rewrite-url '/v1/user/([^\/]+)/ping:/v2/user/$1/ping')";
const std::string kTwoUrls = "--http-allow-url /v1/app --http-allow-url /v1/api";
const std::string kTwoDenied = "--http-disallow-url /restricted1 --http-disallow-url /some/restricted2";
const std::string kMethods =
    "--http-allow-method GET --http-allow-method PUT --http-allow-method POST "
    "--http-set-header 'User-Agent: Gor'";

const std::array kOwn{
    GorVector{"T2", "--http-allow-header 'Host:^www.w3.org$'", post("www.w3.org"), "pass"},
    GorVector{"T3", "--http-allow-header 'Host:^www.w4.org$'", post("www.w3.org"), "drop"},
    GorVector{"T4", "--http-disallow-header 'Host:^www.w3.org$'", post("www.w4.org"), "pass"},
    GorVector{"T5", "--http-disallow-header 'Host:^www.w4.org$'", post("www.w4.org"), "drop"},
    GorVector{"T6", "--http-disallow-header 'Host: www*'", post("www.w4.org"), "drop"},
    GorVector{"T7", "--http-basic-auth-filter '^customer[0-9].*'", user("Y3VzdG9tZXIzOndlbGNvbWU="), "pass"},
    GorVector{"T8", "--http-basic-auth-filter '^customer[0-9].*'", user(kCustomer6), "pass"},
    GorVector{"T9", "--http-basic-auth-filter '^(homer simpson|mickey mouse).*'", user(kCustomer6), "drop"},
    GorVector{"T10", "--http-basic-auth-filter '^(homer simpson|mickey mouse).*'",
              user("bWlja2V5IG1vdXNlOmhhcHB5MTIz"), "pass"},
    GorVector{"T11", kPing, posted("/v1/user/joe/ping"), "target /v2/user/joe/ping"},
    GorVector{"T12", kPing, posted("/v1/user/ping"), "pass"},
    GorVector{"T13", "--http-rewrite-header 'Host: (.*).w3.org,$1.beta.w3.org'", get("/"),
              "host www.beta.w3.org"},
    GorVector{"T14", "--http-header-limiter Header2:1/2", get("/"), "pass"},
    GorVector{"T15", "--http-header-limiter Header2:1/2", with("Header2: 3"), "drop"},
    GorVector{"T16", "--http-header-limiter Header2:1/2", with("Header2: 1"), "pass"},
    GorVector{"T17", "--http-param-limiter user_id:1/2", posted("/"), "pass"},
    GorVector{"T18", "--http-param-limiter user_id:1/2", posted("/?user_id=3"), "drop"},
    GorVector{"T19", "--http-param-limiter user_id:1/2", posted("/?user_id=1"), "pass"},
    GorVector{"T20", "--http-set-header Header1:1 --http-set-header Host:localhost", post("www.w3.org"),
              head("POST /post HTTP/1.1\r\nHeader1: 1\r\nContent-Length: 7\r\nHost: localhost\r\n\r\n")},
    GorVector{"T21", kTwoUrls, posted("/v1/app/test"), "pass"},
    GorVector{"T22", kTwoUrls, posted("/v1/api/test"), "pass"},
    GorVector{"T23", kTwoUrls, posted("/other"), "drop"},
    GorVector{"T24", kTwoDenied, posted("/v1/app/test"), "pass"},
    GorVector{"T25", kTwoDenied, posted("/restricted1"), "drop"},
    GorVector{"T26", kTwoDenied, posted("/some/restricted2"), "drop"},
    GorVector{
        "T27", "--http-set-header User-Agent:Gor", post("www.w3.org"),
        head("POST /post HTTP/1.1\r\nUser-Agent: Gor\r\nContent-Length: 7\r\nHost: www.w3.org\r\n\r\n")},
    GorVector{"T28", "--http-set-param api_key=1", posted("/post?api_key=1234"), "target /post?api_key=1"},
    GorVector{"T29", "--http-allow-header 'Header1:^$'", "", "accepted"},
    GorVector{"T30", "--http-allow-header 'Header2:^:$'", "", "accepted"},
    GorVector{"T31", "--http-allow-header 'Header3-^$'", "", "error"},
    GorVector{"T32", "--http-header-limiter Header1:1/2", "", "accepted"},
    GorVector{"T33", "--http-header-limiter Header2:1", "", "error"},
    GorVector{"T34", "--http-header-limiter Header2:10%", "", "accepted"},
    GorVector{"T35", kPing, "", "accepted"},
    GorVector{"T36", "--http-rewrite-url /v1/user", "", "error"},
    GorVector{"T39", "--http-allow-header 'Content-Length:^7$'",
              request("POST /", "Host: h\r\nContent-Length: 7 \r\n"), "pass"},
    GorVector{"T39", "--http-allow-header 'Content-Length:^7$'",
              request("POST /", "Host: h\r\nContent-Length:7\r\n"), "pass"},
    GorVector{"T40", "--http-allow-header 'Cookie:.*'", with("Cookie:"), "drop"},
    GorVector{"T41", "--http-allow-header 'Cookie:.*'", get("/"), "drop"},
    GorVector{"T42", "--http-allow-header 'Content-Length:^7$' --http-allow-header 'host:w3'",
              request("POST /", "content-length: 7\r\nhost: www.w3.org\r\n"), "pass"},
    GorVector{"T47", "--http-param-limiter user_id:45%", posted(kParams), "pass"},
    GorVector{"T47", "--http-param-limiter type:2%", posted(kParams), "pass"},
    GorVector{"T47", "--http-param-limiter d_type:45%", posted(kParams), "pass"},
    GorVector{"T48", "--http-set-param param=new", posted("/post?param=test&user_id=1"),
              "target /post?param=new&user_id=1"},
    GorVector{"T48", "--http-set-param user_id=2", posted("/post?param=test&user_id=1"),
              "target /post?param=test&user_id=2"},
    GorVector{"T49", "--http-set-param param=test", posted("/post"), "target /post?param=test"},
    GorVector{"T49", "--http-set-param user_id=1", posted("/post?param=test"),
              "target /post?param=test&user_id=1"},
    GorVector{"T51", "--http-set-header Host:new.com", request("POST /post", "Host: example.com\r\n"),
              "host new.com"},
    GorVector{"T65", kMethods, posted("/"),
              head("POST / HTTP/1.1\r\nUser-Agent: Gor\r\nHost: www.w3.org\r\nContent-Length: 7\r\n\r\n")},
    GorVector{"T65", kMethods, get("/"),
              head("GET / HTTP/1.1\r\nUser-Agent: Gor\r\nHost: www.w3.org\r\n\r\n")},
    GorVector{"T65", kMethods, request("OPTIONS /", "Host: www.w3.org\r\n"), "drop"},
    GorVector{"T66",
              "--output-http https://stg.com --output-http-skip-verify --http-original-host "
              "--http-set-header 'Host: custom-host.com'",
              get("/"), "host custom-host.com"},
    GorVector{"E1", "--http-allow-url ^www.", kEdge, "drop"},
    GorVector{"E2", "--http-allow-url ^/a", kEdge, "pass"},
    GorVector{"E3", "--http-allow-url x=1", kEdge, "pass"},
    GorVector{"E4", "--http-allow-url /A", kEdge, "drop"},
    GorVector{"E5", "--http-allow-url '(?i)/A'", kEdge, "pass"},
    GorVector{"E6", "--http-allow-url ^/zzz --http-allow-url 'y=2$'", kEdge, "pass"},
    GorVector{"E7", "--http-allow-url /a --http-disallow-url y=2", kEdge, "drop"},
    GorVector{"E8", "--http-allow-url (", "", "error"},
    GorVector{"E9", "--http-allow-header Host:^www", kEdge, "pass"},
    GorVector{"E10", "--http-allow-header 'host: ^www'", kEdge, "pass"},
    GorVector{"E11", "--http-allow-header 'X-None:.*'", kEdge, "drop"},
    GorVector{"E12", "--http-allow-header 'Host :www'", kEdge, "pass",
              "drop: no field has a blank in its name; the blank means nothing"},
    GorVector{"E13", "--http-disallow-header 'X-None:.*'", kEdge, "pass"},
    GorVector{"E15", "--http-allow-header 'X-E:^$'", with("X-E:"), "drop"},
    GorVector{"E16", "--http-allow-header X-D:2", with("X-D: 1\r\nX-D: 2"), "drop"},
    GorVector{"E17", "--http-set-header 'X-D: 9'", with("X-D: 1\r\nX-D: 2"),
              head("GET / HTTP/1.1\r\nHost: www.w3.org\r\nX-D: 9\r\nX-D: 2\r\n\r\n")},
    GorVector{"E18", "--http-set-header 'User-Agent: Gor' --http-disallow-header 'User-Agent: Gor'", kEdge,
              "drop"},
    GorVector{"E19", "--http-set-header 'X-New: v: w'", get("/"),
              head("GET / HTTP/1.1\r\nX-New: v: w\r\nHost: www.w3.org\r\n\r\n")},
    GorVector{"E20", "--http-set-header X-Empty:", get("/"),
              head("GET / HTTP/1.1\r\nX-Empty: \r\nHost: www.w3.org\r\n\r\n")},
    GorVector{"E22", "--http-set-header 'hOST: q.com'", kEdge, "host q.com",
              "stg.com: only Host in this very spelling held"},
    GorVector{"E23", "--http-set-header 'X-Body: 1'", request("POST /p", "Host: h\r\nContent-Length: 20\r\n"),
              head("POST /p HTTP/1.1\r\nX-Body: 1\r\nHost: h\r\nContent-Length: 20\r\n\r\n"),
              "the body was searched, and edited, too"},
    GorVector{"E24", "--http-allow-header 'X-Body: secret'",
              request("POST /p", "Host: h\r\nContent-Length: 16\r\n") + "X-Body: secret\r\n", "drop",
              "pass: the body was searched too"},
    GorVector{"E25", "--http-set-param y=9", kEdge, "target /a/b?x=1&y=9"},
    GorVector{"E26", "--http-set-param 'z=a b'", kEdge, "error", "sent, with a broken request line"},
    GorVector{"E27", "--http-set-param a=9", get("/p?a=1&a=2"), "target /p?a=1&a=9"},
    GorVector{"E28", "--http-set-param k=v", get("/p?"), "target /p?&k=v"},
    GorVector{"E29", "--http-set-param flag=1", get("/p?flag"), "target /p?flag&flag=1"},
    GorVector{"E31", "--http-set-param k=a=b", kEdge, "target /a/b?x=1&y=2&k=a=b"},
    GorVector{"E32", "--http-allow-method get", kEdge, "drop"},
    GorVector{"E33", "--http-allow-method GET --http-allow-method PUT", kEdge, "pass"},
    GorVector{"E34", "--http-allow-method GET", request("PROPFIND /x", "Host: h\r\n"), "drop",
              "pass: gor looked at no method it did not know"},
    GorVector{"E35", "--http-disallow-url secret", request("PROPFIND /secret", "Host: h\r\n"), "drop",
              "pass: gor looked at no method it did not know"},
    GorVector{"E38", "--http-rewrite-url '/a/(.*):/z/$1'", kEdge, "target /z/b?x=1&y=2"},
    GorVector{"E39", "--http-rewrite-url /a:/z --http-rewrite-url /z:/q", kEdge, "target /z/b?x=1&y=2"},
    GorVector{"E40", "--http-rewrite-url /a:/z", get("/a/a?q=/a"), "target /z/z?q=/z"},
    GorVector{"E41", "--http-rewrite-url '(?:/a):/z'", "", "error"},
    GorVector{"E42", "--http-rewrite-url '/a/(?P<n>[a-z]):/z/${n}x'", kEdge, "target /z/bx?x=1&y=2"},
    GorVector{"E43", "--http-rewrite-url '/a/([a-z]):/z/$1x'", kEdge, "target /z/?x=1&y=2"},
    GorVector{"E44", "--http-rewrite-url /a:", kEdge, "target /b?x=1&y=2"},
    GorVector{"E45", "--http-rewrite-url '^/a/b$:/z'", kEdge, "pass"},
    GorVector{"E47", "--http-rewrite-header 'X-None: a,b' --http-rewrite-header 'User-Agent: curl,Gor'",
              kEdge, "header User-Agent: Gor", "unchanged: a header that was not there ended the list"},
    GorVector{"E48", "--http-rewrite-header 'User-Agent: zzz,Gor'", kEdge, "pass"},
    GorVector{"E49", "--http-rewrite-header 'User-Agent: curl'", "", "error"},
    GorVector{"E50", "--http-rewrite-header User-Agent:curl,", kEdge, "header User-Agent: "},
    GorVector{"P1", "--http-param-limiter user_id:50%", get("/?user_id="), "drop"},
    GorVector{"P2", "--http-param-limiter user_id:50%", get("/?user_id=3&user_id=1"), "pass"},
    GorVector{"P3", "--http-param-limiter user_id:50%", get("/?xuser_id=3"), "pass"},
    GorVector{"P5", "--http-param-limiter user_id:50%",
              request("POST /", "Host: h\r\nContent-Length: 9\r\n") + "user_id=3", "pass"},
    GorVector{"H0", "--http-header-limiter uid:0%", kEdge, "pass"},
    GorVector{"H0c", "--http-header-limiter uid:0%", with("UID: 2"), "drop"},
};

const std::string kNoHost = "--output-http http://other.com ";

// The names of 0.9 (0.9.2 and 0.9.4).
const std::array kLegacy{
    GorVector{"V1", "", kOld, "host stg.com",
              "www.prod.com; a shadow is addressed by its own name unless told otherwise"},
    GorVector{"V2", kNoHost + "--output-http-header 'Host: stg.com'", kOld, "host stg.com"},
    GorVector{"V3", kNoHost + "--output-http-header 'host: stg.com'", kOld, "host stg.com",
              "www.prod.com: only Host in this very spelling held"},
    GorVector{"V5", "--output-http http://stg.com/prefix", kOld, "target /prefix/a/b?x=1"},
    GorVector{"V6", "--output-http http://stg.com/", kOld, "target /a/b?x=1", "//a/b?x=1"},
    GorVector{"V8", "--output-http-url-regexp ^www.prod.com/a", kOld, "pass"},
    GorVector{"V9", "--output-http-url-regexp ^/a", kOld, "drop"},
    GorVector{"V10", "--output-http-url-regexp zzz --output-http-url-regexp x=1", kOld, "pass"},
    GorVector{"V11", "--output-http-header-filter Host:prod", kOld, "pass",
              "drop: it never saw a Host; from 0.9.6 on it did, under the same name"},
    GorVector{"V12", "--output-http-header-filter 'User-Agent: curl'", kOld, "pass",
              "drop: the blank was a part of the pattern"},
    GorVector{"V13", "--output-http-header-filter user-agent:curl", kOld, "pass"},
    GorVector{"V14", "--output-http-header-filter 'X-None:.*'", kOld, "pass"},
    GorVector{"V15", "--output-http-header-filter 'X-None:^.+$'", kOld, "drop"},
    GorVector{"V16", "--output-http-method get", kOld, "pass"},
    GorVector{"V18", "--output-http-rewrite-url /a/b:/z", kOld, "target /z?x=1"},
    GorVector{"V19", "--output-http-rewrite-url '/a/(.*):/z/$1'", kOld, "target /z/b?x=1"},
    GorVector{"V20", "--output-http-rewrite-url /a:/z --output-http-rewrite-url /z:/q", kOld,
              "target /z/b?x=1",
              "unchanged to 0.9.2, /q/b?x=1 to 0.9.4; from 0.9.6 on the first match is the last"},
    GorVector{"V21", "", get("/a%2Fb%20c"), "pass", "/a/b%20c?: the target was decoded and written anew"},
    GorVector{"V22", "--output-http-header-hash-filter X:1/2", kOld, "drop"},
    GorVector{"V23", "--output-http-header-hash-filter X:1/3", with("X: 2"), "pass",
              "an error; from 0.9.6 on it is 33 %, under the same name"},
    GorVector{"V24", "--output-http-header-hash-filter X:50%", with("X: 3"), "drop",
              "an error; from 0.9.6 on it is 50 %, under the same name"},
    GorVector{"V25", "--output-http-header-hash-filter x:1/2", with("X: test2"), "drop"},
    GorVector{"V26", "--output-http-header-hash-filter x:1/1", with("X: test2"), "pass",
              "drop: the share of all overflowed to none"},
    GorVector{"V27", "--output-http-header-hash-filter X:2/1", "", "error"},
};

constexpr std::array kTestedBy{
    GorTestedBy{"T1", "GorOptions", "WithoutFiltersThereAreNoSteps"},
    GorTestedBy{"T37", "GorValues", "Sizes"},
    GorTestedBy{"T38", "GorOutput", "Limits"},
    GorTestedBy{"T61", "GorLimits", "TenOfAHundredAtOnce"},
    GorTestedBy{"T63", "GorLimits", "Percentages"},
    GorTestedBy{"T64", "GorLimits", "Percentages"},
    GorTestedBy{"T67", "GorOptions", "OfTheMirror"},
    GorTestedBy{"T69", "GorLimits", "SplitOutputTakesTurns"},
    GorTestedBy{"T71", "GorOptions", "OfTheMirror"},
    GorTestedBy{"T72", "GorOutput", "GoodOnes"},
    GorTestedBy{"T77", "GorOptions", "OfTheMirror"},
    GorTestedBy{"T80", "GorOutput", "GoodOnes"},
};

constexpr const char* kStrictHead =
    "no rule sees it: a connection with such a head is relayed and not copied";
constexpr const char* kFraming = "the http folder's own vectors say where a message ends";
constexpr const char* kClient = "the client folder's tests: no option has a part in it";
constexpr const char* kNoFiles = "umbra proxy neither records nor replays";
constexpr const char* kAsReceived = "--prettify-http is not applicable: a body is copied as it was received";

constexpr std::array kNotApplicable{
    GorNotApplicable{"T43", kStrictHead},
    GorNotApplicable{"T44",
                     "Content-Length frames the message: umbra writes it itself, and warns (GorOptions)"},
    GorNotApplicable{"T45", kStrictHead},
    GorNotApplicable{"T46", "no option of gor removes a header"},
    GorNotApplicable{"T50", "an absolute-form target is the client's: it stays, and Host is set"},
    GorNotApplicable{"T52", kFraming},
    GorNotApplicable{"T53", kFraming},
    GorNotApplicable{"T54", kFraming},
    GorNotApplicable{"T55", kFraming},
    GorNotApplicable{"T56", kFraming},
    GorNotApplicable{"T57", kFraming},
    GorNotApplicable{"T58", kFraming},
    GorNotApplicable{"T59", kAsReceived},
    GorNotApplicable{"T60", kAsReceived},
    GorNotApplicable{"T62", "--input-http is not applicable, nor is a limit behind it"},
    GorNotApplicable{"T68", "answers are discarded: there is none to filter"},
    GorNotApplicable{"T70", "--recognize-tcp-sessions is not applicable"},
    GorNotApplicable{"T73", kClient},
    GorNotApplicable{"T74", kClient},
    GorNotApplicable{"T75", kClient},
    GorNotApplicable{"T76", kClient},
    GorNotApplicable{"T78",
                     "how redirects are followed is the mirror's; GorOptions.OfTheMirror has how many"},
    GorNotApplicable{"T79", "how redirects are followed is the mirror's"},
    GorNotApplicable{"T81", "an absolute-form target is the client's: it stays as received"},
    GorNotApplicable{"T82",
                     "a copy that cannot be sent is counted by its reason; there is no answer to make up"},
    GorNotApplicable{"T83", "a copy without an answer in time is counted (timeout)"},
    GorNotApplicable{"T84", kNoFiles},
    GorNotApplicable{"T85", kNoFiles},
    GorNotApplicable{"T86", kNoFiles},
    GorNotApplicable{"T87", kNoFiles},
    GorNotApplicable{"T88", kNoFiles},
    GorNotApplicable{"T89", kNoFiles},
    GorNotApplicable{"T90", kNoFiles},
    GorNotApplicable{"T91", kNoFiles},
    GorNotApplicable{"T92", kNoFiles},
    GorNotApplicable{"T93", kNoFiles},
    GorNotApplicable{"T94", kNoFiles},
    GorNotApplicable{"T95", kNoFiles},
    GorNotApplicable{"T96", kNoFiles},
    GorNotApplicable{"T97", kNoFiles},
    GorNotApplicable{"T98", kNoFiles},
    GorNotApplicable{"T99", kNoFiles},
    GorNotApplicable{"T100", kNoFiles},
    GorNotApplicable{"E36", kStrictHead},
    GorNotApplicable{"E37", kStrictHead},
};

}  // namespace

std::span<const GorVector> gor_vectors() { return kOwn; }
std::span<const GorVector> gor_legacy_vectors() { return kLegacy; }
std::span<const GorTestedBy> gor_vectors_tested_by() { return kTestedBy; }
std::span<const GorNotApplicable> gor_vectors_not_applicable() { return kNotApplicable; }

}  // namespace umbra::config
