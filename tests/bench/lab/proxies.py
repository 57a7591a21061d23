"""The three that are compared: umbra, nginx with its mirror module, and the floor."""

import contextlib
import os
import resource
import subprocess
import tempfile

from .children import free_port, read_line, wait_until_accepting

START_SECONDS = 10.0
VALGRIND_START_SECONDS = 60.0


class Proxy:
    """A running proxy: its first process, its port."""

    def __init__(self, name, process, port):
        self.name = name
        self.process = process
        self.port = port

    def pids(self):
        """The process and all its descendants."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{entry}/stat") as stat:
                    parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


class Subject:
    """Something that can be put between the load and the app."""

    name = ""
    cpus = None   # where it may run; None: anywhere

    def start(self, children, app, shadows, wrap=()):
        """Runs it; `wrap` is a command line to run it under, such as valgrind's."""
        raise NotImplementedError


class Umbra(Subject):
    def __init__(self, path, pipeline, workers):
        self.path = path
        self.pipeline = pipeline
        self.workers = workers
        self.name = f"umbra-{pipeline}"

    def start(self, children, app, shadows, wrap=()):
        port = free_port()
        argv = [*wrap, self.path, "proxy", "--listen", f"127.0.0.1:{port}", "--app", f"127.0.0.1:{app}",
                "--shadow-pipeline", self.pipeline, "--workers", str(self.workers),
                "--admin", f"127.0.0.1:{free_port()}"]
        argv += self._shadow_arguments(children, shadows)
        process = children.start(argv, cpus=self.cpus)
        wait_until_accepting(process, port, VALGRIND_START_SECONDS if wrap else START_SECONDS)
        return Proxy(self.name, process, port)

    def _shadow_arguments(self, children, shadows):
        return [word for i, shadow in enumerate(shadows)
                for word in ("--shadow", f"s{i}=http://127.0.0.1:{shadow}")]


class UmbraByFile(Umbra):
    """Its shadows stand in a configuration file, each with the same rules."""

    def __init__(self, name, path, pipeline, workers, rules):
        super().__init__(path, pipeline, workers)
        self.name = name
        self.rules = rules

    def _shadow_arguments(self, children, shadows):
        handle, path = tempfile.mkstemp(prefix="umbra-", suffix=".yaml", dir=children.directory)
        with os.fdopen(handle, "w") as file:
            file.write("shadows:\n")
            for i, shadow in enumerate(shadows):
                file.write(f"  - name: s{i}\n    url: http://127.0.0.1:{shadow}\n")
                file.writelines(f"    {line}\n" for line in self.rules)
        return ["--config", path]


class Nginx(Subject):
    name = "nginx"

    def __init__(self, path, workers):
        self.path = path
        self.workers = workers
        source = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "nginx.conf.in")
        with open(source) as template:
            self.template = template.read()

    def start(self, children, app, shadows, wrap=()):
        port = free_port()
        prefix = tempfile.mkdtemp(prefix="nginx-", dir=children.directory)
        with open(os.path.join(prefix, "nginx.conf"), "w") as conf:
            conf.write(self._configuration(port, app, shadows, single=bool(wrap)))
        process = children.start([*wrap, self.path, "-p", prefix, "-e", "error.log", "-c", "nginx.conf"],
                                 cpus=self.cpus)
        wait_until_accepting(process, port, VALGRIND_START_SECONDS if wrap else START_SECONDS)
        return Proxy(self.name, process, port)

    def _configuration(self, port, app, shadows, single):
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        # Root's workers would become `nobody` and could not write below the temporary directory.
        user = "user root;" if os.geteuid() == 0 and not single else ""
        upstreams = "".join(
            f"    upstream shadow{i} {{\n        server 127.0.0.1:{shadow};\n        keepalive 256;\n"
            f"        keepalive_requests 1000000000;\n        keepalive_timeout 1h;\n    }}\n"
            for i, shadow in enumerate(shadows))
        mirrors = "".join(f"            mirror /mirror{i};\n" for i in range(len(shadows)))
        locations = "".join(
            f"        location = /mirror{i} {{\n            internal;\n"
            f"            proxy_pass http://shadow{i}$request_uri;\n        }}\n" for i in range(len(shadows)))
        words = {
            "MASTER": "master_process off;" if single else user,
            "WORKERS": str(self.workers),
            "DESCRIPTORS": str(descriptors),
            # Each takes memory at the start, so there is no reason for more than can be used.
            "CONNECTIONS": str(min(descriptors, 16384)),
            "APP": str(app),
            "LISTEN": str(port),
            "SHADOW_UPSTREAMS": upstreams,
            "MIRRORS": mirrors,
            "SHADOW_LOCATIONS": locations,
        }
        text = self.template
        for word, value in words.items():
            text = text.replace(f"@{word}@", value.rstrip("\n"))
        return text


class Floor(Subject):
    name = "floor"

    def __init__(self, path):
        self.path = path

    def start(self, children, app, shadows, wrap=()):
        argv = [*wrap, self.path, "--app", f"127.0.0.1:{app}"]
        for shadow in shadows:
            argv += ["--shadow", f"127.0.0.1:{shadow}"]
        process = children.start(argv, stdout=subprocess.PIPE, cpus=self.cpus)
        port = int(read_line(process, VALGRIND_START_SECONDS if wrap else START_SECONDS).split()[1])
        return Proxy(self.name, process, port)
