"""Both Kubernetes variants as plain processes: start, probes, copies, a changed ConfigMap, and the end of the pod."""

import json
import time
import unittest

from kubernetes_test import FOLDER, TOKEN, VARIANTS, app, pod, umbra
from lab.kubernetes import kustomize
from lab.pod import Pod
from lab.places import SHORTER
from lab.processes import Arrangement, ask, until
from lab.visitors import PAGES, Service, SlowAnswer, Visitors

FORGOTTEN = 0.3  # s until Services have forgotten the pod; 3 s in the scale of the test


class PodCase(Arrangement):
    def arrange(self, variant):
        self.objects = kustomize(FOLDER, TOKEN, VARIANTS[variant])
        self.next = Pod(self, "next", self.objects, pod(self.objects, "shop-next")).start().ready()
        self.shop = Pod(self, "live", self.objects, pod(self.objects), {"shop-next": self.next.ports})
        self.port, self.admin = self.shop.ports[8080], self.shop.ports[9100]

    def requests_are_copied(self):
        for page in PAGES:
            self.assertEqual(ask(self.port, page)[0], 200)
        body = json.dumps({"customer": "eve", "cart": {"7": 2}})
        self.assertEqual(ask(self.port, "/api/checkout", "POST", body, {"Content-Type": "application/json"})[0], 201)
        self.assertEqual(ask(self.port, "/healthz")[0], 200)  # not copied: umbra.yaml denies it
        figures = self.settled(self.admin, "next", len(PAGES) + 1)
        self.assertEqual((figures["filtered"], figures["dropped"], figures["failed"]), (1, {}, {}))
        self.same_requests(self.shop.children["shop"], self.next.children["shop"], len(PAGES) + 1)

    def a_changed_configmap_is_reloaded(self):
        places = self.shop.places["umbra"]
        text = places.translate((FOLDER / "umbra.yaml").read_text())
        self.shop.publish(self.shop.folder / "umbra-config", "umbra.yaml", text + "    paused: true\n")
        reload = ask(self.admin, "/api/reload", "POST", headers={"Authorization": f"Bearer {'0' * 32}"})
        self.assertEqual(reload[0], 401)
        right = {"Authorization": f"Bearer {TOKEN['admin-token'].strip()}"}
        status, answer = ask(self.admin, "/api/reload", "POST", headers=right)
        self.assertEqual(status, 200, answer)
        self.assertEqual(json.loads(answer)["changes"], ["shadow next: changed"])
        ask(self.port, "/products/8")
        self.assertEqual(self.settled(self.admin, "next", 1)["dropped"], {"paused": 1})
        self.shop.publish(self.shop.folder / "umbra-config", "umbra.yaml", text)
        self.assertEqual(ask(self.admin, "/api/reload", "POST", headers=right)[0], 200)

    def a_pod_of_two_ends(self, slow_after):
        """The roll-out: clients go on, and nobody may lose anything. `slow_after`: when a client that still is there
        asks for what takes long."""
        other = Pod(self, "other", self.objects, pod(self.objects), {"shop-next": self.next.ports}).start().ready()
        service = Service(self.port, other.ports[8080])
        visitors = Visitors(service)
        self.addCleanup(visitors.leave)
        until(lambda: len(visitors.asked) > 20, "visitors are there")
        slow = SlowAnswer(self.port, after=slow_after)
        threads = self.shop.terminate()
        time.sleep(FORGOTTEN)
        ready = self.shop.probe(umbra(self.objects), "readinessProbe")
        service.ports = [other.ports[8080]]
        for each in threads:
            each.join(30)
        before = len(visitors.asked)
        until(lambda: len(visitors.asked) > before + 10, "visitors go on")
        visitors.leave()
        self.assertTrue(slow.whole(), f"the answer under way was cut short: {slow.lines} lines, {slow.error}")
        self.assertEqual(visitors.lost, [])
        self.assertEqual({name: child.wait() for name, child in self.shop.children.items()}, {"umbra": 0, "shop": 0})
        return ready


class NativeSidecar(PodCase):
    def test_from_start_to_end(self):
        self.arrange("native")
        sidecar = umbra(self.objects)
        self.shop.run(sidecar)
        self.shop.wait(sidecar, "startupProbe")
        self.assertFalse(self.shop.probe(sidecar, "readinessProbe"), "ready without the app")
        self.shop.run(app(self.objects))
        self.shop.ready()
        self.assertEqual(self.shop.alive_probes(), [])
        self.requests_are_copied()
        self.a_changed_configmap_is_reloaded()

        # Just before the shop gets its SIGTERM.
        ready = self.a_pod_of_two_ends(slow_after=15 / SHORTER - 0.4)
        self.assertTrue(ready, "umbra drains before its turn")
        self.assertEqual(self.shop.events, ["SIGTERM shop", "end shop", "SIGTERM umbra", "end umbra"])


class ClassicSidecar(PodCase):
    def test_from_start_to_end(self):
        self.arrange("classic")
        self.shop.start().ready()
        self.assertEqual(self.shop.alive_probes(), [])
        self.requests_are_copied()
        self.a_changed_configmap_is_reloaded()

        # Just before umbra stops listening.
        ready = self.a_pod_of_two_ends(slow_after=10 / SHORTER - 0.4)
        self.assertFalse(ready, "ready while it drains")
        self.assertEqual(self.shop.events, ["SIGTERM umbra", "end umbra", "SIGTERM shop", "end shop"])


if __name__ == "__main__":
    unittest.main()
