"""Rules for Dockerfiles, and what a .dockerignore lets through."""

import fnmatch
import json
import re

PINNED = re.compile(r"^[\w./-]+(:[a-z]+-\d{8}(-slim)?|:\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})$")


def instructions(text):
    """[(name, arguments)], continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def words(arguments):
    """Of the JSON form."""
    return json.loads(arguments) if arguments.startswith("[") else None


def last(found, name):
    return next((arguments for each, arguments in reversed(found) if each == name), None)


def faults(text):
    found = instructions(text)
    defaults, stages = {}, set()
    for name, arguments in found:
        if name == "ARG" and "=" in arguments:
            key, value = arguments.split("=", 1)
            defaults[key] = value
        if name == "FROM":
            base = re.sub(r"\$\{(\w+)\}", lambda match: defaults[match.group(1)], arguments.split()[0])
            if base != "scratch" and base not in stages and not PINNED.match(base):
                yield f"the base {base} is not pinned"
            if " AS " in arguments:
                stages.add(arguments.split(" AS ")[1])
        if name == "ADD":
            yield "ADD: COPY is expected, and nothing from the network"
        if name == "RUN" and re.search(r"\b(curl|wget)\b[^&]*https?://", arguments):
            yield "RUN fetches something that no package manager has checked"
        if name == "RUN" and "apt-get install" in arguments:
            if "--no-install-recommends" not in arguments or "rm -rf /var/lib/apt/lists" not in arguments:
                yield "apt-get: --no-install-recommends and no lists left behind are expected"
        source = re.match(r"--from=(\S+)", arguments) if name == "COPY" else None
        if source and source.group(1) not in stages:
            yield f"there is no stage {source.group(1)}"
    user = last(found, "USER")
    if user is None or not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", user):
        yield "USER must be a number, and not root's"
    if last(found, "STOPSIGNAL") != "SIGTERM":
        yield "STOPSIGNAL must be SIGTERM"
    if last(found, "HEALTHCHECK") is None:
        yield "HEALTHCHECK must be decided, be it by NONE"
    if not words(last(found, "ENTRYPOINT") or ""):
        yield "ENTRYPOINT must be a list: a shell would keep signals from the program"


def lets_through(ignore_text, paths):
    """The paths that the last rule that matches does not leave out; a rule for a folder is one for what is in it."""
    rules = [line.strip() for line in ignore_text.splitlines() if line.strip() and not line.startswith("#")]

    def matches(pattern, path):
        parts = path.split("/")
        heads = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        if pattern.startswith("**/"):
            return any(fnmatch.fnmatch(part, pattern[3:]) for part in parts)
        return any(fnmatch.fnmatch(head, pattern) for head in heads if head.count("/") == pattern.count("/"))

    for path in paths:
        kept = True
        for rule in rules:
            if matches(rule.lstrip("!"), path):
                kept = rule.startswith("!")
        if kept:
            yield path
