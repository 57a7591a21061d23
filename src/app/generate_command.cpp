#include "umbra/app/generate_command.h"

#include <fmt/format.h>
#include <unistd.h>

#define CXXOPTS_VECTOR_DELIMITER '\0'
#define CXXOPTS_NO_REGEX true
#include <algorithm>
#include <csignal>
#include <cxxopts.hpp>
#include <fstream>
#include <iterator>

#include "umbra/app/descriptors.h"
#include "umbra/app/generate_request.h"
#include "umbra/base/random.h"
#include "umbra/base/text.h"
#include "umbra/config/proxy_flags.h"
#include "umbra/net/descriptor_table.h"

namespace umbra::app {
namespace {

constexpr uint64_t kUsersMax = 1'000'000;
constexpr size_t kUsersOfOpenLoad = 1'000;
constexpr uint64_t kRateMax = 10'000'000;  // a second
constexpr uint64_t kShardsMax = 1'000'000;
constexpr Nanos kLengthMax = 10 * 365 * 86'400 * kSecond;  // of a load
constexpr size_t kStagesMax = 10'000;
constexpr size_t kBodyMax = 64 << 20;

constexpr std::string_view kHelp =
    "umbra generate: makes traffic where there is none, and measures what becomes of it.\n"
    "\n"
    "Usage: umbra generate [flags] URL\n"
    "\n"
    "  umbra generate --rate 200 --duration 30s http://localhost:5000/\n"
    "      200 requests begin every second, whatever the server does (an open load)\n"
    "  umbra generate --vus 20 --duration 30s http://localhost:5000/\n"
    "      20 users, each of whom sends the next request when the last is answered (a closed one)\n"
    "\n"
    "Load\n"
    "  --rate N[/UNIT]\n"
    "      Requests that begin in a second, or in UNIT: 200, 0.5, 30/1m.\n"
    "  --stage DUR:N[/UNIT]\n"
    "      In DUR the rate changes evenly from the last one (at first --rate, or 0) to N. May be repeated.\n"
    "  --arrivals even|poisson|jitter:SHARE  (default even)\n"
    "      At equal distances; independent of each other, as people come; or moved by up to half of SHARE\n"
    "      of the distance.\n"
    "  --vus N  (default 1; with a rate 1000)\n"
    "      Users. With a rate: at most so many requests at once; others are dropped, and counted.\n"
    "  --iterations N\n"
    "      Without a rate: so many requests in all.\n"
    "  --duration DUR\n"
    "      How long requests are begun.\n"
    "  --warm-up DUR  (default 0s)\n"
    "      What begins in this first time is not measured.\n"
    "  --graceful-stop DUR  (default 30s)\n"
    "      How long is waited for answers at the end.\n"
    "\n"
    "Request\n"
    "  --method NAME, --header 'NAME: VALUE', --body TEXT|@FILE\n"
    "      --header may be repeated; 'NAME:' leaves out one that is there by itself.\n"
    "  --any-status\n"
    "      Else an answer of 400 or more is not expected, and counted so.\n"
    "  --timeout DUR  (default 30s), --connect-timeout DUR  (default 5s)\n"
    "  --ca-file FILE, --insecure\n"
    "      Whom to trust of https servers; --insecure: everybody.\n"
    "\n"
    "Run\n"
    "  --threads N  (default 1)\n"
    "  --seed N  (default: random, and printed)\n"
    "      Everything that is random in a run follows from it, whatever the number of threads and shards.\n"
    "  --shard I/N  (default 0/1, or JOB_COMPLETION_INDEX/JOB_COMPLETIONS)\n"
    "      This instance makes the arrivals whose number leaves the remainder I when divided by N.\n"
    "  --json FILE|-\n"
    "      Writes the summary as JSON.\n"
    "  --quiet\n"
    "      No progress on standard error.\n"
    "\n"
    "Two latencies are given: from the time at which a request was to begin, which is what a visitor feels\n"
    "who does not wait for others, and from the time at which it was sent.\n"
    "Exit status: 0, 1 when it could not be run, 2 for a wrong command line, 4 when less than 98 % of the\n"
    "rate was held, 130 or 143 after SIGINT or SIGTERM (the summary is still written).\n";

Error bad(std::string detail) { return {Errc::bad_config, std::move(detail)}; }

// What cxxopts reads, as text.
struct Words {
  std::string rate, arrivals = "even", vus, iterations, duration, warm_up = "0s", graceful_stop = "30s",
                    timeout = "30s", connect_timeout = "5s", threads = "1", seed, shard, ca_file;
  std::vector<std::string> stages;
  RequestWords request;
  bool any_status = false;
  bool insecure = false;
};

Result<Nanos> duration_of(const char* flag, const std::string& text) {
  auto time = parse_duration(text);
  if (!time) return bad(fmt::format("{} '{}': {} is expected", flag, text, time.error().detail));
  return *time;
}

Result<uint64_t> number_of(const char* flag, const std::string& text, uint64_t low, uint64_t high) {
  const auto number = parse_unsigned(text);
  if (number && *number >= low && *number <= high) return *number;
  return bad(fmt::format("{} '{}': a number from {} to {} is expected", flag, text, low, high));
}

Result<generate::Rate> rate_of(const char* flag, std::string_view text) {
  const size_t slash = text.find('/');
  generate::Rate rate;
  const std::string count(text.substr(0, slash));
  char* end = nullptr;
  rate.count = std::strtod(count.c_str(), &end);
  const bool number = !count.empty() && *end == '\0' && count.find_first_not_of("0123456789.") == count.npos;
  const auto unit = slash == text.npos ? Result<Nanos>(kSecond) : parse_duration(text.substr(slash + 1));
  if (!number || !unit || *unit == 0) {
    return bad(fmt::format("{} '{}': a rate such as 200, 0.5 or 30/1m is expected", flag, text));
  }
  rate.unit = *unit;
  if (rate.count * 1e9 > static_cast<double>(kRateMax) * static_cast<double>(rate.unit)) {
    return bad(fmt::format("{} '{}': at most {} in a second are expected", flag, text, kRateMax));
  }
  return rate;
}

Result<generate::Spread> spread_of(const std::string& text) {
  using Kind = generate::Spread::Kind;
  if (text == "even") return generate::Spread{};
  if (text == "poisson") return generate::Spread{Kind::poisson, 0};
  constexpr std::string_view prefix = "jitter:";
  if (text.starts_with(prefix)) {
    const std::string share = text.substr(prefix.size());
    char* end = nullptr;
    const double jitter = std::strtod(share.c_str(), &end);
    if (!share.empty() && *end == '\0' && jitter >= 0 && jitter <= 1)
      return generate::Spread{Kind::jittered, jitter};
  }
  return bad(fmt::format("--arrivals '{}': even, poisson or jitter:0.2 is expected", text));
}

Result<generate::Shard> shard_of(const std::string& text) {
  const size_t slash = text.find('/');
  const auto index = parse_unsigned(text.substr(0, slash));
  const auto count = slash == text.npos ? index : parse_unsigned(text.substr(slash + 1));
  if (slash == text.npos || !index || !count || *index >= *count || *count > kShardsMax) {
    return bad(fmt::format("--shard '{}': I/N with I below N is expected, such as 0/3", text));
  }
  return generate::Shard{*index, *count};
}

// Reads one value after the other; the first error stays.
class Reader {
 public:
  explicit Reader(const Words& words) : words_(words) {}

