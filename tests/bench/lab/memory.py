"""Memory: of idle sessions, and while a large upload passes a shadow."""

import contextlib
import subprocess
import time

from . import probes
from .bench import pause
from .children import read_line

IDLE_KINDS = {"connected": (), "after an exchange": ("--after-exchange",)}
STABLE_SECONDS = 0.3


def measure_idle(bench):
    measured = {"sessions": bench.options.idle_sessions, "runs": {}}
    for subject in bench.chosen(1):
        if subject.name == "umbra-1":
            continue   # an idle session is the same with any pipeline
        measured["runs"][subject.name] = {kind: _idle_once(bench, subject, arguments)
                                          for kind, arguments in IDLE_KINDS.items()}
        bench.say(f"{subject.name}: " + ", ".join(f"{kind} {figures['bytes_per_session']:.0f} bytes/session"
                                                  for kind, figures in measured["runs"][subject.name].items()))
    return measured


def _idle_once(bench, subject, arguments):
    sessions = bench.options.idle_sessions
    with bench.running(subject, ["healthy"]) as arrangement:
        # Buffers that are there once, whatever the number of sessions, are in before the count.
        arrangement.warm_up()
        before = _settled_kib(arrangement)
        with _idle_load(bench, arrangement.proxy.port, sessions, arguments):
            held = _settled_kib(arrangement)
        return {"before_mib": before / 1024, "held_mib": held / 1024,
                "bytes_per_session": (held - before) * 1024 / sessions}


@contextlib.contextmanager
def _idle_load(bench, port, sessions, arguments):
    process = bench.children.start(
        [bench.program("bench_load"), "--target", f"127.0.0.1:{port}", "--idle", str(sessions), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        read_line(process, 120)
        yield
    finally:
        bench.children.stop(process)


def _settled_kib(arrangement):
    """The resident size once it has not moved for a while."""
    deadline = time.monotonic() + 10
    size, since = -1, time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < STABLE_SECONDS:
        now = arrangement.memory_kib("VmRSS")
        if now != size:
            size, since = now, time.monotonic()
        pause()
    return size


def measure_upload(bench):
    """One POST past a shadow that never reads, and one past a healthy one."""
    measured = {"bytes": bench.options.upload_bytes, "runs": {}}
    for subject in bench.chosen(1):
        measured["runs"][subject.name] = {mode: _upload_once(bench, subject, mode)
                                          for mode in ("never-read", "healthy")}
    return measured


def _upload_once(bench, subject, mode):
    size = bench.options.upload_bytes
    with bench.running(subject, [mode]) as arrangement:
        arrangement.load("--requests", 50, "--connections", 50)
        pids = arrangement.proxy.pids()
        before = arrangement.memory_kib("VmRSS")
        stored = probes.storage_bytes(pids)
        result = bench.load(arrangement.proxy.port, "--upload", size, "--timeout-ms", 20000, seconds=180)
        figures = {"answered": result["answered"], "seconds": result["seconds"],
                   "mib_per_second": result["bytes"] / result["seconds"] / 2**20,
                   "shadow_bytes": _received(arrangement, size) if mode == "healthy" else None,
                   "grown_mib": (arrangement.memory_kib("VmHWM") - before) / 1024,
                   "stored_mib": (probes.storage_bytes(pids) - stored) / 2**20}
        bench.say(f"{subject.name}, {mode} shadow: {figures['mib_per_second']:.0f} MiB/s, "
                  f"grown {figures['grown_mib']:.1f} MiB, on disk {figures['stored_mib']:.0f} MiB")
        return figures


def _received(arrangement, size):
    """The shadow may lag behind the client: waits as long as bytes still arrive."""
    received, since = -1, time.monotonic()
    while time.monotonic() - since < 2.0:
        now = arrangement.copies()["body_bytes"]
        if now >= size:
            return now
        if now != received:
            received, since = now, time.monotonic()
        pause()
    return received
