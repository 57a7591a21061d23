"""The arrangement of every measurement: load -> proxy -> app, and the shadows beside it."""

import contextlib
import json
import os
import subprocess
import sys
import time

from . import probes
from .children import BenchError, http_get_json, last_words, read_line

SETTLE_SECONDS = 5.0


class Bench:
    def __init__(self, children, programs, subjects, options):
        self.children = children
        self.programs = programs      # directory of bench_origin, bench_load, bench_floor
        self.subjects = subjects      # by name
        self.options = options
        self.other_cpus = options.other_cpus
        self.counter = probes.syscall_counter(options.syscalls_by)

    def say(self, text):
        print(f"  {text}", file=sys.stderr, flush=True)

    def chosen(self, shadows):
        """Whom to measure: without a shadow there is nothing to pipeline."""
        return [subject for subject in self.subjects.values()
                if shadows > 0 or subject.name != "umbra-1"]

    def umbras(self):
        return [subject for subject in self.subjects.values() if subject.name.startswith("umbra")]

    def program(self, name):
        return os.path.join(self.programs, name)

    @contextlib.contextmanager
    def origin(self, mode="healthy"):
        process = self.children.start(
            [self.program("bench_origin"), "--mode", mode, "--body-bytes", str(self.options.body_bytes)],
            stdout=subprocess.PIPE, cpus=self.other_cpus)
        try:
            yield int(read_line(process, 10).split()[1])
        finally:
            self.children.stop(process)

    @contextlib.contextmanager
    def running(self, subject, shadow_modes, wrap=()):
        """A fresh app, fresh shadows and a fresh proxy; yields an Arrangement."""
        with contextlib.ExitStack() as stack:
            app = stack.enter_context(self.origin())
            shadows = [stack.enter_context(self.origin(mode)) for mode in shadow_modes]
            proxy = subject.start(self.children, app, shadows, wrap)
            stack.callback(self.children.stop, proxy.process, patience=30.0 if wrap else 5.0)
            yield Arrangement(self, proxy, app, shadows, shadow_modes)

    def load(self, port, *arguments, seconds):
        """Runs the load generator to its end and returns what it printed."""
        argv = [self.program("bench_load"), "--target", f"127.0.0.1:{port}", *map(str, arguments)]
        process = self.children.start(argv, stdout=subprocess.PIPE, cpus=self.other_cpus)
        try:
            line = read_line(process, seconds)
        finally:
            self.children.stop(process)
        return json.loads(line)


class Arrangement:
    def __init__(self, bench, proxy, app, shadows, shadow_modes):
        self.bench = bench
        self.proxy = proxy
        self.app = app
        self.shadows = shadows
        self.shadow_modes = shadow_modes
        self.sent = 0

    def load(self, *arguments, seconds=120):
        result = self.bench.load(self.proxy.port, *arguments, seconds=seconds)
        self.sent += result["answered"]
        return result

    def warm_up(self, *arguments):
        self.load(*(arguments or ("--requests", 3000)), "--connections", self.bench.options.connections)
        self.await_copies()

    def full_load(self, seconds, *arguments):
        """A closed loop for so long; the proxy's share of it is finished when this returns."""
        result = self.load("--duration-ms", int(seconds * 1000), "--connections",
                           self.bench.options.connections, *arguments, seconds=seconds + 60)
        if result["answered"] == 0:
            raise BenchError(f"{self.proxy.name} answered nothing: {last_words(self.proxy.process)}")
        self.await_copies()
        return result

    def copies(self, index=0):
        return http_get_json(self.shadows[index], "/__count")

    def await_copies(self):
        """Until each healthy shadow has all copies: they are part of what an exchange costs.

        Who loses copies is waited for as long as any still arrive.
        """
        for i, mode in enumerate(self.shadow_modes):
            if mode == "healthy":
                self._await_shadow(i)

    def _await_shadow(self, index):
        deadline = time.monotonic() + SETTLE_SECONDS
        seen, seen_at = -1, time.monotonic()
        while time.monotonic() < deadline:
            count = self.copies(index)["requests"]
            if count >= self.sent:
                return
            if count != seen:
                seen, seen_at = count, time.monotonic()
            elif time.monotonic() - seen_at > 1.0:
                return
            pause()

    def cpu_ns(self):
        return probes.cpu_ns(self.proxy.pids())

    def memory_kib(self, field):
        return probes.memory_kib(self.proxy.pids(), field)


def pause(seconds=0.02):
    """The pace of looking again at what gives no event, always under a deadline."""
    time.sleep(seconds)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def rotated(items, by):
    """Each round begins with another one, so that no one always runs after the same neighbour."""
    items = list(items)
    by %= len(items)
    return items[by:] + items[:by]