  Result<GenerateArguments> read() {
    read_request();
    read_load();
    read_run();
    if (error_) return *error_;
    return std::move(arguments_);
  }

 private:
  template <typename T>
  T value_or_complain(Result<T> result) {
    if (result) return std::move(*result);
    if (!error_) error_ = result.error();
    return T{};
  }
  void complain(std::string detail) {
    if (!error_) error_ = bad(std::move(detail));
  }

  void read_request() {
    RequestWords words = words_.request;
    if (words.body.starts_with('@')) {
      const auto text = config::read_file(words.body.substr(1));
      if (!text || !*text)
        return complain(fmt::format("--body '{}': a file that can be read is expected", words.body));
      words.body = **text;
    }
    if (words.body.size() > kBodyMax) return complain("--body: at most 64 MiB are expected");
    const SpokenRequest request = value_or_complain(make_request(words));
    generate::Options& options = arguments_.options;
    options.target = request.target;
    options.request = request.request;
    options.request.any_status = words_.any_status;
    arguments_.heading.target = request.shown_url;
    arguments_.heading.method = request.method;
    if (!options.target.tls) {
      if (words_.insecure || !words_.ca_file.empty()) complain("--ca-file and --insecure are for https URLs");
      return;
    }
    options.target.tls->ca_file = words_.ca_file;
    options.target.tls->insecure = words_.insecure;
  }

