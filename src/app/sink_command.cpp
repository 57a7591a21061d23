#include "umbra/app/sink_command.h"

#include <fmt/format.h>
#include <unistd.h>

#define CXXOPTS_VECTOR_DELIMITER '\0'
#define CXXOPTS_NO_REGEX true
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cxxopts.hpp>
#include <fstream>
#include <optional>

#include "umbra/app/descriptors.h"
#include "umbra/base/random.h"
#include "umbra/base/text.h"
#include "umbra/config/proxy_flags.h"
#include "umbra/generate/sink_model_file.h"
#include "umbra/generate/sink_summary.h"
#include "umbra/net/descriptor_table.h"

namespace umbra::app {
namespace {

constexpr uint64_t kThreadsMax = 256;
constexpr uint64_t kOwnDescriptors = 64;

const std::vector<std::string_view> kFlags{"listen", "model", "status",  "latency", "size",
                                           "seed",   "json",  "threads", "quiet",   "help"};

constexpr std::string_view kHelp =
    "umbra sink: an HTTP server that answers by chance, as a target of traffic or a dummy shadow.\n"
    "\n"
    "Usage: umbra sink [flags]\n"
    "\n"
    "  umbra sink --listen :5000 --status 200:97,404:2,500:1 --latency lognormal:p50=10ms,p99=80ms\n"
    "\n"
    "  --listen ADDRESS  (default localhost:5000)\n"
    "      HOST:PORT, :PORT or unix:PATH. May be repeated.\n"
    "  --model FILE\n"
    "      Routes, each with its answers, in YAML; docs/sink.md explains it. The next three flags are for\n"
    "      requests that no route is for, and win over the file's default.\n"
    "  --status STATUS[:SHARE,...]  (default 200)\n"
    "      200:97,404:2,500:1: shares of their sum.\n"
    "  --latency DUR|SPREAD  (default 0)\n"
    "      From a request's end to its answer: 5ms, uniform:1ms-20ms, normal:20ms,5ms (mean, deviation),\n"
    "      exponential:10ms (mean), lognormal:p50=10ms,p99=80ms. At most 1h.\n"
    "  --size SIZE|SPREAD\n"
    "      Of the answer's body, spread in the same ways: 128, uniform:1KiB-20KiB. At most 16MiB.\n"
    "      (default: a line with the status)\n"
    "  --seed N  (default: random, and printed)\n"
    "      The n-th request to a route on a thread gets the same answer in every run with this seed.\n"
    "  --threads N  (default 1)\n"
    "  --json FILE|-\n"
    "      Writes the summary as JSON.\n"
    "  --quiet\n"
    "      Neither the line at the start nor the summary at the end.\n"
    "\n"
    "SIGINT and SIGTERM end it: what is under way is answered within 5 s; a second one ends it at once.\n"
    "Exit status: 0, 1 when it could not be run, 2 for a wrong command line or model.\n";

Error bad(std::string detail) { return {Errc::bad_config, std::move(detail)}; }

// What cxxopts reads, as text.
struct Words {
  std::vector<std::string> listen;
  std::string model, status, latency, size, seed, threads = "1";
};

// Reads one value after the other; the first error stays.
class Reader {
 public:
  explicit Reader(const Words& words) : words_(words) {}

  Result<generate::SinkOptions> read() {
    read_model();
    for (const std::string& text : words_.listen) {
      if (const auto address = value("listen", text, net::Address::parse_listen(text)))
        options_.listen.push_back(*address);
    }
    if (words_.listen.empty()) options_.listen.push_back({net::Address::Kind::tcp, "localhost", 5000, ""});
    options_.threads = static_cast<unsigned>(number("threads", words_.threads, 1, kThreadsMax));
    options_.seed =
        words_.seed.empty() ? random_seed() >> 1 : number("seed", words_.seed, 0, ~uint64_t{0} >> 1);
    if (error_) return *error_;
    return std::move(options_);
  }

 private:
  void complain(std::string detail) {
    if (!error_) error_ = bad(std::move(detail));
  }

  template <typename T>
  std::optional<T> value(const char* flag, const std::string& text, const Result<T>& parsed) {
    if (parsed) return *parsed;
    complain(fmt::format("--{} '{}': {}", flag, text, parsed.error().detail));
    return std::nullopt;
  }

  uint64_t number(const char* flag, const std::string& text, uint64_t low, uint64_t high) {
    const auto read = parse_unsigned(text);
    if (read && *read >= low && *read <= high) return *read;
    complain(fmt::format("--{} '{}': a number from {} to {} is expected", flag, text, low, high));
    return low;
  }

