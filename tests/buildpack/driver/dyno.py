"""A dyno: a home folder, a port, an almost empty environment, and one line of a Procfile under bash."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from .classic import BASE_PATH

START_DEADLINE = 30
# The folder's start scripts first, then the line, which takes the place of the shell that read them.
START = 'cd "$HOME"; for f in .profile.d/*.sh; do [ -r "$f" ] && . "$f"; done; exec bash -c "$0"'


def procfile_line(home, kind="web"):
    return re.search(rf"^{kind}:\s*(.+)$", (pathlib.Path(home) / "Procfile").read_text(), re.MULTILINE).group(1)


def free_port():
    """A port whose neighbour is free too: the application gets that one."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("0.0.0.0", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("0.0.0.0", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise AssertionError("no two neighbouring ports are free")


class Dyno:
    def __init__(self, home, line=None, profile=True, **config):
        self.home = pathlib.Path(home)
        self.port = free_port()
        self.out = self.home.parent / "stdout.log"
        self.err = self.home.parent / "stderr.log"
        environment = {"HOME": str(home), "PATH": BASE_PATH, "DYNO": "web.1", **config, "PORT": str(self.port)}
        line = line or procfile_line(home)
        start = ["bash", "-c", START, line] if profile else ["bash", "-c", line]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.leader = subprocess.Popen(start, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                           stderr=err, start_new_session=True)
        self.seen = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Nothing of it may survive a test, however that went."""
        for pid, started in self.processes() | self.seen:
            if started == start_time(pid):
                kill(pid, signal.SIGKILL)
        self.leader.wait()

    def logs(self):
        return self.out.read_text(errors="replace") + self.err.read_text(errors="replace")

    def processes(self):
        """{(pid, start time)} of the first process, of what descends from it, and of its session."""
        table = process_table()
        found = {pid for pid, (_, session) in table.items() if session == self.leader.pid}
        grown = True
        while grown:
            more = {pid for pid, (parent, _) in table.items() if parent in found} - found
            found |= more
            grown = bool(more)
        return {(pid, started) for pid in found if (started := start_time(pid)) is not None}

    def wait_for(self, what, condition, deadline=START_DEADLINE):
        end = time.monotonic() + deadline
        while not condition():
            if self.leader.poll() is not None:
                raise AssertionError(f"the dyno ended with {self.leader.returncode} before {what}:\n{self.logs()}")
            if time.monotonic() > end:
                raise AssertionError(f"{deadline} s passed before {what}:\n{self.logs()}")
            time.sleep(0.02)

    def wait_until_listening(self):
        self.wait_for("it listened", lambda: accepts(self.port))

    def terminate(self, times, deadline):
        """SIGTERM to every process at once, `times` times, as the platform does. Returns the exit status."""
        for _ in range(times):
            self.seen |= self.processes()
            for pid, _ in self.processes():
                kill(pid, signal.SIGTERM)
            try:
                self.leader.wait(0.3)
                break
            except subprocess.TimeoutExpired:
                pass
        try:
            status = self.leader.wait(deadline)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"still there {deadline} s after SIGTERM:\n{self.logs()}") from late
        return status if status >= 0 else 128 - status

    def status_of_app(self, alone):
        """The application's exit status as the wrapper saw it; `alone` where there was no wrapper."""
        said = re.search(r'msg="exit" process=app .*status=(\d+)', self.logs())
        return int(said.group(1)) if said else alone

    def survivors(self, deadline=2):
        """What is still there some time after the first process has ended."""
        end = time.monotonic() + deadline
        while True:
            alive = {(pid, started) for pid, started in self.processes() | self.seen if start_time(pid) == started}
            if not alive or time.monotonic() > end:
                return alive
            time.sleep(0.02)


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def stat_fields(pid):
    """/proc/PID/stat behind the name, which may hold anything: state, parent, group, session ..."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def process_table():
    """{pid: (parent, session)} of what is alive."""
    table = {}
    for entry in os.listdir("/proc"):
        fields = stat_fields(entry) if entry.isdigit() else None
        if fields and fields[0] not in "ZX":
            table[int(entry)] = (int(fields[1]), int(fields[3]))
    return table


def start_time(pid):
    """Tells a process from a later one with the same id; None when it is gone."""
    fields = stat_fields(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[19])