  void read_load() {
    generate::Load& load = arguments_.options.load;
    if (!words_.duration.empty())
      load.duration = value_or_complain(duration_of("--duration", words_.duration));
    if (load.duration > kLengthMax) return complain("--duration: ten years are expected at most");
    const bool open = !words_.rate.empty() || !words_.stages.empty();
    const std::string users = !words_.vus.empty() ? words_.vus
                              : open              ? std::to_string(kUsersOfOpenLoad)
                                                  : "1";
    load.users = value_or_complain(number_of("--vus", users, 1, kUsersMax));
    if (open) return read_curve(load);
    if (words_.arrivals != "even")
      complain("--arrivals needs --rate or --stage: users come when they are ready");
    if (!words_.iterations.empty()) {
      load.iterations = value_or_complain(number_of("--iterations", words_.iterations, 1, ~uint64_t{0} >> 1));
    }
    if (load.duration == 0 && load.iterations == 0)
      complain("--duration DUR, or --iterations N, is expected");
    std::string& text = arguments_.heading.load;
    text = fmt::format("{} {}", load.users, load.users == 1 ? "user" : "users");
    if (load.iterations != 0) text += fmt::format(", {} iterations", load.iterations);
    if (load.duration != 0) text += fmt::format(" for {}", words_.duration);
  }

  void read_curve(generate::Load& load) {
    if (!words_.iterations.empty())
      complain("--iterations is for users without a rate; --duration ends an open load");
    load.spread = value_or_complain(spread_of(words_.arrivals));
    auto curve = std::make_shared<generate::RateCurve>();
    generate::Rate rate{0, kSecond};
    std::string& text = arguments_.heading.load;
    if (!words_.rate.empty()) {
      rate = value_or_complain(rate_of("--rate", words_.rate));
      text = fmt::format("{}{}", words_.rate, words_.rate.find('/') == std::string::npos ? "/s" : "");
      if (load.duration == 0 && words_.stages.empty())
        complain("--rate needs --duration DUR, or --stage DUR:N");
      curve->add(load.duration, rate);
      if (load.duration != 0) text += fmt::format(" for {}", words_.duration);
    } else if (load.duration != 0) {
      complain("--duration has --rate before it; each --stage says how long it takes");
    }
    if (words_.stages.size() > kStagesMax) return complain("--stage: at most 10000 are expected");
    for (const std::string& stage : words_.stages) rate = add_stage(*curve, rate, stage, text);
    text += ", " + words_.arrivals;
    load.duration = 0;
    load.curve = std::move(curve);
  }

  generate::Rate add_stage(generate::RateCurve& curve, generate::Rate from, const std::string& stage,
                           std::string& text) {
    const size_t colon = stage.find(':');
    if (colon == stage.npos) {
      complain(fmt::format("--stage '{}': DUR:RATE is expected, such as 30s:200", stage));
      return from;
    }
    const Nanos length = value_or_complain(duration_of("--stage", stage.substr(0, colon)));
    if (length > kLengthMax || curve.length() > kLengthMax) {
      complain("--stage: ten years in all are expected at most");
      return from;
    }
    const generate::Rate to =
        value_or_complain(rate_of("--stage", std::string_view(stage).substr(colon + 1)));
    curve.add(length, from, to);
    text +=
        fmt::format("{}{} to {}", text.empty() ? "" : ", ", stage.substr(0, colon), stage.substr(colon + 1));
    return to;
  }

