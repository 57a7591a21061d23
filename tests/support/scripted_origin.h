// ScriptedOrigin: a server on 127.0.0.1 that plays a script on each connection, on a thread of its own, and
// records what it received.  An app or a shadow, healthy or with any fault.
//
//   ScriptedOrigin shadow([](OriginConnection& c) {
//     c.read_request();
//     c.send("HTTP/1.1 200 OK\r\nContent-Le");
//     c.reset();
//   });
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/wire.h"
#include "umbra/net/address.h"

namespace umbra::support {

class ScriptedOrigin;

// What one connection has brought.
struct Record {
  std::string bytes;                  // everything that was read of it, up to record_max
  std::vector<std::string> requests;  // what read_request() cut out of that, raw
  Ending ending = Ending::open;       // as far as the script has read
  bool over = false;                  // the script has returned
};

class OriginConnection final : public Wire {
 public:
  OriginConnection(ScriptedOrigin& origin, Record& record, size_t index, int fd, int stop_fd);

  // The place in the order of accepting, from 0.
  size_t index() const noexcept { return index_; }
  // The next whole request, raw; empty: the peer ended first, or the origin does.
  std::string read_request(Millis patience = kPatience);
  // Does nothing until ScriptedOrigin::release(), or for that long, or until the origin ends or is replaced.
  // The peer may go meanwhile: nothing is read.
  void hold(Millis patience = kPatience);

 private:
  void on_received(std::string_view bytes) override;

  ScriptedOrigin& origin_;
  Record& record_;
  size_t index_;
};

using Script = std::function<void(OriginConnection&)>;

struct OriginOptions {
  int receive_buffer = 0;  // 0: the kernel's own.  Small: who writes to an origin that never reads feels it
  bool listening = true;   // false: connections are refused until listen()
  size_t record_max = ~size_t{0};  // of a connection's bytes; larger requests are counted, not kept
};

class ScriptedOrigin {
 public:
  // The connection is closed when the script returns.
  explicit ScriptedOrigin(Script script, OriginOptions options = {});
  ~ScriptedOrigin();  // ends all waits, joins all threads
  ScriptedOrigin(const ScriptedOrigin&) = delete;
  ScriptedOrigin& operator=(const ScriptedOrigin&) = delete;

  uint16_t port() const noexcept { return port_; }
  net::Address address() const { return {net::Address::Kind::tcp, "127.0.0.1", port_, ""}; }

  void listen();
  // For connections that are accepted from now on.
  void play(Script script);
  // The same, and the connections there are end, as when a server is restarted.
  void replace(Script script);
  // Ends all hold()s, also those to come.
  void release();

  size_t connections() const;
  size_t requests() const;  // whole ones, over all connections
  std::vector<Record> records() const;
  Record record(size_t connection) const;
  std::vector<std::string> all_requests() const;

  // Waits until the predicate holds for the records; asked anew whenever something comes.
  using Predicate = std::function<bool(const std::list<Record>&)>;
  bool wait_for(const Predicate& holds, Millis patience = kPatience) const;
  bool wait_for_connections(size_t count, Millis patience = kPatience) const;
  bool wait_for_requests(size_t count, Millis patience = kPatience) const;
  bool wait_for_bytes(size_t connection, size_t count, Millis patience = kPatience) const;
  bool wait_until_over(Millis patience = kPatience) const;  // every script has returned

 private:
  friend class OriginConnection;
  void accept_loop();
  void take(int fd);
  void serve(OriginConnection& connection, Record& record, const Script& script);
  void change(const std::function<void()>& what);

  // An eventfd that becomes readable once, for all who wait for it.
  class Event {
   public:
    Event();
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    void set();
    int fd() const noexcept { return fd_; }

   private:
    int fd_;
  };

  int listener_ = -1;
  size_t record_max_;
  Event stop_;
  Event released_;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  // From here on: under the mutex.
  Script script_;
  std::list<Record> records_;  // never move: their connections hold references
  std::list<Event> ends_;      // of the connections accepted before each replace(); the last one: since then
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace umbra::support
