"""The systemd units: their rules, what systemd says of them, and restarts under load that refuse nobody."""

import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from lab import EXAMPLES, SHOP, UMBRA
from lab.places import Places, free_ports
from lab.processes import ENVIRONMENT, Arrangement, ask, until
from lab.systemd import Activated, command, faults, one, seconds, unit
from lab.visitors import PAGES, Visitors

FOLDER = EXAMPLES / "systemd"
NAMES = ("umbra.socket", "umbra.service", "shop.socket", "shop.service")
BROKEN = [
    ("umbra.service", "--admin unix:", "--admim unix:", "does not take its arguments"),
    ("umbra.socket", "ListenStream=8080", "ListenStream=8081", "different ports"),
    ("shop.socket", "/run/shop/app.sock", "/run/shop.sock", "another socket for the app"),
    ("umbra.service", "TimeoutStopSec=15s", "TimeoutStopSec=13s", "umbra may need 13.0 s"),
    ("shop.service", "TimeoutStopSec=25s", "TimeoutStopSec=20s", "the shop may need 20 s"),
    ("umbra.service", "Restart=always", "Restart=no", "must be started again"),
    ("umbra.service", "StartLimitIntervalSec=0", "", "a start limit"),
    ("umbra.socket", "TriggerLimitIntervalSec=0", "", "a trigger limit"),
    ("umbra.service", "Requires=umbra.socket", "", "umbra.socket is not required"),
    ("shop.service", "After=shop.socket", "", "shop.socket may come later"),
    ("umbra.service", "SupplementaryGroups=shop", "", "may not open the shop's socket"),
    ("umbra.service", "-HUP", "-USR1", "a reload is a SIGHUP"),
]


class Units(unittest.TestCase):
    def faults(self, name=None, old="", new=""):
        with tempfile.TemporaryDirectory() as folder:
            for each in NAMES:
                text = (FOLDER / each).read_text()
                if each == name:
                    self.assertIn(old, text)
                    text = text.replace(old, new)
                (pathlib.Path(folder) / each).write_text(text)
            return list(faults(*(unit(pathlib.Path(folder) / each) for each in NAMES), FOLDER / "umbra.yaml"))

    def test_they_keep_the_rules(self):
        self.assertEqual(self.faults(), [])

    def test_each_rule_finds_what_breaks_it(self):
        for name, old, new, said in BROKEN:
            with self.subTest(said):
                self.assertIn(said, "\n".join(self.faults(name, old, new)))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd here: its own check is left out")
    def test_systemd_takes_them(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in NAMES:
                text = (FOLDER / name).read_text().replace("/usr/local/bin/umbra", str(UMBRA))
                (pathlib.Path(folder) / name).write_text(text)
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", *NAMES], cwd=folder, text=True,
                                  capture_output=True, timeout=60, env={**ENVIRONMENT, "SYSTEMD_UNIT_PATH": f"{folder}:"})
        ours = [line for line in done.stderr.splitlines() if any(name in line for name in NAMES)]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)


class Restarts(Arrangement):
    def setUp(self):
        super().setUp()
        units = {name: unit(FOLDER / name) for name in NAMES}
        self.pause = seconds(one(units["umbra.service"], "Service", "RestartSec"))
        backlog = int(one(units["umbra.socket"], "Socket", "Backlog"))
        port, shadow = free_ports(2)
        (self.folder / "etc").mkdir()
        places = Places({8080: port, 5001: shadow}, mounts={"/etc/umbra": self.folder / "etc",
                                                            "/run/umbra": self.folder, "/run/shop": self.folder})
        (self.folder / "etc" / "umbra.yaml").write_text(places.translate((FOLDER / "umbra.yaml").read_text()))
        self.shop = Activated(self, "shop", self.folder / "app.sock", command(units["shop.service"]), cwd=SHOP)
        self.admin = self.folder / "admin.sock"
        words = [UMBRA, *places.translate_all(command(units["umbra.service"])[1:])]
        self.umbra = Activated(self, "umbra", ("127.0.0.1", port), words, backlog)
        self.answers(self.shop.child, self.folder / "app.sock")
        self.answers(self.umbra.child, self.admin, "/readyz")
        self.assertEqual(ask(port, "/healthz")[0], 200)

    def busy(self):
        visitors = Visitors(self.umbra.port)
        self.addCleanup(visitors.leave)
        until(lambda: len(visitors.asked) > 10, "visitors are there")
        return visitors

    def goes_on(self, visitors):
        before = len(visitors.asked)
        until(lambda: len(visitors.asked) > before + 10, "visitors go on")

    def test_a_restart_of_umbra_refuses_nobody(self):
        visitors = self.busy()
        for _ in range(2):
            self.assertEqual(self.umbra.restart(pause=self.pause), 0)
            self.goes_on(visitors)
        visitors.leave()
        self.assertEqual(visitors.lost, [])

    def test_a_crash_of_umbra_refuses_nobody(self):
        visitors = self.busy()
        self.assertEqual(self.umbra.restart(signal.SIGKILL, self.pause), -signal.SIGKILL)
        self.goes_on(visitors)
        visitors.leave()
        # What was under way on that instant may break; nobody who came later was refused.
        self.assertLessEqual(len(visitors.lost), len(visitors.all))
        self.assertNotIn("refused", " ".join(visitors.lost))

    def test_a_restart_of_the_app_refuses_nobody(self):
        visitors = self.busy()
        self.assertEqual(self.shop.restart(), 0)
        self.goes_on(visitors)
        visitors.leave()
        self.assertNotIn("502", " ".join(visitors.lost))
        self.assertNotIn("refused", " ".join(visitors.lost))

    def test_who_comes_between_waits(self):
        self.assertEqual(self.umbra.end(), 0)
        answers = []
        waiting = [threading.Thread(target=lambda: answers.append(ask(self.umbra.port, PAGES[2]))) for _ in range(20)]
        for each in waiting:
            each.start()
        time.sleep(self.pause)
        self.assertEqual(answers, [])
        self.umbra.start()
        for each in waiting:
            each.join(20)
        self.assertEqual([each and each[0] for each in answers], [200] * 20)

    @unittest.skipUnless(shutil.which("systemd-socket-activate"), "there is no systemd-socket-activate here")
    def test_the_first_client_starts_it(self):
        port = free_ports(1)[0]
        words = [*self.umbra.words[1:-1], f"unix:{self.folder / 'second.sock'}"]
        child = self.start("activated", ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", str(UMBRA), *words])
        until(lambda: ask(port, PAGES[2]), "the first answer")
        self.assertEqual(self.status(self.folder / "second.sock")["live"]["exchanges"], 1)
        child.process.terminate()
        self.assertEqual(child.wait(), 0, child.text())


if __name__ == "__main__":
    unittest.main()