  void read_run() {
    generate::Options& options = arguments_.options;
    options.warm_up = value_or_complain(duration_of("--warm-up", words_.warm_up));
    options.graceful_stop = value_or_complain(duration_of("--graceful-stop", words_.graceful_stop));
    options.timeout = value_or_complain(duration_of("--timeout", words_.timeout));
    options.connect_timeout = value_or_complain(duration_of("--connect-timeout", words_.connect_timeout));
    if (!error_ && options.timeout == 0) complain("--timeout '0': a longer time is expected");
    options.threads =
        static_cast<unsigned>(value_or_complain(number_of("--threads", words_.threads, 1, 256)));
    options.seed = words_.seed.empty()
                       ? random_seed() >> 1
                       : value_or_complain(number_of("--seed", words_.seed, 0, ~uint64_t{0} >> 1));
    arguments_.heading.seed = options.seed;
    read_shard(options);
    if (!error_) check_length(options);
  }

  // Kubernetes' Indexed Jobs say their part by themselves.
  void read_shard(generate::Options& options) {
    std::string text = words_.shard;
    const char* index = std::getenv("JOB_COMPLETION_INDEX");
    const char* count = std::getenv("JOB_COMPLETIONS");
    if (text.empty() && index != nullptr) {
      // Kubernetes sets the one by itself; without the other each pod would make the whole load.
      if (count == nullptr) {
        return complain("JOB_COMPLETION_INDEX is set: JOB_COMPLETIONS, or --shard I/N, is expected too");
      }
      text = fmt::format("{}/{}", index, count);
    }
    if (text.empty()) return;
    options.shard = value_or_complain(shard_of(text));
    if (!error_ && options.shard.count > 1) take_part(options);
  }

  // Arrivals are dealt out by their numbers, which all instances must agree on; users and iterations by
  // shares.
  void take_part(generate::Options& options) {
    generate::Load& load = options.load;
    const uint64_t count = options.shard.count;
    if (load.curve) {
      if (load.spread.kind == generate::Spread::Kind::even || !words_.seed.empty()) return;
      return complain("--shard with arrivals that are not even needs --seed N, the same for all");
    }
    if (load.users < count || (load.iterations != 0 && load.iterations < count)) {
      return complain("--shard: at least as many users, and iterations, as shards are expected");
    }
    const auto part = [&](uint64_t all) { return all / count + (options.shard.index < all % count ? 1 : 0); };
    load.users = part(load.users);
    load.iterations = part(load.iterations);
  }

  void check_length(const generate::Options& options) {
    const generate::Load& load = options.load;
    const Nanos length = load.curve ? load.curve->length() : load.duration;
    if (load.curve && load.curve->arrivals() == 0)
      return complain("--rate and --stage ask for no request at all");
    if (length != 0 && options.warm_up >= length)
      complain("--warm-up: a shorter time than the load's is expected");
  }

  const Words& words_;
  GenerateArguments arguments_;
  std::optional<Error> error_;
};

void declare(cxxopts::Options& parser, Words& words, GenerateArguments& arguments) {
  auto add = parser.add_options();
  for (const auto& [name, text] : {std::pair("rate", &words.rate),
                                   {"arrivals", &words.arrivals},
                                   {"vus", &words.vus},
                                   {"iterations", &words.iterations},
                                   {"duration", &words.duration},
                                   {"warm-up", &words.warm_up},
                                   {"graceful-stop", &words.graceful_stop},
                                   {"timeout", &words.timeout},
                                   {"connect-timeout", &words.connect_timeout},
                                   {"threads", &words.threads},
                                   {"seed", &words.seed},
                                   {"shard", &words.shard},
                                   {"ca-file", &words.ca_file},
                                   {"method", &words.request.method},
                                   {"body", &words.request.body},
                                   {"json", &arguments.json}}) {
    add(name, "", cxxopts::value(*text));
  }
  add("stage", "", cxxopts::value(words.stages));
  add("header", "", cxxopts::value(words.request.headers));
  add("any-status", "", cxxopts::value(words.any_status));
  add("insecure", "", cxxopts::value(words.insecure));
  add("quiet", "", cxxopts::value(arguments.quiet));
  add("help", "", cxxopts::value(arguments.help));
}

// A line that is written over itself on a terminal, and a line every ten seconds elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

