"""What the real umbra makes of arguments."""

import json
import re
import subprocess

from . import UMBRA
from .processes import ENVIRONMENT

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class Refused(Exception):
    pass


def seconds(text):
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m|h)", text)
    return float(match.group(1)) * UNITS[match.group(2)]


def size(text):
    match = re.fullmatch(r"(\d+)(B|KiB|MiB|GiB)", text)
    return int(match.group(1)) * SIZES[match.group(2)]


def settings(arguments, env=None, cwd="/"):
    """Each key and its value, by `umbra check` with the arguments of a `umbra proxy`."""
    done = subprocess.run([str(UMBRA), "check", "--json", *arguments], env={**ENVIRONMENT, **(env or {})}, cwd=cwd,
                          capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise Refused(done.stderr.strip() or done.stdout.strip())
    return {each["key"]: each["value"] for each in json.loads(done.stdout)["settings"]}


def drain_seconds(found):
    """The longest that umbra may need from SIGTERM to its end; 3 s are its own (docs/transparency.md)."""
    return seconds(found["drain.delay"]) + seconds(found["drain.timeout"]) + 3
