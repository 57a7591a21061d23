"""What is measured: umbra's own figures from its /status, and each route's from the access logs of both releases."""

import collections
import json
import re
import statistics
import time

from .processes import Trouble, get

HEALTH = "/healthz"  # asked by the demonstration itself, not by a shopper


def status(admin_port):
    answer = get(admin_port, "/status")
    if answer is None or answer[0] != 200:
        raise Trouble("umbra does not answer /status on its admin address")
    return json.loads(answer[1])


def balance(shadow):
    """The fates of the copies of one shadow, in the order in which they are told; their sum must be what was seen."""
    return {
        "filtered": shadow["filtered"],
        "sampled out": shadow["sampled_out"],
        "dropped": sum(shadow["dropped"].values()),
        "completed": shadow["completed"],
        "failed": sum(shadow["failed"].values()),
        "in flight": shadow["in_flight"],
    }


def busy(figures):
    """How many exchanges and copies are under way."""
    return figures["live"]["in_flight"] + sum(shadow["in_flight"] for shadow in figures["shadows"])


def settled(admin_port, answered, seconds=40):
    """umbra's /status once all exchanges are counted and nothing is under way; or as it is after that time."""
    deadline = time.monotonic() + seconds  # a little more than umbra gives a copy
    while True:
        figures = status(admin_port)
        if (busy(figures) == 0 and figures["live"]["exchanges"] >= answered) or time.monotonic() > deadline:
            return figures
        time.sleep(0.02)


Answer = collections.namedtuple("Answer", "method path query route status size microseconds")


def read_log(path):
    """The answers in one of gunicorn's access logs; its lines are those of gunicorn.conf.py."""
    answers = []
    for line in path.read_text().splitlines():
        method, url, query, route, code, size, microseconds = line.split("\t")
        if url != HEALTH:
            answers.append(Answer(method, url, query, route, int(code), int(size), int(microseconds)))
    return answers


def settled_logs(stack, lines, seconds=5):
    """Both logs once they hold that many lines (gunicorn writes one after its answer has left), or as they are then."""
    deadline = time.monotonic() + seconds
    while True:
        both = read_log(stack.access_log("live")), read_log(stack.access_log("next"))
        if min(map(len, both)) >= lines or time.monotonic() > deadline:
            return both
        time.sleep(0.1)


def requests_of(log):
    return collections.Counter((answer.method, answer.path, answer.query) for answer in log)


def answers_of(log):
    return collections.Counter((answer.method, answer.path, answer.query, answer.route, answer.status)
                               for answer in log)


class Route:
    """One method and route on both releases."""

    def __init__(self, name):
        self.name = name
        self.statuses = collections.Counter(), collections.Counter()
        self.milliseconds = [], []

    def medians(self):
        return [statistics.median(times) if times else float("nan") for times in self.milliseconds]

    def answers_differ(self):
        return self.statuses[0] != self.statuses[1]

    def slower(self):
        # Both: the noise of a busy machine would else mark quick routes (by the factor) or slow ones (by the difference).
        live, shadow = self.medians()
        return shadow > 1.5 * live and shadow > live + 3


def routes(live_log, shadow_log):
    found = {}
    for side, log in enumerate((live_log, shadow_log)):
        for answer in log:
            # "-" is gunicorn's word for a field that the answer does not have.
            page = "(no such page or method)" if answer.route == "-" else re.sub("<[^>]*>", "*", answer.route)
            name = f"{answer.method} {page}"
            route = found.setdefault(name, Route(name))
            route.statuses[side][answer.status] += 1
            route.milliseconds[side].append(answer.microseconds / 1000)
    return [found[name] for name in sorted(found, key=lambda name: name.split(" ", 1)[::-1])]
