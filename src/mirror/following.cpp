#include "umbra/mirror/following.h"

#include <string_view>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/mirror/copy_queue.h"

namespace umbra::mirror {
namespace {

using http::Name;

bool describes_body(const http::Field& field) {
  return field.known == Name::content_length || field.known == Name::transfer_encoding ||
         equals_ignoring_case(field.name.substr(0, 8), "content-");
}

bool is_credential(const http::Field& field) {
  return equals_ignoring_case(field.name, "authorization") || equals_ignoring_case(field.name, "cookie") ||
         equals_ignoring_case(field.name, "proxy-authorization");
}

std::string head_of(const Redirect& redirect, const http::Head& sent) {
  std::string out(redirect.to_get ? "GET" : sent.method());
  out.append(" ").append(redirect.target).append(" HTTP/1.1\r\n");
  out.append("Host: ").append(redirect.host).append("\r\n");
  for (const http::Field& field : sent.fields()) {
    const bool goes = field.known == Name::host || (redirect.to_get && describes_body(field)) ||
                      (redirect.without_credentials && is_credential(field));
    if (!goes) out.append(field.line);
  }
  return out.append("\r\n");
}

}  // namespace

Following::Following(const ShadowOptions& shadow, const Options& all)
    : most_(shadow.redirects),
      secure_(shadow.tls.has_value()),
      authority_(shadow.authority),
      hosts_(shadow.redirect_hosts),
      own_(all.own) {}

std::optional<Following::Next> Following::next(const client::Request& copy, const client::Answer& answer,
                                               http::Head& scratch) const {
  const std::string_view bytes = copy.bytes.view();
  Opaque fault = Opaque::none;
  if (scratch.parse(http::Side::request, bytes, fault) != http::Head::Verdict::complete) return std::nullopt;
  const std::string_view host = scratch.has(Name::host) ? scratch.field(Name::host).value : authority_;
  const RedirectPolicy policy{secure_ ? "https" : "http", authority_, most_, hosts_, own_};
  const RedirectedRequest sent{scratch.method(), scratch.target(), host, copy.followed};
  const Redirect redirect = redirect_of(policy, sent, answer.status, answer.location);
  if (redirect.outcome != Redirect::Outcome::follow) return std::nullopt;

  const std::string head = head_of(redirect, scratch);
  const std::string_view body = redirect.to_get ? std::string_view() : bytes.substr(scratch.raw().size());
  const size_t size = head.size() + body.size();
  client::Request next;
  Chunk chunk = Chunk::with_room(size);
  chunk.append(head);
  chunk.append(body);
  next.bytes = {std::move(chunk), 0, size};
  next.made = copy.made;
  next.charge = static_cast<uint32_t>(size) + CopyQueue::kPlaceCharge;
  next.head_method = copy.head_method;
  next.safe = copy.safe || redirect.to_get;
  next.followed = static_cast<uint8_t>(copy.followed + 1);
  next.wants_location = wants(next.followed);
  return Next{std::move(next), redirect.server, redirect.address};
}

}  // namespace umbra::mirror
