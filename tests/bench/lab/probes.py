"""What can be read off a running process tree: CPU time, memory, system calls."""

import contextlib
import glob
import os
import re
import select
import shutil
import signal
import subprocess

from .children import BenchError, last_words, read_line

# Calls that move data, wait for events, or make and end connections.
DATA_CALLS = ("read", "readv", "recvfrom", "recvmsg", "recvmmsg", "write", "writev", "sendto", "sendmsg",
              "sendmmsg", "sendfile64", "splice")
EVENT_CALLS = ("epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "poll", "ppoll", "select",
               "io_uring_enter", "timerfd_settime")
CONNECTION_CALLS = ("accept", "accept4", "connect", "socket", "close", "shutdown")
COUNTED_CALLS = DATA_CALLS + EVENT_CALLS + CONNECTION_CALLS


def _read(path):
    with open(path) as file:
        return file.read()


def cpu_ns(pids):
    """User and system time of all threads; schedstat has nanoseconds, stat only ticks."""
    total = 0
    for pid in pids:
        for task in glob.glob(f"/proc/{pid}/task/*"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total += _task_cpu_ns(task)
    return total


def _task_cpu_ns(task):
    if os.path.exists(f"{task}/schedstat"):
        return int(_read(f"{task}/schedstat").split()[0])
    fields = _read(f"{task}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def cpu_clock():
    return "schedstat (ns)" if os.path.exists("/proc/self/schedstat") else "stat (ticks)"


def memory_kib(pids, field):
    """The sum of VmRSS, or of VmHWM, its highest value so far."""
    return sum(int(re.search(rf"^{field}:\s+(\d+)", _read(f"/proc/{pid}/status"), re.M).group(1)) for pid in pids)


def storage_bytes(pids):
    """What went to files on storage; sockets do not count."""
    return sum(int(re.search(r"^write_bytes: (\d+)", _read(f"/proc/{pid}/io"), re.M).group(1)) for pid in pids)


class PerfCounter:
    """Counts in the kernel by tracepoints: it slows a call by a fraction of a microsecond."""

    complete = True   # sees every call, so it can be held against the targets
    name = "perf stat (tracepoints, counted in the kernel)"

    @staticmethod
    def works():
        if shutil.which("perf") is None:
            return False
        probe = subprocess.run(["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter,syscalls:sys_enter_close", "true"],
                               capture_output=True, text=True)
        return probe.returncode == 0 and not re.search(r"not supported|not counted", probe.stderr)

    def __init__(self, children, pids):
        self.children = children
        self.output = os.path.join(children.directory, "perf.csv")
        events = ["raw_syscalls:sys_enter"] + [f"syscalls:sys_enter_{call}" for call in _traceable(COUNTED_CALLS)]
        control, self.commands = os.pipe()
        self.replies, acknowledge = os.pipe()
        self.process = children.start(
            ["perf", "stat", "-x,", "-o", self.output, "-D", "-1", "--control", f"fd:{control},{acknowledge}",
             "-e", ",".join(events), "-p", ",".join(map(str, pids))], pass_fds=(control, acknowledge))
        os.close(control)
        os.close(acknowledge)
        self._command("enable")

    def _command(self, word):
        os.write(self.commands, f"{word}\n".encode())
        ready = select.select([self.replies], [], [], 10)[0]
        if not ready or not os.read(self.replies, 16).startswith(b"ack"):
            raise BenchError(f"perf did not {word}: {last_words(self.process)}")

    def finish(self):
        self._command("disable")
        self.children.stop(self.process, how=signal.SIGINT)
        os.close(self.commands)
        os.close(self.replies)
        counts = {}
        for line in _read(self.output).splitlines():
            fields = line.split(",")
            if len(fields) > 2 and fields[0].isdigit():
                counts[fields[2].removeprefix("syscalls:sys_enter_")] = int(fields[0])
        total = counts.pop("raw_syscalls:sys_enter", None)
        return _summary(counts, total)


def _traceable(calls):
    for root in ("/sys/kernel/tracing", "/sys/kernel/debug/tracing"):
        known = [call for call in calls if os.path.exists(f"{root}/events/syscalls/sys_enter_{call}")]
        if known:
            return known
    # Without tracefs in sight: the ones every Linux has.
    return [call for call in calls if call not in ("epoll_pwait2", "io_uring_enter", "sendfile64", "select")]


class StraceCounter:
    """Counts by stopping the process at each call.

    That slows the traced proxy many times over, so more events are ready at each
    wait, and its share of epoll_wait comes out lower than in earnest: it flatters
    whatever batches.  Second choice.
    """

    complete = True
    name = "strace -c (slows the proxy, so flatters batching)"

    @staticmethod
    def works():
        return shutil.which("strace") is not None and \
            subprocess.run(["strace", "-c", "true"], capture_output=True).returncode == 0

    def __init__(self, children, pids):
        self.children = children
        self.output = os.path.join(children.directory, "strace.txt")
        argv = ["sh", "-c", 'exec strace "$@" 2>&1', "sh", "-f", "-c", "-o", self.output]
        for pid in pids:
            argv += ["-p", str(pid)]
        self.process = children.start(argv, stdout=subprocess.PIPE)
        # Each thread is announced once it is attached.
        threads = sum(len(os.listdir(f"/proc/{pid}/task")) for pid in pids)
        for _ in range(threads):
            line = read_line(self.process, 10)
            if "attached" not in line:
                raise BenchError(f"strace: {line}")

    def finish(self):
        self.children.stop(self.process, how=signal.SIGINT)
        counts = {}
        for line in _read(self.output).splitlines():
            fields = line.split()
            if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
                counts["sendfile64" if fields[-1] == "sendfile" else fields[-1]] = int(fields[3])
        return _summary(counts, sum(counts.values()))


class ProcIoCounter:
    """Neither tracer works: the kernel's own count of read and write, and nothing else."""

    complete = False
    name = "/proc/PID/io (read and write only: far too low)"

    @staticmethod
    def works():
        return True

    def __init__(self, _children, pids):
        self.pids = pids
        self.before = self._counts()

    def _counts(self):
        pairs = [re.findall(r"^sysc[rw]: (\d+)", _read(f"/proc/{pid}/io"), re.M) for pid in self.pids]
        return [sum(int(pair[i]) for pair in pairs) for i in (0, 1)]

    def finish(self):
        now = self._counts()
        return _summary({"read": now[0] - self.before[0], "write": now[1] - self.before[1]}, None)


def _summary(counts, total):
    def of(calls):
        return sum(counts.get(call, 0) for call in calls)
    return {"data": of(DATA_CALLS), "event": of(EVENT_CALLS), "connection": of(CONNECTION_CALLS),
            "counted": of(COUNTED_CALLS), "all": total, "by_call": {k: v for k, v in counts.items() if v}}


def syscall_counter(wanted):
    by_name = {"perf": PerfCounter, "strace": StraceCounter, "proc-io": ProcIoCounter}
    if wanted != "best":
        return by_name[wanted]
    return next(counter for counter in by_name.values() if counter.works())
