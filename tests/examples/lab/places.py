"""How what a manifest says becomes something that runs on this machine's loopback: the one rule for all of them.

- A port P of a pod, container or dyno becomes a free port of 127.0.0.1.  Wildcard hosts (`:P`, `0.0.0.0:P`, `[::]:P`)
  become 127.0.0.1.
- The name of another service, `shop-next:5000`, becomes 127.0.0.1 and that service's port.
- A path at which something is mounted, `/etc/umbra`, becomes a folder of the test.
- Waiting is ten times shorter: preStop sleeps, --drain-delay and --drain-timeout.
Everything else stays as it is written.
"""

import re
import socket

ADDRESS = re.compile(r"(?<![\w.\]])([a-z][a-z0-9-]*|\d+\.\d+\.\d+\.\d+|\[::\])?:(\d{2,5})\b")
DRAIN = re.compile(r"(--drain-(?:delay|timeout)=)(\d+)s")
OURS = {None, "0.0.0.0", "127.0.0.1", "[::]", "localhost"}
SHORTER = 10


def free_ports(count):
    """Ports that nobody has now. All are held until all are chosen, or one might be given out twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Places:
    """`here`: the ports of this container, as written, and what they are now. `elsewhere`: those of services by name.
    `mounts`: paths, and the folders they are now."""

    def __init__(self, here, elsewhere=None, mounts=None):
        self.here = here
        self.elsewhere = elsewhere or {}
        self.mounts = {path: str(folder) for path, folder in (mounts or {}).items()}

    def translate(self, text):
        def address(match):
            host, port = match.group(1), int(match.group(2))
            ports = self.here if host in OURS else self.elsewhere[host]
            return f"127.0.0.1:{ports[port]}"

        text = DRAIN.sub(lambda match: f"{match.group(1)}{int(match.group(2)) * 1000 // SHORTER}ms", text)
        text = ADDRESS.sub(address, text)
        for path in sorted(self.mounts, key=len, reverse=True):
            text = re.sub(rf"{re.escape(path)}(?=/|$|\s)", self.mounts[path], text)
        return text

    def translate_all(self, words):
        return [self.translate(str(word)) for word in words]
