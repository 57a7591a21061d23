"""The Dockerfiles keep the rules; what make-root collects runs with nothing else, as another root and user."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from lab import EXAMPLES, ROOT, UMBRA, WRAPPER
from lab.dockerfile import faults, instructions, last, lets_through, words
from lab.places import free_ports
from lab.processes import Arrangement, ask, shop_command, until

FOLDER = EXAMPLES / "docker"
GOOD = (FOLDER / "Dockerfile").read_text()
SERVER = ["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1"]
TLS_SERVER = ["/usr/bin/python3", "-c", """
import http.server, ssl, sys
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""]
BROKEN = [
    ("floating base", lambda text: text.replace("bookworm-20251229-slim", "bookworm"), "is not pinned"),
    ("latest", lambda text: text.replace("debian:${DEBIAN}", "debian:latest"), "is not pinned"),
    ("ADD", lambda text: text.replace("COPY . .", "ADD https://example.com/umbra.tar.gz ."), "ADD: COPY is expected"),
    ("download", lambda text: text.replace("make package", "curl -O https://example.com/x && make package"), "RUN fetches"),
    ("lists", lambda text: text.replace(" && rm -rf /var/lib/apt/lists/*", " "), "no lists left behind"),
    ("stage", lambda text: text.replace("--from=build", "--from=builder"), "there is no stage builder"),
    ("root", lambda text: text.replace("USER 65532:65532", "USER root"), "USER must be a number"),
    ("no user", lambda text: text.replace("USER 65532:65532", ""), "USER must be a number"),
    ("signal", lambda text: text.replace("STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL"), "STOPSIGNAL must be"),
    ("health", lambda text: text.replace("HEALTHCHECK NONE", ""), "HEALTHCHECK must be decided"),
    ("shell form", lambda text: text.replace('["/usr/local/bin/umbra"]', "/usr/local/bin/umbra"), "must be a list"),
]


def tracked():
    if not (ROOT / ".git").exists():
        return None
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


