"""Processes of a test: started, awaited with deadlines, and ended by their ids, whatever happens."""

import ctypes
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from . import UMBRA

PR_SET_PDEATHSIG = 1
# What a container gets. Nothing of the tester's own settings may decide.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}


def until(condition, what, seconds=20):
    """What `condition` gives, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)
    return result


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def ask(where, path, method="GET", body=None, headers=None, timeout=10):
    """(status, body) of one request on a connection of its own; None if nobody answers. `where`: port or socket."""
    connection = (http.client.HTTPConnection("127.0.0.1", where, timeout=timeout) if isinstance(where, int)
                  else UnixConnection(where, timeout))
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Child:
    def __init__(self, name, command, log, cwd=None, env=None, pass_fds=(), prepare=None):
        self.name = name
        self.log = log

        libc = ctypes.CDLL(None)

        def in_child():
            if prepare:
                prepare()
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # last: another user id would undo it

        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd,
                env={**ENVIRONMENT, "TMPDIR": str(log.parent), **(env or {})}, start_new_session=True,
                pass_fds=pass_fds, preexec_fn=in_child)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        """Its exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} has not ended within {seconds} s:\n{self.text()}") from None

    def text(self):
        return self.log.read_text(errors="replace")

    def kill(self):
        """It, and what is left of its group."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Arrangement(unittest.TestCase):
    """A test that runs processes in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="umbra-examples-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, name, command, **more):
        child = Child(name, command, self.folder / f"{name}.log", **more)
        self.addCleanup(child.kill)
        return child

    def start_umbra(self, name, arguments, **more):
        return self.start(name, [UMBRA, *arguments], **more)

    def answers(self, child, where, path="/healthz"):
        """Waits until it answers with 200."""
        def good():
            self.assertTrue(child.alive(), f"{child.name} has ended:\n{child.text()}")
            answer = ask(where, path)
            return answer is not None and answer[0] == 200
        until(good, f"{child.name} answers {path}")

    def status(self, where):
        return json.loads(ask(where, "/status")[1])

    def settled(self, where, name, count):
        """The figures of the shadow once `count` copies have ended."""
        def done():
            shadow = next(each for each in self.status(where)["shadows"] if each["name"] == name)
            return shadow if shadow["in_flight"] == 0 and shadow["completed"] >= count else None
        return until(done, f"{count} copies to {name} have ended", 10)

    def same_requests(self, app, shadow, count):
        """Both shops have got the same ones. gunicorn writes its line when it has answered already."""
        until(lambda: min(len(shop_log(each.text())) for each in (app, shadow)) >= count, f"{count} lines", 10)
        self.assertEqual(shop_log(app.text()), shop_log(shadow.text()))
        self.assertEqual(len(shop_log(app.text())), count)


def shop_log(text):
    """The method, path and query of each line of the shop's access log (gunicorn.conf.py), without health checks."""
    lines = [line.split("\t") for line in text.splitlines() if line.count("\t") == 6]
    return sorted((line[0], line[1], line[2]) for line in lines if line[1] != "/healthz")


def shop_command(*arguments):
    """As the ENTRYPOINT of shop.Dockerfile, which a test compares with this."""
    return ["/usr/bin/python3", "-m", "gunicorn", "--config", "gunicorn.conf.py", "--access-logfile", "-", *arguments]

