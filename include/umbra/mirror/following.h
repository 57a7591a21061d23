// Following: the further request that a shadow's redirect leads to, made from the bytes of the copy that was
// answered with it (redirect.h says which are followed).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "umbra/client/connection.h"
#include "umbra/mirror/options.h"
#include "umbra/mirror/redirect.h"

namespace umbra::mirror {

class Following {
 public:
  // Copies what it needs of both.
  Following(const ShadowOptions& shadow, const Options& all);

  // Whether the answer to a request that `followed` so many redirects may still be followed.
  bool wants(unsigned followed) const noexcept { return followed < most_; }

  struct Next {
    client::Request request;
    Redirect::Server server;
    net::Address address;  // of Server::other
  };
  // With a chunk and a charge of its own, and the time of the first request.  None: the answer is the copy's
  // last.  `copy`: all of it is in its bytes.  `scratch`: nobody's now.
  std::optional<Next> next(const client::Request& copy, const client::Answer& answer,
                           http::Head& scratch) const;

 private:
  unsigned most_;
  bool secure_;
  std::string authority_;
  std::vector<std::string> hosts_;
  std::vector<net::Address> own_;
};

}  // namespace umbra::mirror
