"""The Compose example: its rules, and the arrangement as plain processes from `up` to `down`."""

import json
import subprocess
import threading
import unittest

import yaml

from lab import EXAMPLES, SHOP
from lab.compose import faults, places, stop_order
from lab.places import free_ports
from lab.processes import ENVIRONMENT, Arrangement, ask, shop_command, until
from lab.visitors import PAGES, SlowAnswer, Visitors

FILE = EXAMPLES / "compose" / "docker-compose.yaml"


def project():
    # Twice, so that anchors are not the same object in several places.
    return yaml.safe_load(json.dumps(yaml.safe_load(FILE.read_text())))


def umbra(p):
    return p["services"]["umbra"]


BROKEN = [
    ("unknown key", lambda p: umbra(p).update(port=[]), "umbra: port is not known"),
    ("unknown section", lambda p: p.update(volume={}), "volume is not known"),
    ("latest", lambda p: umbra(p).update(image="umbra:latest"), "has no fixed version"),
    ("no Dockerfile", lambda p: umbra(p)["build"].update(dockerfile="Dockerfile"), "there is no Dockerfile"),
    ("privileges", lambda p: p["services"]["shop"].pop("cap_drop"), "is not locked down"),
    ("no such dependency", lambda p: umbra(p)["depends_on"].update(db={"condition": "service_started"}), "no db"),
    ("no health check", lambda p: p["services"]["shop"].pop("healthcheck"), "no health check to wait for"),
    ("short grace", lambda p: umbra(p).update(stop_grace_period="20s"), "umbra may need 23.0 s"),
    ("default grace", lambda p: umbra(p).pop("stop_grace_period"), "umbra may need 23.0 s"),
    ("shop's grace", lambda p: p["services"]["shop"].update(stop_grace_period="20s"), "may need 20 s to stop"),
    ("unknown network", lambda p: umbra(p)["networks"].append("back"), "network back is not there"),
    ("unused network", lambda p: p["networks"].update(back={}), "network back is never used"),
    ("unknown volume", lambda p: umbra(p)["volumes"].append("logs:/var/log"), "volume logs is not there"),
    ("bad flag", lambda p: umbra(p)["command"].append("--shadwo=x"), "does not take its arguments"),
    ("no app", lambda p: umbra(p)["command"].__setitem__(2, "--app=shopp:5000"), "there is no service shopp"),
    ("order", lambda p: umbra(p).pop("depends_on"), "must be stopped before the app"),
    ("waits for a shadow", lambda p: umbra(p)["depends_on"].update({"shop-next": {"condition": "service_healthy"}}),
     "must not depend on a shadow"),
    ("shadow beside the app", lambda p: p["services"]["shop-next"]["networks"].append("live"), "can reach the app"),
    ("way out", lambda p: p["networks"].update(copies={}), "shop-next has a way out"),
    ("umbra apart", lambda p: umbra(p).update(networks=["live"]), "cannot reach shop-next"),
    ("past umbra", lambda p: p["services"]["shop"].update(ports=["5000:5000"]), "past umbra"),
    ("admin published", lambda p: umbra(p)["ports"].append("9100:9100"), "another port than umbra's"),
]


class Rules(unittest.TestCase):
    def test_the_example_keeps_them(self):
        self.assertEqual(list(faults(project(), FILE.parent)), [])

    def test_each_finds_what_breaks_it(self):
        for what, breaks, said in BROKEN:
            with self.subTest(what):
                broken = project()
                broken["services"]["umbra"].setdefault("depends_on", {})
                breaks(broken)
                broken["services"]["umbra"].setdefault("depends_on", {})
                self.assertIn(said, "\n".join(faults(broken, FILE.parent)))


class UpAndDown(Arrangement):
    def test_from_up_to_down(self):
        services = project()["services"]
        ports = free_ports(3)
        ports = {"shop": {5000: ports[0]}, "shop-next": {5000: ports[1]}, "umbra": {8080: ports[2]}}
        self.places = places(ports, self.folder)
        children = {}

        def healthy(name):
            command = self.places[name].translate_all(services[name]["healthcheck"]["test"][1:])
            return subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=10).returncode == 0

        for name in ("shop", "shop-next"):
            command = self.places[name].translate_all(services[name]["command"])
            children[name] = self.start(name, shop_command(*command), cwd=SHOP)
            until(lambda: healthy(name), f"{name} is healthy")
        children["umbra"] = self.start_umbra("umbra", self.places["umbra"].translate_all(services["umbra"]["command"]))
        port, admin = ports["umbra"][8080], self.folder / "admin.sock"
        self.answers(children["umbra"], admin, "/readyz")

        for page in PAGES:
            self.assertEqual(ask(port, page)[0], 200)
        figures = self.settled(admin, "next", len(PAGES))
        self.assertEqual((figures["seen"], figures["dropped"], figures["failed"]), (len(PAGES), {}, {}))
        self.same_requests(children["shop"], children["shop-next"], len(PAGES))
        self.the_admin_service_answers(services["admin"])

        visitors = Visitors(port)
        until(lambda: len(visitors.asked) > 20, "visitors are there")
        visitors.leave()  # a port that is published is gone with its container: they must have left
        slow = SlowAnswer(port)
        order = self.down(children, project())
        self.assertTrue(slow.whole(), "the answer under way was cut short")
        self.assertEqual(visitors.lost, [])
        self.assertLess(order.index("umbra"), order.index("shop"))
        self.assertEqual({name: child.wait() for name, child in children.items()},
                         {"umbra": 0, "shop": 0, "shop-next": 0})

    def the_admin_service_answers(self, service):
        words = [str(word).replace("/run/umbra", str(self.folder)) for word in service["entrypoint"]]
        done = subprocess.run(words + service["command"], env=ENVIRONMENT, capture_output=True, text=True, timeout=10)
        self.assertEqual(json.loads(done.stdout)["shadows"][0]["name"], "next", done.stderr)

    def down(self, children, what):
        """Wave after wave, each service within its grace. The order of their ends."""
        order = []

        def end(name):
            children[name].process.terminate()
            children[name].process.wait(30)
            order.append(name)

        for wave in stop_order(what):
            threads = [threading.Thread(target=end, args=(name,)) for name in wave]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        return order


if __name__ == "__main__":
    unittest.main()
