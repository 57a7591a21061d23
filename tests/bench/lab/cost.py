"""What one exchange costs: CPU time, system calls, user instructions."""

import glob
import os
import re

from . import probes
from .bench import median, rotated
from .children import BenchError
from .proxies import UmbraByFile

SHADOW_COUNTS = (0, 1, 3)

# What the load sends matches the conditions: all three are evaluated for each exchange.
SAMPLE = ["percent: 25%"]
RULES = SAMPLE + ["allow: [{path: '^/[a-z]*', header: {Host: '^[0-9.]+'}}]", "deny: [{path: '^/(admin|internal)/'}]",
                  "headers: {set: {X-Environment: shadow, X-Release: next}}"]


def measure_cpu(bench):
    return _cpu_rounds(bench, SHADOW_COUNTS, bench.options.cpu_seconds, ())


def measure_connect(bench):
    """The same with one connection per request."""
    return _cpu_rounds(bench, (0, 1), bench.options.cpu_seconds, ("--new-connection",))


def measure_rules(bench):
    """One shadow without rules, with a sample of 25 %, and with conditions and edits besides."""
    subjects = []
    for umbra in bench.umbras():
        if umbra.pipeline != "1":
            continue
        for name, rules in (("no rules", []), ("25 %", SAMPLE), ("25 %, 3 regex, 2 edits", RULES)):
            subjects.append(UmbraByFile(name, umbra.path, umbra.pipeline, umbra.workers, rules))
            subjects[-1].cpus = umbra.cpus
    if not subjects:
        raise BenchError("there is no umbra to measure")
    return _cpu_rounds(bench, (1,), bench.options.cpu_seconds, (), subjects)


def _cpu_rounds(bench, shadow_counts, seconds, load_arguments, subjects=None):
    rounds = []
    for number in range(bench.options.rounds):
        measured = {}
        for shadows in shadow_counts:
            measured[shadows] = {}
            for subject in rotated(subjects or bench.chosen(shadows), number):
                figures = _cpu_once(bench, subject, shadows, seconds, load_arguments)
                measured[shadows][subject.name] = figures
                bench.say(f"round {number + 1}, {shadows} shadows, {subject.name}: "
                          f"{figures['cpu_us']:.2f} us/exchange, {figures['rps']:.0f}/s")
        rounds.append(measured)
    return {"clock": probes.cpu_clock(), "rounds": rounds, "summary": _summary(rounds, shadow_counts)}


def _cpu_once(bench, subject, shadows, seconds, load_arguments):
    with bench.running(subject, ["healthy"] * shadows) as arrangement:
        arrangement.warm_up("--requests", 3000, *load_arguments)
        sent, before = arrangement.sent, arrangement.cpu_ns()
        result = arrangement.full_load(seconds, *load_arguments)
        spent = arrangement.cpu_ns() - before
        copies = sum(arrangement.copies(i)["requests"] for i in range(shadows))
        return {"cpu_us": spent / 1000 / (arrangement.sent - sent), "rps": result["rps"],
                "busy": spent / 1e9 / result["seconds"], "errors": result["errors"],
                "unanswered": result["unanswered"],
                "delivered": copies / shadows / arrangement.sent if shadows else None}


def _summary(rounds, shadow_counts):
    summary = {}
    for shadows in shadow_counts:
        summary[shadows] = {}
        for name in rounds[0][shadows]:
            runs = [measured[shadows][name] for measured in rounds]
            figures = {"cpu_us": median([run["cpu_us"] for run in runs]),
                       "rps": median([run["rps"] for run in runs]),
                       "errors": sum(run["errors"] + run["unanswered"] for run in runs),
                       "delivered": min(run["delivered"] for run in runs) if shadows else None}
            for other in ("nginx", "floor", "no rules", "25 %"):
                if other in rounds[0][shadows]:
                    figures[f"of_{other}"] = _ratio(rounds, shadows, name, other)
            summary[shadows][name] = figures
    return summary


def _ratio(rounds, shadows, name, other):
    """To the other one of the same round: what disturbs the machine disturbs both."""
    ratios = [measured[shadows][name]["cpu_us"] / measured[shadows][other]["cpu_us"] for measured in rounds]
    return {"median": median(ratios), "min": min(ratios), "max": max(ratios)}


def measure_syscalls(bench):
    measured = {"method": bench.counter.name, "complete": bench.counter.complete, "runs": {}}
    for shadows in SHADOW_COUNTS:
        measured["runs"][shadows] = {}
        for subject in bench.chosen(shadows):
            figures = _syscalls_once(bench, subject, shadows)
            measured["runs"][shadows][subject.name] = figures
            bench.say(f"{shadows} shadows, {subject.name}: {figures['counted']:.2f} calls/exchange")
    return measured


def _syscalls_once(bench, subject, shadows):
    with bench.running(subject, ["healthy"] * shadows) as arrangement:
        arrangement.warm_up()
        sent = arrangement.sent
        counter = bench.counter(bench.children, arrangement.proxy.pids())
        result = arrangement.full_load(bench.options.syscall_seconds)
        counts = counter.finish()
        exchanges = arrangement.sent - sent
        figures = {kind: counts[kind] / exchanges for kind in ("data", "event", "connection", "counted")}
        figures["all"] = counts["all"] / exchanges if counts["all"] is not None else None
        figures["by_call"] = {call: count / exchanges for call, count in counts["by_call"].items()}
        figures["rps"] = result["rps"]
        return figures


def measure_instructions(bench):
    """User instructions by callgrind: the slope between a short and a long run.

    What a program does once (starting, reading its configuration) falls out.
    Under valgrind the proxy is slow and so always saturated.
    """
    few, many = bench.options.instruction_requests
    measured = {"requests": [few, many], "runs": {}}
    for shadows in SHADOW_COUNTS:
        measured["runs"][shadows] = {}
        for subject in bench.chosen(shadows):
            short, long = (_instructions_once(bench, subject, shadows, count) for count in (few, many))
            per_exchange = (long - short) / (many - few)
            measured["runs"][shadows][subject.name] = per_exchange
            bench.say(f"{shadows} shadows, {subject.name}: {per_exchange:.0f} instructions/exchange")
    return measured


def _instructions_once(bench, subject, shadows, requests):
    output = os.path.join(bench.children.directory, f"callgrind.{subject.name}.{shadows}.{requests}")
    wrap = ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={output}")
    with bench.running(subject, ["healthy"] * shadows, wrap) as arrangement:
        result = arrangement.load("--requests", requests, "--connections", 16, "--timeout-ms", 20000, seconds=300)
        arrangement.await_copies()
        if result["answered"] != requests:
            raise BenchError(f"{subject.name} under valgrind answered {result['answered']} of {requests}")
    # Written when the proxy has ended.
    for path in glob.glob(output + "*"):
        with open(path) as file:
            found = re.search(r"^(?:summary|totals): (\d+)", file.read(), re.M)
        if found:
            return int(found.group(1))
    raise BenchError(f"callgrind left no total for {subject.name}")
