#include "umbra/app/generate_command.h"

#include <gtest/gtest.h>

namespace umbra::app {
namespace {

using Words = std::vector<std::string>;

GenerateArguments sound(Words words) {
  words.insert(words.begin(), "http://127.0.0.1:5000/x");
  auto arguments = parse_generate_arguments(words);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().detail);
  return arguments ? *arguments : GenerateArguments{};
}

std::string fault(const Words& words) {
  const auto arguments = parse_generate_arguments(words);
  return arguments ? "" : arguments.error().detail;
}

TEST(GenerateCommand, AnOpenLoad) {
  const auto arguments =
      sound({"--rate", "200", "--duration", "30s", "--arrivals", "poisson", "--seed", "7"});
  const generate::Load& load = arguments.options.load;
  ASSERT_TRUE(load.curve);
  EXPECT_EQ(load.curve->arrivals(), 6000U);
  EXPECT_EQ(load.spread.kind, generate::Spread::Kind::poisson);
  EXPECT_EQ(load.users, 1000U);
  EXPECT_EQ(arguments.options.seed, 7U);
  EXPECT_EQ(arguments.heading.load, "200/s for 30s, poisson");
}

TEST(GenerateCommand, StagesFollowEachOther) {
  const auto arguments = sound(
      {"--stage", "10s:100", "--stage", "5s:100", "--stage", "10s:6000/1m", "--arrivals", "jitter:0.5"});
  const generate::Load& load = arguments.options.load;
  ASSERT_TRUE(load.curve);
  EXPECT_EQ(load.curve->length(), 25 * kSecond);
  EXPECT_EQ(load.curve->arrivals(), 500U + 500U + 1000U);
  EXPECT_EQ(load.spread.jitter, 0.5);
  const auto from_rate = sound({"--rate", "100", "--duration", "5s", "--stage", "10s:0"});
  EXPECT_EQ(from_rate.options.load.curve->arrivals(), 1000U);
}

TEST(GenerateCommand, AClosedLoad) {
  const auto arguments = sound({"--vus", "20", "--iterations", "1000", "--duration", "1m", "--threads", "2"});
  EXPECT_FALSE(arguments.options.load.curve);
  EXPECT_EQ(arguments.options.load.users, 20U);
  EXPECT_EQ(arguments.options.load.iterations, 1000U);
  EXPECT_EQ(arguments.options.load.duration, 60 * kSecond);
  EXPECT_EQ(arguments.options.threads, 2U);
  EXPECT_EQ(arguments.heading.load, "20 users, 1000 iterations for 1m");
}

TEST(GenerateCommand, ShardsAndTimes) {
  const auto arguments = sound({"--rate", "1", "--duration", "1s", "--shard", "2/5", "--timeout", "2s",
                                "--connect-timeout", "1s", "--warm-up", "500ms", "--graceful-stop", "0"});
  EXPECT_EQ(arguments.options.shard.index, 2U);
  EXPECT_EQ(arguments.options.shard.count, 5U);
  EXPECT_EQ(arguments.options.timeout, 2 * kSecond);
  EXPECT_EQ(arguments.options.connect_timeout, kSecond);
  EXPECT_EQ(arguments.options.warm_up, 500 * kMillisecond);
  EXPECT_EQ(arguments.options.graceful_stop, 0U);
}

TEST(GenerateCommand, UsersAndIterationsAreDividedAmongShards) {
  size_t users = 0;
  uint64_t iterations = 0;
  for (const char* shard : {"0/3", "1/3", "2/3"}) {
    const auto arguments = sound({"--vus", "10", "--iterations", "100", "--shard", shard});
    users += arguments.options.load.users;
    iterations += arguments.options.load.iterations;
  }
  EXPECT_EQ(users, 10U);
  EXPECT_EQ(iterations, 100U);
}

TEST(GenerateCommand, TheRequestThatIsSpoken) {
  struct Row {
    Words words;
    const char* expected;
  };
  const std::string agent = "User-Agent: umbra/0.1.0\r\n";
  for (const Row& row : std::vector<Row>{
           {{"http://h:5000/a?b=c#d"}, "GET /a?b=c HTTP/1.1\r\nHost: h:5000\r\n%Accept: */*\r\n\r\n"},
           {{"h"}, "GET / HTTP/1.1\r\nHost: h\r\n%Accept: */*\r\n\r\n"},
           {{"http://h?q"}, "GET /?q HTTP/1.1\r\nHost: h\r\n%Accept: */*\r\n\r\n"},
           {{"http://u:p@h/"},
            "GET / HTTP/1.1\r\nHost: h\r\n%Accept: */*\r\nAuthorization: Basic dTpw\r\n\r\n"},
           {{"http://h/", "--method", "HEAD", "--header", "Accept:", "--header", "X-A:  b c", "--header",
             "Host: other"},
            "HEAD / HTTP/1.1\r\n%X-A: b c\r\nHost: other\r\n\r\n"},
           {{"http://h/", "--body", "x=1", "--header", "Content-Type: text/plain"},
            "POST / HTTP/1.1\r\nHost: h\r\n%Accept: */*\r\nContent-Type: text/plain\r\nContent-Length: "
            "3\r\n\r\nx=1"},
           {{"unix:/run/app.sock"}, "GET / HTTP/1.1\r\nHost: localhost\r\n%Accept: */*\r\n\r\n"},
           {{"unix:/run/app.sock:/a?b"}, "GET /a?b HTTP/1.1\r\nHost: localhost\r\n%Accept: */*\r\n\r\n"},
           {{"http://h/", "--header", "X-A: 1", "--header", "x-a: 2", "--header", "Accept: text/html"},
            "GET / HTTP/1.1\r\nHost: h\r\n%X-A: 1\r\nx-a: 2\r\nAccept: text/html\r\n\r\n"},
           {{"http://h/", "--method", "PUT"},
            "PUT / HTTP/1.1\r\nHost: h\r\n%Accept: */*\r\nContent-Length: 0\r\n\r\n"},
       }) {
    Words words = row.words;
    words.insert(words.end(), {"--vus", "1", "--iterations", "1"});
    const auto arguments = parse_generate_arguments(words);
    ASSERT_TRUE(arguments) << arguments.error().detail;
    std::string expected = row.expected;
    expected.replace(expected.find('%'), 1, agent);
    EXPECT_EQ(arguments->options.request.bytes, expected);
    EXPECT_EQ(arguments->options.request.head_method, expected.starts_with("HEAD"));
  }
}

TEST(GenerateCommand, ShowsNoPassword) {
  const auto arguments = parse_generate_arguments({"http://user:secret@h/x", "--iterations", "1"});
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->heading.target, "http://h/x");
  for (const char* url : {"http://user:secret@h:x/", "http://user:secret@h/a b", "ftp://user:secret@h/"}) {
    EXPECT_EQ(fault({url, "--iterations", "1"}).find("secret"), std::string::npos)
        << fault({url, "--iterations", "1"});
  }
}

