#include "umbra/generate/sink_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "umbra/base/text.h"

namespace umbra::generate {
namespace {

constexpr uint64_t kStream = 3;  // dice.h: others are arrivals.cpp's
constexpr size_t kFiller = 64 * 1024;
constexpr std::string_view kFillerLine = "umbra sink: filler, as large as it was asked for, a line of 64\n";

constexpr std::array<std::pair<unsigned, std::string_view>, 34> kReasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {418, "I'm a teapot"},
    {420, "Enhance Your Calm"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

std::string_view reason_of(unsigned status) {
  const auto found = std::find_if(kReasons.begin(), kReasons.end(),
                                  [&](const auto& known) { return known.first == status; });
  return found == kReasons.end() ? "Status" : found->second;
}

// RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
bool may_have_body(unsigned status) { return status != 204 && status != 205 && status != 304; }

std::string fields_of(const SinkAnswer& answer) {
  std::string fields;
  bool typed = false;
  for (const auto& [name, value] : answer.headers) {
    fields += fmt::format("{}: {}\r\n", name, value);
    typed = typed || equals_ignoring_case(name, "content-type");
  }
  return typed ? fields : fields + "Content-Type: text/plain\r\n";
}

Chunk filler() {
  Chunk chunk = Chunk::with_room(kFiller);
  while (chunk.room() > 0) chunk.append(kFillerLine.substr(0, chunk.room()));
  return chunk;
}

}  // namespace

SinkAnswers::SinkAnswers(std::shared_ptr<const SinkModel> model, uint64_t seed, unsigned thread, Nanos zero)
    : model_(std::move(model)), seed_(seed), thread_(thread), zero_(zero), filler_(filler()) {
  for (size_t route = 0; route <= model_->routes.size(); ++route) {
    const SinkAnswer& answer = model_->answer(route);
    prepared_.push_back({fields_of(answer), answer.body ? Chunk::copy_of(*answer.body) : Chunk()});
  }
  tally_.routes.resize(prepared_.size());
}

SinkReply SinkAnswers::begin(const http::Head& head) const {
  SinkReply reply;
  reply.route = model_->find(head.method(), head.target());
  reply.to_head = head.method() == "HEAD";
  reply.old = head.minor_version() == 0;
  return reply;
}

void SinkAnswers::draw(SinkReply& reply, Nanos now) {
  SinkRouteTally& tally = tally_.routes[reply.route];
  const Dice dice(seed_, {kStream, thread_, reply.route, tally.requests++});
  const Drawn drawn = generate::draw(model_->answer(reply.route), dice, now - zero_);
  tally.latency.record(drawn.latency);
  reply.status = drawn.status;
  reply.size = drawn.size;
  reply.due = now + drawn.latency;
}

SinkReply SinkAnswers::refuse(unsigned status, Nanos now) {
  ++tally_.refused;
  SinkReply reply;
  reply.due = now;
  reply.route = SinkReply::kRefused;
  reply.status = status;
  return reply;
}

std::vector<Slice> SinkAnswers::write(const SinkReply& reply, bool close, std::string& out) {
  const bool refused = reply.route == SinkReply::kRefused;
  if (!refused) ++tally_.routes[reply.route].answered[reply.status];
  const std::string_view reason = reason_of(reply.status);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", reply.status, reason);
  if (close) {
    out += "Connection: close\r\n";
  } else if (reply.old) {
    out += "Connection: keep-alive\r\n";
  }
  const bool with_body = may_have_body(reply.status);
  const SinkAnswer* answer = refused ? nullptr : &model_->answer(reply.route);
  // In words: "200 OK" and a line end.
  uint64_t size = reason.size() + 5;
  if (answer != nullptr && answer->size) size = reply.size;
  if (answer != nullptr && answer->body) size = answer->body->size();
  if (!with_body) size = 0;
  if (answer != nullptr && with_body) {
    out += prepared_[reply.route].fields;
  } else if (answer != nullptr) {
    for (const auto& [name, value] : answer->headers)
      fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, value);
  }
  if (with_body || reply.status == 205)
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", size);
  out += "\r\n";
  return reply.to_head || size == 0 ? std::vector<Slice>() : write_body(reply, size, out);
}

std::vector<Slice> SinkAnswers::write_body(const SinkReply& reply, uint64_t size, std::string& out) const {
  const SinkAnswer* answer = reply.route == SinkReply::kRefused ? nullptr : &model_->answer(reply.route);
  if (answer == nullptr || (!answer->body && !answer->size)) {
    fmt::format_to(std::back_inserter(out), "{} {}\n", reply.status, reason_of(reply.status));
    return {};
  }
  const Chunk& bytes = answer->body ? prepared_[reply.route].body : filler_;
  if (size <= kInlineMax) {
    out += bytes.view().substr(0, size);
    return {};
  }
  std::vector<Slice> slices;
  for (uint64_t left = size; left > 0; left -= slices.back().size)
    slices.push_back({bytes, 0, std::min<uint64_t>(left, bytes.size())});
  return slices;
}

void SinkAnswers::drop(const SinkReply& reply) noexcept {
  if (reply.route != SinkReply::kRefused) ++tally_.unanswered;
}

}  // namespace umbra::generate