  void read_model() {
    generate::SinkModel model = words_.model.empty() ? generate::SinkModel() : model_of_file();
    generate::SinkAnswer& answer = model.otherwise;
    if (!words_.status.empty()) {
      if (const auto status = value("status", words_.status, generate::StatusShares::parse(words_.status)))
        answer.statuses = *status;
    }
    if (!words_.latency.empty()) {
      const auto latency = generate::Distribution::of_times(words_.latency);
      if (const auto read = value("latency", words_.latency, latency)) answer.latency = *read;
    }
    if (!words_.size.empty()) {
      const auto size = generate::Distribution::of_sizes(words_.size);
      answer.size = value("size", words_.size, size);
      answer.body.reset();
    }
    options_.model = std::make_shared<generate::SinkModel>(std::move(model));
  }

  generate::SinkModel model_of_file() {
    const auto text = config::read_file(words_.model);
    if (!text || !*text) {
      complain(fmt::format("--model '{}': a file that can be read is expected", words_.model));
      return {};
    }
    generate::SinkModelFile file = generate::read_sink_model(**text, words_.model);
    std::string problems;
    for (const std::string& problem : file.problems) problems += (problems.empty() ? "" : "\n") + problem;
    if (!problems.empty()) complain(problems);
    return std::move(file.model);
  }

  const Words& words_;
  generate::SinkOptions options_;
  std::optional<Error> error_;
};

void declare(cxxopts::Options& parser, Words& words, SinkArguments& arguments) {
  auto add = parser.add_options();
  for (const auto& [name, text] : {std::pair("model", &words.model),
                                   {"status", &words.status},
                                   {"latency", &words.latency},
                                   {"size", &words.size},
                                   {"seed", &words.seed},
                                   {"threads", &words.threads},
                                   {"json", &arguments.json}}) {
    add(name, "", cxxopts::value(*text));
  }
  add("listen", "", cxxopts::value(words.listen));
  add("quiet", "", cxxopts::value(arguments.quiet));
  add("help", "", cxxopts::value(arguments.help));
}

Error unknown(const std::string& word) {
  if (!word.starts_with("--"))
    return bad(fmt::format("'{}': a flag is expected, such as --listen :5000", word));
  const std::string_view meant = nearest(std::string_view(word).substr(2, word.find('=') - 2), kFlags);
  return bad(fmt::format("unknown flag '{}': {}{} is expected", word, meant.empty() ? "" : "--",
                         meant.empty() ? "one that umbra sink --help lists" : meant));
}

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

int fail(const Error& error) {
  fmt::print(stderr, "umbra: {}\n", error.detail);
  return 1;
}

}  // namespace

Result<SinkArguments> parse_sink_arguments(const std::vector<std::string>& arguments) try {
  cxxopts::Options parser("umbra sink");
  parser.allow_unrecognised_options();
  Words words;
  SinkArguments parsed;
  declare(parser, words, parsed);
  std::vector<const char*> argv{"umbra sink"};
  for (const std::string& argument : arguments)
    argv.push_back(argument == "-h" ? "--help" : argument.c_str());
  const auto result = parser.parse(static_cast<int>(argv.size()), argv.data());
  if (parsed.help) return parsed;
  if (!result.unmatched().empty()) return unknown(result.unmatched().front());
  auto options = Reader(words).read();
  if (!options) return options.error();
  parsed.options = std::move(*options);
  return parsed;
} catch (const cxxopts::exceptions::exception& failure) {
  return bad(failure.what());
}

std::string sink_help() { return std::string(kHelp); }

int run_sink(const SinkArguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  const uint64_t descriptors = raise_descriptor_limit();
  net::reserve_descriptors(descriptors);
  generate::SinkOptions options = arguments.options;
  options.connections = descriptors > 2 * kOwnDescriptors ? descriptors - kOwnDescriptors : descriptors / 2;
  Log log(arguments.quiet ? LogLevel::error : LogLevel::info, LogFormat::text, STDERR_FILENO);
  generate::SinkServer server(options, log);
  if (const auto opened = server.open(); !opened) return fail(opened.error());
  for (const net::Address& address : server.addresses())
    log.info("listening", {{"address", address.text()}, {"seed", options.seed}});
  const auto outcome = server.run();
  if (!outcome) return fail(outcome.error());
  if (!arguments.quiet && arguments.json != "-")
    fmt::print("{}", generate::sink_summary_text(*options.model, options.seed, *outcome));
  if (arguments.json.empty()) return 0;
  const auto json = generate::sink_summary_json(*options.model, options.seed, *outcome);
  return write_json(arguments.json, json) ? 0 : 1;
}

}  // namespace umbra::app
