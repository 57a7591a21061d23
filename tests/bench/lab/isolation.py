"""What a client feels of a shadow: latency, throughput, and whether copies arrive."""

from .bench import rotated
from .children import http_get_json

# "absent" is no shadow at all: what every other one is held against.
SHADOWS = {"absent": [], "healthy": ["healthy"], "late": ["late"], "hung": ["hung"], "closed": ["closed"],
           "never-read": ["never-read"]}


def measure_latency(bench):
    """Open loop: each request has an intended time, and its latency counts from there."""
    options = bench.options
    runs = {subject.name: {shadow: [] for shadow in SHADOWS} for subject in bench.chosen(1)}
    for number in range(options.latency_rounds):
        for shadow in rotated(SHADOWS, number):
            for subject in rotated(bench.chosen(1), number):
                result = _latency_once(bench, subject, SHADOWS[shadow])
                runs[subject.name][shadow].append(result)
                bench.say(f"round {number + 1}, shadow {shadow}, {subject.name}: p99 "
                          f"{result['latency_us']['p99']:.0f} us, unanswered {result['unanswered_share']:.1%}")
    return {"rate": options.rate, "seconds": options.latency_seconds, "connections": options.connections,
            "runs": runs, "least_disturbed": _least_disturbed(runs)}


def _latency_once(bench, subject, shadow_modes):
    options = bench.options
    with bench.running(subject, shadow_modes) as arrangement:
        result = arrangement.load("--rate", options.rate, "--duration-ms", int(options.latency_seconds * 1000),
                                  "--connections", options.connections, "--timeout-ms", 1000)
        asked = result["answered"] + result["errors"] + result["unanswered"]
        result["unanswered_share"] = result["unanswered"] / asked
        return result


def _least_disturbed(runs):
    """The round with the lowest p99: a shared machine only ever adds to a latency.

    Rounds that left requests unanswered count as such, however quick the rest was.
    """
    def key(run):
        return (run["unanswered"] + run["errors"], run["latency_us"]["p99"])
    least = {}
    for name, by_shadow in runs.items():
        least[name] = {}
        base = min(by_shadow["absent"], key=key)["latency_us"]["p99"]
        for shadow, results in by_shadow.items():
            best = min(results, key=key)
            least[name][shadow] = {**best["latency_us"], "of_absent": best["latency_us"]["p99"] / base,
                                   "errors": sum(run["errors"] for run in results),
                                   "unanswered_share": max(run["unanswered_share"] for run in results)}
    return least


def measure_hung(bench):
    """Full load past a hung shadow, and past a healthy one before and after it.

    Throughput is wall-clock, so whatever else the machine does is in it: the two
    healthy halves around the hung run take out a steady drift, and the CPU time
    per exchange beside it tells what is the proxy's own.
    """
    subjects = bench.umbras() or [bench.subjects["floor"]]
    seconds = bench.options.hung_seconds
    measured = {"seconds": seconds, "runs": {}}
    for subject in subjects:
        before = _hung_once(bench, subject, "healthy", seconds / 2)
        hung = _hung_once(bench, subject, "hung", seconds)
        after = _hung_once(bench, subject, "healthy", seconds / 2)
        ratio = 2 * hung["rps"] / (before["rps"] + after["rps"])
        measured["runs"][subject.name] = {"healthy, before": before, "hung": hung, "healthy, after": after,
                                          "throughput_ratio": ratio}
    return measured


def _hung_once(bench, subject, mode, seconds):
    with bench.running(subject, [mode]) as arrangement:
        size, spent = arrangement.memory_kib("VmRSS"), arrangement.cpu_ns()
        result = arrangement.full_load(seconds)
        spent = arrangement.cpu_ns() - spent
        peak = arrangement.memory_kib("VmHWM")
        bench.say(f"{subject.name}, {mode} shadow: {result['rps']:.0f}/s, peak {peak / 1024:.1f} MiB")
        return {"rps": result["rps"], "errors": result["errors"] + result["unanswered"],
                "cpu_us": spent / 1000 / result["answered"], "p99_us": result["latency_us"]["p99"],
                "peak_mib": peak / 1024, "grown_mib": (peak - size) / 1024}


def measure_delivery(bench):
    """Every request answered has to be a request received by a healthy shadow."""
    measured = {"requests": bench.options.delivery_requests, "runs": {}}
    for subject in bench.chosen(1):
        with bench.running(subject, ["healthy"]) as arrangement:
            result = arrangement.load("--requests", bench.options.delivery_requests,
                                      "--connections", bench.options.connections)
            arrangement.await_copies()
            shadow = arrangement.copies()
            app = http_get_json(arrangement.app, "/__count")
            measured["runs"][subject.name] = {
                "answered": result["answered"], "errors": result["errors"] + result["unanswered"],
                "app_requests": app["requests"], "received": shadow["requests"],
                "connections": shadow["connections"], "bad": shadow["bad"]}
            bench.say(f"{subject.name}: {result['answered']} answered, {shadow['requests']} received on "
                      f"{shadow['connections']} connections")
    return measured
