"""bin/detect, as both platforms call it: which applications it is for."""

import subprocess
import unittest

import fixture
from driver.buildpack import Buildpack
from driver.cnb import Lifecycle

ROWS = [
    ({"config/umbra.yaml": ""}, True, "a configuration, whatever is in it"),
    ({"config/gor.options": ""}, True, "the duplicator's file"),
    ({"Procfile": "web: start-traffic-duplicator bundle exec rails s -p $PORT\n"}, True, "the duplicator's word"),
    ({"Procfile": "web: bin/start-traffic-duplicator node server.js\n"}, True, "with its folder"),
    ({"Procfile": "web:start-traffic-duplicator node ."}, True, "no blank, no end of line"),
    ({"Procfile": "worker: sleep 1\r\nweb: umbra run -- puma\r\n"}, True, "umbra itself, in a file with CR LF"),
    ({"Procfile": "web: A=1 umbra run -- puma\n"}, True, "behind an assignment"),
    ({"Procfile": "x: sleep 1\n" * 20000 + "web: umbra run -- puma\n" + "x: sleep 1\n" * 20000}, True, "a long file"),
    ({}, False, "nothing of umbra's"),
    ({"Procfile": "web: puma -p $PORT\n"}, False, "another command"),
    ({"Procfile": "umbra: puma -p $PORT\n"}, False, "a process type is no command"),
    ({"Procfile": "# umbra was here\nweb: puma\n"}, False, "a comment is no command"),
    ({"Procfile": "web: penumbra; umbra-worker; ./umbra.rb; my_umbra; umbraco\n"}, False, "parts of other words"),
    ({"umbra.yaml": ""}, True, "where the wrapper looks too"),
    ({"gor.options": "", "config/umbra.yml": ""}, False, "where nobody looks"),
    ({"config/umbra.yaml/x": "", "Procfile/x": "umbra"}, False, "folders"),
    ({"Gemfile.lock": "em-proxy (0.1.9)\n"}, False, "em-proxy is no longer needed"),
]


class Detect(fixture.Case):
    def test_classic(self):
        script = Buildpack(self.root / "buildpack").script("detect")
        for files, wanted, why in ROWS:
            with self.subTest(why):
                done = subprocess.run([script, self.app(files)], capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (0, "umbra\n", "") if wanted else (1, "", ""))

    def test_cloud_native(self):
        lifecycle = Lifecycle(self.root / "cnb", Buildpack(self.root / "buildpack"))
        for files, wanted, why in ROWS:
            with self.subTest(why):
                self.assertEqual(lifecycle.detect(self.app(files)), 0 if wanted else 100)

    def test_a_folder_with_an_odd_name(self):
        script = Buildpack(self.root / "build pack $(false)").script("detect")
        app = self.app({"a b'$(false)/Procfile": "web: umbra run -- puma\n"}) / "a b'$(false)"
        done = subprocess.run([script, app], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "umbra\n"))


if __name__ == "__main__":
    unittest.main()