class Dockerfiles(unittest.TestCase):
    def test_they_keep_the_rules(self):
        for name in ("Dockerfile", "shop.Dockerfile"):
            self.assertEqual(list(faults((FOLDER / name).read_text())), [], name)

    def test_each_rule_finds_what_breaks_it(self):
        for what, breaks, said in BROKEN:
            with self.subTest(what):
                broken = breaks(GOOD)
                self.assertNotEqual(broken, GOOD)
                self.assertIn(said, "\n".join(faults(broken)))

    def test_what_runs_is_what_the_other_tests_run(self):
        shop = instructions((FOLDER / "shop.Dockerfile").read_text())
        self.assertEqual(words(last(shop, "ENTRYPOINT")), shop_command())
        self.assertEqual(words(last(instructions(GOOD), "ENTRYPOINT")), ["/usr/local/bin/umbra"])

    def test_the_version_is_the_projects(self):
        version = subprocess.run([UMBRA, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        self.assertIn(f'image.version="{version}"', GOOD)

    def test_the_context_has_what_the_build_needs(self):
        paths = tracked()
        if paths is None:
            self.skipTest("not a checkout: nobody says what is in the tree")
        ignore = (FOLDER / "Dockerfile.dockerignore").read_text()
        kept = set(lets_through(ignore, paths))
        needed = {"examples/docker/make-root"} | {
            path for path in paths
            if path.startswith(("cmake/", "include/", "src/", "wrapper/", "scripts/install-packages"))
            or path in ("CMakeLists.txt", "Makefile")}
        self.assertEqual(needed - kept, set())
        self.assertEqual({path for path in kept if path.startswith(("tests/", "docs/", ".", "examples/shop"))}, set())
        # What the CMake files name outside of it would be missing.
        for path in kept:
            if path.endswith("CMakeLists.txt"):
                for line in (ROOT / path).read_text().splitlines():
                    self.assertNotRegex(line, r"CMAKE_SOURCE_DIR\}/(docs|tests|examples)/", path)
        shop = set(lets_through((FOLDER / "shop.Dockerfile.dockerignore").read_text(),
                                [*paths, "examples/shop/shop/__pycache__/api.cpython-311.pyc"]))
        self.assertIn("examples/shop/shop/templates/base.html", shop)
        self.assertEqual({path for path in shop if not path.startswith("examples/shop/") or "pycache" in path}, set())


@unittest.skipUnless(os.geteuid() == 0, "chroot needs root: the image's root is not tried")
class Image(Arrangement):
    @classmethod
    def setUpClass(cls):
        linked = subprocess.run(["ldd", str(UMBRA)], capture_output=True, text=True).stdout
        if "libasan" in linked or "libtsan" in linked:
            raise unittest.SkipTest("sanitizers look for more than an image has")
        folder = tempfile.TemporaryDirectory(prefix="umbra-image-")
        cls.addClassCleanup(folder.cleanup)
        pathlib.Path(folder.name).chmod(0o755)
        cls.root = pathlib.Path(folder.name) / "image"
        binaries = [each for each in (UMBRA, WRAPPER) if each.exists()]
        subprocess.run([FOLDER / "make-root", cls.root, *binaries], check=True)

    def test_it_relays_with_nothing_but_itself(self):
        names = {path.name for path in self.root.rglob("*") if path.is_file() and os.access(path, os.X_OK)}
        self.assertEqual(names & {"sh", "bash", "busybox", "apt", "perl", "python3"}, set())
        shipped = [path for path in self.root.rglob("*") if path.is_file()]
        self.assertLess(sum(path.stat().st_size for path in shipped), 40 << 20)
        port, app, shadow = free_ports(3)
        admin = self.root / "run/umbra/admin.sock"
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n")  # container engines bring it
        self.start("app", [*SERVER, str(app)], cwd=self.root / "etc")
        self.start("shadow", [*TLS_SERVER, str(shadow), *self.certificate()], cwd=self.root / "etc")

        def leave_for_the_image():
            os.chroot(self.root)
            os.chdir("/")
            os.setgroups([])
            os.setgid(65532)
            os.setuid(65532)

        umbra = self.start("umbra", ["/usr/local/bin/umbra", "proxy", "--listen", f"127.0.0.1:{port}", "--app",
                                     f"localhost:{app}", "--shadow", f"next=https://localhost:{shadow}",
                                     "--admin", "unix:/run/umbra/admin.sock"], prepare=leave_for_the_image)
        self.answers(umbra, admin)
        self.answers(umbra, port, "/passwd")

        # A whole copy: names are looked up, and certificates are checked against the store of the image.
        def copied():
            ask(port, "/passwd")
            return self.status(admin)["shadows"][0]["completed"]
        until(copied, "a copy over TLS")
        umbra.process.terminate()
        self.assertEqual(umbra.wait(), 0, umbra.text())

    def certificate(self):
        """For localhost, by an authority that stands at the end of the image's store."""
        certificate, key = self.folder / "localhost.pem", self.folder / "localhost.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        with open(self.root / "etc/ssl/certs/ca-certificates.crt", "a", encoding="ascii") as store:
            store.write(certificate.read_text())
        return str(certificate), str(key)

    def test_scanners_find_the_packages(self):
        packages = {path.name for path in (self.root / "var/lib/dpkg/status.d").iterdir()}
        self.assertLessEqual({"libc6", "libssl3"}, packages)
        if "libuv" not in subprocess.run(["ldd", str(UMBRA)], capture_output=True, text=True).stdout:
            self.assertEqual(packages, {"libc6", "libssl3"})  # as `make package` links it, and so the Dockerfile
        for name in packages:
            self.assertTrue((self.root / f"usr/share/doc/{name}/copyright").is_file(), name)

    def test_a_folder_with_something_in_it_is_left_alone(self):
        done = subprocess.run([FOLDER / "make-root", self.root, UMBRA], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, f"make-root: {self.root} is not empty\n"))


if __name__ == "__main__":
    unittest.main()