  void show(const generate::Tally& tally, Nanos elapsed) {
    if (quiet_ || elapsed < next_) return;
    next_ = elapsed + (terminal_ ? 0 : 10 * kSecond);
    const double rate =
        static_cast<double>(tally.begun - last_begun_) * 1e9 / static_cast<double>(elapsed - last_at_ + 1);
    last_begun_ = tally.begun;
    last_at_ = elapsed;
    fmt::print(stderr, "{}{:>5}s  {:>9} begun {:>9.1f}/s  p50 {:<8} p99 {:<8} {} failed {} dropped{}",
               terminal_ ? "\r" : "", elapsed / kSecond, tally.begun, rate,
               generate::short_time(tally.from_intended.quantile(0.5)),
               generate::short_time(tally.from_intended.quantile(0.99)), tally.all_failures(), tally.dropped,
               terminal_ ? "\x1b[K" : "\n");
  }
  void end() {
    if (terminal_ && !quiet_) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  bool quiet_;
  bool terminal_;
  Nanos next_ = 0;
  Nanos last_at_ = 0;
  uint64_t last_begun_ = 0;
};

bool write_json(const std::string& file, const std::string& text) {
  if (file == "-") {
    fmt::print("{}", text);
    return true;
  }
  std::ofstream out(file);
  out << text;
  out.close();
  if (!out) fmt::print(stderr, "umbra: --json '{}': a file that can be written is expected\n", file);
  return static_cast<bool>(out);
}

}  // namespace

Result<GenerateArguments> parse_generate_arguments(const std::vector<std::string>& arguments) try {
  cxxopts::Options parser("umbra generate");
  parser.allow_unrecognised_options();
  Words words;
  GenerateArguments outer;
  declare(parser, words, outer);
  std::vector<const char*> argv{"umbra generate"};
  for (const std::string& argument : arguments)
    argv.push_back(argument == "-h" ? "--help" : argument.c_str());
  const auto result = parser.parse(static_cast<int>(argv.size()), argv.data());
  if (outer.help) return outer;
  for (const std::string& word : result.unmatched()) {
    if (word.starts_with('-'))
      return bad(fmt::format("unknown flag '{}': one that umbra generate --help lists is expected", word));
    if (!words.request.url.empty()) return bad(fmt::format("'{}': one URL is expected", word));
    words.request.url = word;
  }
  if (words.request.url.empty()) return bad("a URL is expected, such as http://localhost:5000/");
  auto read = Reader(words).read();
  if (!read) return read.error();
  read->json = outer.json;
  read->quiet = outer.quiet;
  return read;
} catch (const cxxopts::exceptions::exception& failure) {
  return bad(failure.what());
}

std::string generate_help() { return std::string(kHelp); }

int run_generate(const GenerateArguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  const uint64_t descriptors = raise_descriptor_limit();
  const size_t users = arguments.options.load.users;
  constexpr uint64_t kOwnDescriptors = 64;
  if (!arguments.options.load.curve && users + kOwnDescriptors > descriptors) {
    fmt::print(stderr,
               "umbra: --vus {}: the limit of open files is {}; a higher one (ulimit -n) is expected\n",
               users, descriptors);
    return 1;
  }
  net::reserve_descriptors(descriptors);
  ProgressLine line(arguments.quiet);
  generate::Runner runner(arguments.options);
  const auto outcome =
      runner.run([&](const generate::Tally& so_far, Nanos elapsed) { line.show(so_far, elapsed); });
  line.end();
  if (!outcome) {
    fmt::print(stderr, "umbra: {}\n", outcome.error().detail);
    return 1;
  }
  if (arguments.json != "-") fmt::print("{}", generate::summary_text(arguments.heading, *outcome));
  const bool written = arguments.json.empty() ||
                       write_json(arguments.json, generate::summary_json(arguments.heading, *outcome));
  if (outcome->interrupted != 0) return 128 + outcome->interrupted;
  if (!written) return 1;
  if (outcome->tally.answered == 0 && outcome->tally.begun > 0) {
    fmt::print(stderr, "umbra: not one answer has come from {}\n", arguments.heading.target);
    return 1;
  }
  constexpr int kInvalid = 4;
  return outcome->valid() ? 0 : kInvalid;
}

}  // namespace umbra::app