TEST(GenerateCommand, FaultsNameTheFlagTheValueAndTheCure) {
  struct Row {
    Words words;
    const char* expected;
  };
  for (const Row& row : std::vector<Row>{
           {{}, "a URL is expected, such as http://localhost:5000/"},
           {{"http://h", "http://i"}, "'http://i': one URL is expected"},
           {{"http://h"}, "--duration DUR, or --iterations N, is expected"},
           {{"http://h", "--rate", "200"}, "--rate needs --duration DUR, or --stage DUR:N"},
           {{"http://h", "--rate", "many", "--duration", "1s"},
            "--rate 'many': a rate such as 200, 0.5 or 30/1m is expected"},
           {{"http://h", "--rate", "-1", "--duration", "1s"},
            "--rate '-1': a rate such as 200, 0.5 or 30/1m is expected"},
           {{"http://h", "--rate", "1/0s", "--duration", "1s"},
            "--rate '1/0s': a rate such as 200, 0.5 or 30/1m is expected"},
           {{"http://h", "--duration", "soon"},
            "--duration 'soon': a duration such as 250ms, 30s, 1.5s or 2m is expected"},
           {{"http://h", "--stage", "30s"}, "--stage '30s': DUR:RATE is expected, such as 30s:200"},
           {{"http://h", "--rate", "1", "--duration", "1s", "--arrivals", "odd"},
            "--arrivals 'odd': even, poisson or jitter:0.2 is expected"},
           {{"http://h", "--iterations", "1", "--arrivals", "poisson"},
            "--arrivals needs --rate or --stage: users come when they are ready"},
           {{"http://h", "--rate", "1", "--duration", "1s", "--iterations", "3"},
            "--iterations is for users without a rate; --duration ends an open load"},
           {{"http://h", "--vus", "0", "--iterations", "1"},
            "--vus '0': a number from 1 to 1000000 is expected"},
           {{"http://h", "--iterations", "1", "--shard", "3/3"},
            "--shard '3/3': I/N with I below N is expected, such as 0/3"},
           {{"http://h", "--iterations", "1", "--header", "no colon"},
            "--header 'no colon': NAME: VALUE is expected"},
           {{"http://h", "--iterations", "1", "--header", "Content-Length: 3"},
            "--header 'Content-Length': the body's framing is made by umbra"},
           {{"http://h", "--iterations", "1", "--method", "G T"},
            "--method 'G T': a method such as GET is expected"},
           {{"http://h", "--iterations", "1", "--body", "@/no/such/file"},
            "--body '@/no/such/file': a file that can be read is expected"},
           {{"http://h", "--iterations", "1", "--insecure"}, "--ca-file and --insecure are for https URLs"},
           {{"http://h", "--rate", "10000000/1us", "--duration", "1s"},
            "--rate '10000000/1us': at most 10000000 in a second are expected"},
           {{"http://h", "--rate", "0", "--duration", "1s"}, "--rate and --stage ask for no request at all"},
           {{"http://h", "--rate", "1", "--duration", "1s", "--warm-up", "1s"},
            "--warm-up: a shorter time than the load's is expected"},
           {{"http://h", "--rate", "9", "--duration", "1s", "--shard", "0/2", "--arrivals", "poisson"},
            "--shard with arrivals that are not even needs --seed N, the same for all"},
           {{"http://h", "--vus", "2", "--duration", "1s", "--shard", "0/3"},
            "--shard: at least as many users, and iterations, as shards are expected"},
           {{"tcp://h:1", "--iterations", "1"}, "'tcp://h:1': a URL of http or https is expected"},
           {{"http://h", "--iterations", "1", "--rat", "3"},
            "unknown flag '--rat': one that umbra generate --help lists is expected"},
       }) {
    EXPECT_EQ(fault(row.words), row.expected);
  }
}

TEST(GenerateCommand, HelpFitsATerminal) {
  const std::string help = generate_help();
  for (size_t begin = 0; begin < help.size();) {
    const size_t end = help.find('\n', begin);
    EXPECT_LE(end - begin, 106U) << help.substr(begin, end - begin);
    begin = end + 1;
  }
  EXPECT_TRUE(parse_generate_arguments({"--help"})->help);
  EXPECT_TRUE(parse_generate_arguments({"-h"})->help);
}

}  // namespace
}  // namespace umbra::app
