"""Units from files, their rules, and a stand-in for systemd: it holds the sockets and starts the services with them."""

import os
import shlex
import signal
import socket
import time

from .processes import Child
from .settings import Refused, drain_seconds, settings

FIRST = 3  # SD_LISTEN_FDS_START


def unit(path):
    """{section: {key: [values]}}; an empty value is kept."""
    sections, current = {}, None
    for line in path.read_text().splitlines():
        line = line.strip()
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), {})
        else:
            key, value = line.split("=", 1)
            current.setdefault(key, []).append(value)
    return sections


def one(sections, section, key):
    values = sections.get(section, {}).get(key, [None])
    return values[-1]


def seconds(text):
    return float(text[:-2]) / 1000 if text.endswith("ms") else float(text.removesuffix("s"))


def command(sections):
    return shlex.split(one(sections, "Service", "ExecStart"))


def faults(umbra_socket, umbra_service, shop_socket, shop_service, config):
    """`config`: the file that the service's --config is here."""
    words = [str(config) if word == "/etc/umbra/umbra.yaml" else word for word in command(umbra_service)]
    if words[:2] != ["/usr/local/bin/umbra", "proxy"]:
        yield "the service is not umbra proxy"
    try:
        found = settings(words[2:])
    except Refused as refused:
        yield f"umbra does not take its arguments: {refused}"
        return
    if found["listen"].rsplit(":", 1)[1] != one(umbra_socket, "Socket", "ListenStream"):
        yield "umbra.yaml and the socket unit have different ports"
    if found["app"] != f"unix:{one(shop_socket, 'Socket', 'ListenStream')}":
        yield "umbra.yaml has another socket for the app than its unit"
    if seconds(one(umbra_service, "Service", "TimeoutStopSec")) <= drain_seconds(found):
        yield f"umbra may need {drain_seconds(found)} s to stop"
    if seconds(one(shop_service, "Service", "TimeoutStopSec")) <= 20:
        yield "the shop may need 20 s to stop"
    if one(umbra_service, "Service", "Restart") != "always" or one(shop_service, "Service", "Restart") != "always":
        yield "who crashes must be started again"
    if one(umbra_service, "Unit", "StartLimitIntervalSec") != "0":
        yield "a start limit would leave the port without a server"
    if one(umbra_socket, "Socket", "TriggerLimitIntervalSec") != "0":
        yield "a trigger limit would close the port"
    for service, name in ((umbra_service, "umbra.socket"), (shop_service, "shop.socket")):
        if name not in (one(service, "Unit", "Requires") or "").split():
            yield f"{name} is not required"
        if name not in (one(service, "Unit", "After") or "").split():
            yield f"{name} may come later"
    if one(umbra_service, "Service", "SupplementaryGroups") != one(shop_socket, "Socket", "SocketGroup"):
        yield "umbra may not open the shop's socket"
    if one(umbra_service, "Service", "ExecReload") != "/bin/kill -HUP $MAINPID":
        yield "a reload is a SIGHUP"


class Activated:
    """A service and its socket, which stays open for as long as this does. As a socket unit with Restart=always."""

    def __init__(self, case, name, address, words, backlog=4096, **more):
        self.case, self.name, self.words, self.more = case, name, words, more
        self.socket = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
        case.addCleanup(self.socket.close)
        self.socket.bind(address if isinstance(address, tuple) else str(address))
        self.socket.listen(backlog)
        self.port = self.socket.getsockname()[1] if isinstance(address, tuple) else None
        self.child = None
        self.start()

    def start(self):
        # The number of the process must be in its own environment: a shell knows it before it becomes the program.
        line = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        descriptor = os.dup(self.socket.fileno())

        def hand_over():
            os.dup2(descriptor, FIRST)
            os.set_inheritable(FIRST, True)

        self.child = Child(self.name, ["/bin/sh", "-c", line, "sh", *self.words],
                           self.case.folder / f"{self.name}.log", pass_fds=(FIRST,), prepare=hand_over, **self.more)
        self.case.addCleanup(self.child.kill)
        os.close(descriptor)

    def end(self, number=signal.SIGTERM, seconds=20):
        self.child.send(number)
        return self.child.wait(seconds)

    def restart(self, number=signal.SIGTERM, pause=0.1):
        """Its exit status. `pause`: RestartSec."""
        status = self.end(number)
        time.sleep(pause)
        self.start()
        return status
