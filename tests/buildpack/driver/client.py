"""Requests with curl."""

import subprocess
import threading

DEADLINE = 30


def curl(port, *arguments, target="/", data=None):
    """(exit status, HTTP status, body)"""
    done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", str(DEADLINE), "--noproxy", "*",
                           "--write-out", "\n%{http_code}", *arguments, f"http://127.0.0.1:{port}{target}"],
                          input=data, capture_output=True, timeout=DEADLINE + 5, check=False)
    body, _, status = done.stdout.rpartition(b"\n")
    return done.returncode, int(status or 0), body


class Background:
    """One request in a thread; `result` waits for it."""

    def __init__(self, *arguments, **named):
        self.answer = None
        self.thread = threading.Thread(target=self.run, args=(arguments, named))
        self.thread.start()

    def run(self, arguments, named):
        self.answer = curl(*arguments, **named)

    def result(self):
        self.thread.join()
        return self.answer
