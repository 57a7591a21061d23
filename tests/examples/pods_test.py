"""Both Kubernetes variants as plain processes: start, probes, copies, a changed ConfigMap, and the end of the pod."""

import json
import time
import unittest

from kubernetes_test import FOLDER, TOKEN, VARIANTS, app, pod, umbra
from lab.kubernetes import kustomize
from lab.pod import Pod
from lab.places import SHORTER
from lab.processes import Arrangement, ask
from lab.visitors import PAGES, SlowAnswer, Visitors

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

    def a_long_answer_after(self, seconds):
        time.sleep(seconds)
        return SlowAnswer(self.port)

    def ends_without_a_loss(self, visitors, threads, slow):
        self.assertTrue(slow.whole(), "the answer under way was cut short")
        began = time.monotonic()
        for each in threads:
            each.join(60)
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(visitors.lost, [])
        self.assertGreater(len(visitors.asked), 20)
        self.assertEqual({name: child.wait() for name, child in self.shop.children.items()}, {"umbra": 0, "shop": 0})


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

        visitors = Visitors(self.port)
        time.sleep(FORGOTTEN)
        threads = self.shop.terminate()
        time.sleep(FORGOTTEN)
        self.assertTrue(self.shop.probe(sidecar, "readinessProbe"), "umbra ends before its turn")
        visitors.leave()
        # A client of before asks just before the shop gets its SIGTERM.
        slow = self.a_long_answer_after(15 / SHORTER - FORGOTTEN - 0.2)
        self.ends_without_a_loss(visitors, threads, slow)
        self.assertEqual(self.shop.events, ["SIGTERM shop", "end shop", "SIGTERM umbra", "end umbra"])


class ClassicSidecar(PodCase):
    def test_from_start_to_end(self):
        self.arrange("classic")
        self.shop.start().ready()
        self.assertEqual(self.shop.alive_probes(), [])
        self.requests_are_copied()
        self.a_changed_configmap_is_reloaded()

        visitors = Visitors(self.port)
        time.sleep(FORGOTTEN)
        threads = self.shop.terminate()
        time.sleep(FORGOTTEN)
        self.assertFalse(self.shop.probe(umbra(self.objects), "readinessProbe"), "ready while it drains")
        visitors.leave()
        # A client of before asks just before umbra stops listening.
        slow = self.a_long_answer_after(10 / SHORTER - FORGOTTEN - 0.2)
        self.ends_without_a_loss(visitors, threads, slow)
        self.assertEqual(self.shop.events, ["SIGTERM umbra", "end umbra", "SIGTERM shop", "end shop"])


if __name__ == "__main__":
    unittest.main()
