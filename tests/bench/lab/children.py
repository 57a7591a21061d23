"""Every process the benchmark starts, and the one place that ends them.

Each child leads its own process group and is ended by that group's id, on every
way out.  Should the benchmark itself be killed outright, the kernel tells the
children (PR_SET_PDEATHSIG).
"""

import ctypes
import functools
import json
import os
import select
import signal
import socket
import subprocess
import time

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class BenchError(Exception):
    """What stops an experiment; its text is for people."""


def _before_exec(cpus):
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if cpus:
        os.sched_setaffinity(0, cpus)


class Children:
    def __init__(self, directory):
        self.directory = directory
        self._alive = []
        self._started = 0

    def start(self, argv, *, stdin=subprocess.DEVNULL, stdout=None, pass_fds=(), cpus=None):
        """Starts argv; what it says on stderr (and stdout, if not asked for) goes to a file."""
        self._started += 1
        name = f"{self._started:04d}-{os.path.basename(argv[0])}.log"
        log_path = os.path.join(self.directory, name)
        with open(log_path, "wb") as log:
            process = subprocess.Popen(
                argv, stdin=stdin, stdout=stdout if stdout is not None else log, stderr=log,
                start_new_session=True, preexec_fn=functools.partial(_before_exec, cpus), pass_fds=pass_fds)
        process.log_path = log_path
        self._alive.append(process)
        return process

    def stop(self, process, how=signal.SIGTERM, patience=5.0):
        """Ends the child's group: asks first, and then insists."""
        if process in self._alive:
            self._alive.remove(process)
        for signum, seconds in ((how, patience), (signal.SIGKILL, 5.0)):
            if process.poll() is None or signum == signal.SIGKILL:
                _signal_group(process.pid, signum)
            try:
                process.wait(seconds)
                if signum == signal.SIGKILL:
                    break
            except subprocess.TimeoutExpired:
                continue
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def stop_all(self):
        for process in list(self._alive):
            self.stop(process, patience=1.0)


def _signal_group(group, signum):
    try:
        os.killpg(group, signum)
    except ProcessLookupError:
        pass


def read_line(process, seconds):
    """The child's next line on stdout; it has to come within `seconds`."""
    fd = process.stdout.fileno()
    line = b""
    deadline = time.monotonic() + seconds
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            raise BenchError(f"{process.args[0]} said nothing for {seconds:.0f} s")
        got = os.read(fd, 1)
        if not got:
            raise BenchError(f"{process.args[0]} ended: {last_words(process)}")
        line += got
    return line.decode().strip()


def last_words(process):
    with open(process.log_path, "rb") as log:
        return log.read()[-600:].decode(errors="replace").strip() or "(it said nothing)"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def wait_until_accepting(process, port, seconds):
    """Looks every 10 ms, and sees at once when the child ends instead."""
    deadline = time.monotonic() + seconds
    while not accepts(port):
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            pass
        if process.poll() is not None:
            raise BenchError(f"{process.args[0]} ended with {process.returncode}: {last_words(process)}")
        if time.monotonic() > deadline:
            raise BenchError(f"{process.args[0]} did not listen on {port} within {seconds:.0f} s")


def http_get_json(port, path):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while b"}" not in answer:
            got = connection.recv(65536)
            if not got:
                break
            answer += got
    return json.loads(answer.partition(b"\r\n\r\n")[2])
