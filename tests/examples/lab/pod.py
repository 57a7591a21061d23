"""A pod as plain processes: started, probed and terminated as the kubelet does it, by what its manifest says."""

import os
import subprocess
import threading
import time

from . import SHOP, UMBRA
from .kubernetes import containers, is_sidecar, is_umbra, mounted_files, pod_ports, pre_stop_seconds
from .places import SHORTER, Places, free_ports
from .processes import ENVIRONMENT, ask, shop_command, until


class Pod:
    """`case`: the test it belongs to. `elsewhere`: the ports of other pods by the name of their Service."""

    def __init__(self, case, name, objects, pod, elsewhere=None):
        self.case, self.name, self.pod = case, name, pod
        # All containers of a pod share its ports, also those that no manifest names: the app's on loopback.
        ports = pod_ports(pod) | {5000}
        self.ports = dict(zip(sorted(ports), free_ports(len(ports))))
        self.folder = case.folder / name
        self.folder.mkdir()
        self.children = {}
        self.events = []  # of the end: `SIGTERM NAME` and `end NAME`, in their order
        self.places = {}
        for container in containers(pod):
            mounts = {}
            for mount in container.get("volumeMounts", []):
                mounts[mount["mountPath"]] = self.folder / mount["name"]
                mounts[mount["mountPath"]].mkdir(exist_ok=True)
            self.places[container["name"]] = places = Places(self.ports, elsewhere, mounts)
            for path, text in mounted_files(objects, pod, container).items():
                folder, key = path.rsplit("/", 1)
                self.publish(mounts[folder], key, places.translate(text))

    @staticmethod
    def publish(folder, key, text):
        """As the kubelet does: a new folder, and one link that is turned to it."""
        fresh = folder / f"..{time.monotonic_ns()}"
        fresh.mkdir()
        (fresh / key).write_text(text)
        (folder / "..new").symlink_to(fresh.name)
        os.replace(folder / "..new", folder / "..data")
        if not (folder / key).is_symlink():
            (folder / key).symlink_to(f"..data/{key}")

    def run(self, container):
        arguments = self.places[container["name"]].translate_all(container["args"])
        if is_umbra(container):
            command, cwd = [UMBRA, *arguments], "/"
        else:
            command, cwd = shop_command(*arguments), SHOP
        self.children[container["name"]] = self.case.start(f"{self.name}-{container['name']}", command, cwd=cwd)

    def start(self):
        for container in containers(self.pod):
            self.run(container)
            if is_sidecar(self.pod, container) and "startupProbe" in container:
                self.wait(container, "startupProbe")
        return self

    def wait(self, container, probe):
        child = self.children[container["name"]]

        def good():
            self.case.assertTrue(child.alive(), f"{child.name} has ended:\n{child.text()}")
            return self.probe(container, probe)
        until(good, f"{container['name']}: {probe}")

    def probe(self, container, name):
        probe, places = container[name], self.places[container["name"]]
        if "exec" in probe:
            command = places.translate_all(probe["exec"]["command"])
            return subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=10).returncode == 0
        port = probe["httpGet"]["port"]
        if isinstance(port, str):
            port = next(each["containerPort"] for each in container["ports"] if each["name"] == port)
        answer = ask(self.ports[port], probe["httpGet"]["path"])
        return answer is not None and 200 <= answer[0] < 400

    def ready(self):
        for container in containers(self.pod):
            if "readinessProbe" in container:
                self.wait(container, "readinessProbe")
        return self

    def alive_probes(self):
        """The liveness probes that fail."""
        return [each["name"] for each in containers(self.pod)
                if "livenessProbe" in each and not self.probe(each, "livenessProbe")]

    def terminate(self):
        """All at once, each in a thread as the kubelet does: its hook, its turn, its SIGTERM, its end. A sidecar's turn
        comes when the plain containers have ended. Returns the threads."""
        plain_ended = threading.Event()
        left = len(self.pod["spec"]["containers"])
        lock = threading.Lock()

        def end(container):
            nonlocal left
            time.sleep(pre_stop_seconds(container) / SHORTER)
            if is_sidecar(self.pod, container):
                plain_ended.wait(60)
            child = self.children[container["name"]]
            with lock:
                self.events.append(f"SIGTERM {container['name']}")
            child.process.terminate()
            child.process.wait(60)
            with lock:
                self.events.append(f"end {container['name']}")
                left -= not is_sidecar(self.pod, container)
                if left == 0:
                    plain_ended.set()

        threads = [threading.Thread(target=end, args=(each,), daemon=True) for each in containers(self.pod)]
        for each in threads:
            each.start()
        return threads
