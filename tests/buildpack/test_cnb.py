"""The Cloud Native buildpack, as the lifecycle runs it: one layer, kept between builds, on the PATH at launch."""

import shutil
import unittest

import fixture
from driver import buildpack
from driver.client import curl
from driver.cnb import Lifecycle, snapshot
from driver.dyno import Dyno
from driver.shadow import Shadow

PROCFILE = "web: start-traffic-duplicator puma -p $PORT\n"
BAD = "shadows: [{name: next, url: 'ftp://staging.example'}]\n"
REUSED = "The layer of the last build is used again"


class CloudNative(fixture.Case):
    def setUp(self):
        super().setUp()
        self.package = self.pack()
        self.lifecycle = Lifecycle(self.root / "cnb", self.package)

    def test_one_layer_and_nothing_else(self):
        app = self.app({"Procfile": PROCFILE, "a/b": "c"})
        before = snapshot(app)
        built = self.lifecycle.build(app)
        self.assertEqual(built.status, 0, built.log)
        self.assertEqual(snapshot(app), before, "the application's folder is only read")
        described = self.lifecycle.described()
        self.assertEqual(described["umbra"]["types"], {"launch": True, "build": True, "cache": True})
        self.assertIn(buildpack.VERSION, described["umbra"]["metadata"]["made_from"])
        # No launch.toml: processes are the application's.
        self.assertLessEqual({path.name for path in self.lifecycle.layers.iterdir()},
                             {"umbra", "umbra.toml", "umbra-cache", "umbra-cache.toml", "umbra.sbom.cdx.json"})
        for name in buildpack.PROGRAMS:
            self.assertTrue((self.lifecycle.layers / "umbra" / "bin" / name).stat().st_mode & 0o111)

    def test_the_second_build_uses_the_layer(self):
        app = self.app({"Procfile": PROCFILE})
        first = self.lifecycle.build(app)
        inode = (self.lifecycle.kept / "umbra" / "bin" / "umbra").stat().st_mtime_ns
        second = self.lifecycle.build(app)
        self.assertNotIn(REUSED, first.log)
        self.assertIn(REUSED, second.log)
        self.assertEqual(second.status, 0)
        self.assertEqual((self.lifecycle.layers / "umbra" / "bin" / "umbra").stat().st_mtime_ns, inode)
        self.assertIn(REUSED, self.lifecycle.build(app).log, "and the third")

    def test_a_layer_of_something_else_is_made_anew(self):
        app = self.app({"Procfile": PROCFILE})
        self.assertEqual(self.lifecycle.build(app).status, 0)
        toml = self.package.place / "buildpack.toml"
        script = self.package.place / "lib" / "umbra_binary.sh"
        for what, change in (("version", lambda: toml.write_text(toml.read_text().replace(
                                 f'version = "{buildpack.VERSION}"', 'version = "0.0.9"'))),
                             ("another package", lambda: buildpack.make_package(
                                 self.package.place / "packages", fixture.programs(), {"README": "new"})),
                             ("how it is made", lambda: script.write_text(script.read_text() + "\n# new\n")),
                             ("a damaged layer", lambda: (self.lifecycle.kept / "umbra/bin/umbra").unlink())):
            with self.subTest(what):
                self.assertIn(REUSED, self.lifecycle.build(app).log)
                change()
                built = self.lifecycle.build(app)
                self.assertEqual(built.status, 0, built.log)
                self.assertNotIn(REUSED, built.log)

    def test_configuration(self):
        app = self.app({"Procfile": PROCFILE, "config/umbra.yaml": BAD})
        built = self.lifecycle.build(app)
        self.assertEqual(built.status, 0, built.log)
        self.assertRegex(built.log, r" !     .*ftp")
        self.lifecycle.config(UMBRA_STRICT="1")
        self.assertEqual(self.lifecycle.build(app).status, 1)

    def test_a_layer_that_was_built_from_source(self):
        """The cache of the classic buildpack is a layer here: with the other one lost, nothing is built again."""
        pack = buildpack.Buildpack(self.root / "with-source")
        buildpack.make_source(pack.place / "source", fixture.programs())
        lifecycle = Lifecycle(self.root / "source", pack)
        app = self.app({"Procfile": PROCFILE})
        first = lifecycle.build(app)
        self.assertEqual(first.status, 0, first.log)
        self.assertIn("from source", first.log)
        self.assertEqual(lifecycle.described()["umbra-cache"]["types"], {"cache": True})
        self.assertIn(REUSED, lifecycle.build(app).log)
        shutil.rmtree(lifecycle.kept / "umbra")
        third = lifecycle.build(app)
        self.assertIn("from the cache", third.log)
        self.assertLess(third.seconds, first.seconds - buildpack.BUILD_SECONDS / 2)

    def test_the_bill_of_materials(self):
        package = fixture.programs()
        pack = buildpack.Buildpack(self.root / "with-sbom")
        buildpack.make_package(pack.place / "packages", package, {"sbom.cdx.json": '{"bomFormat": "CycloneDX"}\n'})
        lifecycle = Lifecycle(self.root / "sbom", pack)
        for _ in range(2):
            self.assertEqual(lifecycle.build(self.app({"Procfile": PROCFILE})).status, 0)
            self.assertIn("CycloneDX", (lifecycle.layers / "umbra.sbom.cdx.json").read_text())

    def test_flask(self):
        """From detect to the last signal; the second build's layer is the one that runs."""
        with Shadow() as shadow:
            self.lifecycle.config(SHADOW_PORT=str(shadow.port))
            home = self.root / "dyno" / "workspace"
            shutil.copytree(fixture.APPS / "flask", home)
            self.assertEqual(self.lifecycle.detect(home), 0)
            for _ in range(2):
                built = self.lifecycle.build(home)
                self.assertIn("config/umbra.yaml is in order", built.log)
            self.assertIn(REUSED, built.log)
            environment = {**self.lifecycle.launch_environment(), "SHADOW_PORT": str(shadow.port)}
            with Dyno(home, profile=False, **environment) as dyno:
                dyno.wait_until_listening()
                self.assertEqual(curl(dyno.port, "--data", "a=1", target="/echo?x"), (0, 200, b"POST /echo?x a=1\n"))
                shadow.wait_for(1)
                self.assertEqual(dyno.terminate(times=3, deadline=20)[0], 0, dyno.logs())
                self.assertEqual(dyno.survivors(), set())
            self.assertEqual(shadow.got(), [("POST", "/echo?x", b"a=1")])


if __name__ == "__main__":
    unittest.main()
