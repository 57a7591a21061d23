"""Visitors: clients that ask without a pause and count what was not answered whole."""

import http.client
import itertools
import select
import threading
import time

PAGES = ("/", "/products?page=2", "/products/7", "/images/7.png", "/reports/stock.csv")


class Visitor:
    """One of them, in a thread. `where` gives the port of each new connection. `keep` keeps its connection, and looks
    before it uses it again, as pools do."""

    def __init__(self, where, keep):
        self.where, self.keep = where, keep
        self.asked, self.lost, self.longest = [], [], 0.0
        self._leave = threading.Event()
        self._connection = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def leave(self):
        self._leave.set()
        self._thread.join(30)
        if self._thread.is_alive():
            self.lost.append("a request that never ended")

    def _run(self):
        number = 0
        while not self._leave.is_set():
            page = PAGES[number % len(PAGES)]
            began = time.monotonic()
            try:
                self._ask(page)
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(f"{page}: {error!r}")
                self._drop()
            self.longest = max(self.longest, time.monotonic() - began)
            number += 1
        self._drop()

    def _ask(self, page):
        reused = self._usable()
        if not reused:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.where(), timeout=20)
        self.asked.append(page)
        try:
            self._connection.request("GET", page, headers={} if self.keep else {"Connection": "close"})
            response = self._connection.getresponse()
        except (OSError, http.client.HTTPException):
            # RFC 9110, 9.2.2: an idle connection may end just now; a GET goes out again on another.
            self._drop()
            if not reused:
                raise
            self.asked.pop()
            return self._ask(page)
        body = response.read()
        if response.status != 200 or not body:
            self.lost.append(f"{page}: {response.status} {body[:80]!r}")
        if not self.keep or response.will_close:
            self._drop()

    def _usable(self):
        if self._connection is None or self._connection.sock is None:
            return False
        readable, _, _ = select.select([self._connection.sock], [], [], 0)
        if readable:
            self._drop()
        return not readable

    def _drop(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Service:
    """As one of Kubernetes: new connections go to its endpoints in turn, old ones stay where they are."""

    def __init__(self, *ports):
        self.ports = list(ports)
        self._turns = itertools.count()

    def __call__(self):
        ports = self.ports
        return ports[next(self._turns) % len(ports)]


class Visitors:
    def __init__(self, where):
        self.all = [Visitor(where if callable(where) else lambda: where, keep) for keep in (True, True, False)]

    def leave(self):
        for each in self.all:
            each.leave()

    @property
    def asked(self):
        return [page for each in self.all for page in each.asked]

    @property
    def lost(self):
        return [what for each in self.all for what in each.lost]

    @property
    def longest(self):
        return max(each.longest for each in self.all)


class SlowAnswer:
    """The report that takes half a second, asked for in so many seconds; `whole()` waits for its end."""

    def __init__(self, port, after=0.0):
        self.port, self.due = port, time.monotonic() + after
        self.asked = threading.Event()
        self.lines, self.error = 0, None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not after:
            self.asked.wait(10)

    def _run(self):
        time.sleep(max(0.0, self.due - time.monotonic()))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", "/reports/sales.csv")
            response = connection.getresponse()
            self.asked.set()
            self.lines = response.read().count(b"\n")
        except (OSError, http.client.HTTPException) as error:
            self.error = error
        finally:
            self.asked.set()
            connection.close()

    def whole(self):
        self._thread.join(30)
        return self.lines == 13 and self.error is None
