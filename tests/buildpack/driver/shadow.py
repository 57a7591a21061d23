"""A shadow that writes down what it got."""

import http.server
import socketserver
import threading
import time


class Server(socketserver.ThreadingTCPServer):
    """Not http.server's own, which looks up the name of its address first: that can take 15 s where nobody answers."""

    daemon_threads = True
    request_queue_size = 128


class Shadow:
    def __init__(self):
        self.requests = []
        self.changed = threading.Condition()
        shadow = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = read_body(self)
                with shadow.changed:
                    shadow.requests.append((self.command, self.path, body, dict(self.headers.items())))
                    shadow.changed.notify_all()
                self.send_response(204)
                self.end_headers()

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = take

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def got(self):
        """(method, target, body) of everything so far, in an order of no meaning."""
        with self.changed:
            return sorted(request[:3] for request in self.requests)

    def wait_for(self, count, deadline=10):
        """Until so many requests have come. Not enough of them is for the caller to tell, from `got`."""
        end = time.monotonic() + deadline
        with self.changed:
            while len(self.requests) < count and time.monotonic() < end:
                self.changed.wait(end - time.monotonic())


def read_body(handler):
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    while handler.rfile.readline().strip():
        pass
    return body
