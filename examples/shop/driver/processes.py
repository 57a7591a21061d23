"""The processes of the demonstration: started, awaited, and stopped by their ids, whatever happens."""

import ctypes
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time

SHOP_DIRECTORY = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"  # the one that Debian's Flask and gunicorn belong to
PR_SET_PDEATHSIG = 1


class Trouble(Exception):
    """Why the demonstration cannot go on, as a sentence for whoever started it."""


def free_ports(count):
    """Ports that nobody has now. All are held until all are chosen, or one might be given out twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def get(port, path, timeout=5):
    """(status, body) of one request on a connection of its own, or None if nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def prepare_child():
    # Should this script be killed with SIGKILL, the kernel sends its children a SIGTERM in its stead.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    def __init__(self, name, command, log):
        self.name = name
        self.log = log
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(log.parent)}
        with open(log, "wb") as output:
            try:
                # A session of its own keeps the terminal's Ctrl-C away from it: the order of stopping is ours.
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
                    start_new_session=True, preexec_fn=prepare_child)
            except OSError as error:
                raise Trouble(f"{name} cannot be started: {error}") from None

    def wait_ready(self, port, path, seconds=20):
        deadline = time.monotonic() + seconds
        while (answer := get(port, path)) is None or answer[0] != 200:
            if self.process.poll() is not None:
                last = self.log.read_text(errors="replace").strip().splitlines()[-1:]
                raise Trouble(f"{self.name} ended with status {self.process.returncode} at its start: {' '.join(last)}")
            if time.monotonic() > deadline:
                raise Trouble(f"{self.name} did not answer {path} with 200 within {seconds} s of its start")
            time.sleep(0.02)

    def terminate(self, seconds):
        """Asks it to stop and waits; returns its exit status, or None if it is still there after that time."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self):
        self.terminate(seconds=10)
        try:
            # What is left of its group: itself if it did not obey, and workers that outlived their master.
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Stack:
    """The app, the next release and umbra in front of both. Leaving the `with` block stops what was started."""

    def __init__(self, umbra, directory):
        self.umbra_binary = umbra
        self.directory = directory
        self.app_port, self.next_port, self.umbra_port, self.admin_port = free_ports(4)
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # stopping takes seconds at most, and is not to be cut short
        for child in reversed(self.children):
            child.stop()

    def start(self):
        self._start_shop("the shop", "live", "shop:create_app()", self.app_port)
        self._start_shop("the next release", "next", "shop.next:create_app()", self.next_port)
        for child, port in zip(self.children, (self.app_port, self.next_port)):
            child.wait_ready(port, "/healthz")
        self.umbra = self._start("umbra", "umbra", self.umbra_command())
        self.umbra.wait_ready(self.admin_port, "/readyz")

    def umbra_command(self):
        return [
            str(self.umbra_binary), "proxy",
            "--listen", f"127.0.0.1:{self.umbra_port}",
            "--app", f"127.0.0.1:{self.app_port}",
            "--shadow", f"next=http://127.0.0.1:{self.next_port}",
            # gunicorn's threaded worker forgets a second request that arrives together with the first until a third
            # one comes. No client of a browser's kind ever sends two at once, so neither must the copies.
            "--shadow-pipeline", "1",
            "--admin", f"127.0.0.1:{self.admin_port}",
            "--access-log", str(self.directory / "umbra-access.log"),
        ]

    def access_log(self, name):
        return self.directory / f"{name}-access.log"

    def ended(self):
        """The first process that is no longer there, or None."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def _start_shop(self, title, name, application, port):
        self._start(title, name, [
            PYTHON, "-m", "gunicorn", "--config", str(SHOP_DIRECTORY / "gunicorn.conf.py"),
            "--chdir", str(SHOP_DIRECTORY), "--bind", f"127.0.0.1:{port}", "--name", name,
            "--access-logfile", str(self.access_log(name)), application])

    def _start(self, title, name, command):
        child = Child(title, command, self.directory / f"{name}.log")
        self.children.append(child)
        return child
