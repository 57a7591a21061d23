"""The package on a system that has the C library and OpenSSL, and nothing else: does it start, does it relay?"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest
import urllib.request

import common

CONFIG = "examples/config/sidecar.yaml"


def chroot_command():
    """What runs a command in another root, or None with the reason why nothing can."""
    if os.geteuid() == 0:
        return ["chroot"], ""
    if common.run("unshare", "--map-root-user", "true").returncode == 0:
        return ["unshare", "--map-root-user", "chroot"], ""
    return None, "needs root, or user namespaces (unshare --map-root-user)"


def owner_of_library(name):
    """The package of a shared library of this system: libssl3 here, libssl3t64 there."""
    return common.run("dpkg-query", "--search", f"*/{name}").stdout.split(":")[0]


def fetched(cache, packages):
    """The packages' archives, which apt verifies; [] without a network."""
    cache.mkdir(parents=True, exist_ok=True)
    archives = [next(iter(cache.glob(f"{package}_*.deb")), None) for package in packages]
    if None in archives:
        said = common.run("apt-get", "--quiet", "-o", "APT::Sandbox::User=root", "-o", "Acquire::http::Timeout=10",
                          "-o", "Acquire::Retries=0", "download", *packages, cwd=cache)
        if said.returncode != 0:
            print(f"\napt-get download: {said.stdout.strip()}\nTaking what is installed here instead.", file=sys.stderr)
            return []
        archives = [next(cache.glob(f"{package}_*.deb")) for package in packages]
    return archives


def copy_installed(package, root):
    for line in common.run("dpkg-query", "--listfiles", package).stdout.splitlines():
        path = pathlib.Path(line)
        # A link to a folder of another package (/lib) is made below; here only what the package brings.
        target = root / os.path.realpath(path.parent).lstrip("/") / path.name
        if path.is_dir() and not path.is_symlink():
            continue
        if path.is_symlink() or path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)


def merge_usr(root):
    """/lib is a link to /usr/lib on the systems of today, but dpkg-deb knows nothing of it."""
    for name in ("lib", "lib64"):
        folder = root / name
        if folder.is_dir() and not folder.is_symlink():
            shutil.copytree(folder, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(folder)
        if (root / "usr" / name).exists() and not folder.is_symlink():
            folder.symlink_to(f"usr/{name}")


def bare_root(root):
    packages = ["libc6", owner_of_library("libssl.so.3")]
    archives = fetched(common.BUILD / "bare-root", packages)
    for archive in archives:
        subprocess.run(["dpkg-deb", "--extract", archive, root], check=True)
    if not archives:
        for package in packages:
            copy_installed(package, root)
    merge_usr(root)


def debootstrap_root(root):
    release = dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    libssl = owner_of_library("libssl.so.3")
    said = common.run("debootstrap", "--variant=minbase", f"--include={libssl}", release["VERSION_CODENAME"].strip('"'), root,
                      timeout=900)
    if said.returncode != 0:
        raise AssertionError(said.stdout)
    print(f"\ndebootstrap --variant=minbase --include={libssl}: {said.stdout.splitlines()[-1]}", file=sys.stderr)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bare:
    """The tests, on the root that `make_root` gives."""

    @classmethod
    def setUpClass(cls):
        cls.command, reason = chroot_command()
        if cls.command is None:
            print(f"\nSKIPPED, so nothing shows that the package starts on a bare system: {reason}", file=sys.stderr)
            raise unittest.SkipTest(reason)
        cls.root = common.scratch()
        cls.make_root(cls.root)
        shutil.copytree(common.unpacked(), cls.root / "opt/umbra")
        (cls.root / "etc").mkdir(exist_ok=True)
        shutil.copy(common.ROOT / CONFIG, cls.root / "etc/umbra.yaml")
        cls.make_certificate(cls.root / "etc")
        cls.root.chmod(0o755)

    @staticmethod
    def make_certificate(folder):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)

    def inside(self, *words):
        return [*self.command, str(self.root), *(str(word) for word in words)]

    @contextlib.contextmanager
    def proxy(self, *flags):
        """umbra proxy in the root, as a process group of its own; gives its port once it listens."""
        port = free_port()
        process = subprocess.Popen(self.inside("/opt/umbra/bin/umbra", "proxy", "--listen", f"127.0.0.1:{port}", *flags),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=common.BARE,
                                   start_new_session=True)
        try:
            self.await_listening(process, port)
            yield port
            os.killpg(process.pid, signal.SIGTERM)
            self.assertEqual(process.wait(common.DEADLINE), 0, "umbra did not drain")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def await_listening(self, process, port):
        deadline = time.monotonic() + common.DEADLINE
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self.fail(f"umbra ended: {process.communicate()[0]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.02)
        self.fail("umbra does not listen")

    def test_nothing_that_is_linked_in_is_there(self):
        names = {path.name for path in self.root.rglob("lib*.so*")}
        self.assertIn("libssl.so.3", names)
        self.assertEqual({name for name in names for stem in ("libuv.", "libre2.", "libyaml-cpp.", "libfmt.")
                          if name.startswith(stem)}, set())

    def test_says_its_version(self):
        said = common.run(*self.inside("/opt/umbra/bin/umbra", "--version"), env=common.BARE)
        self.assertEqual((said.returncode, said.stdout.strip()), (0, common.run(
            common.unpacked() / "bin/umbra", "--version").stdout.strip()))

    def test_checks_a_configuration(self):
        said = common.run(*self.inside("/opt/umbra/bin/umbra", "check", "--config", "/etc/umbra.yaml"),
                          env=common.BARE | {"MASK_KEY": "0123456789abcdef"})
        self.assertEqual(said.returncode, 0, said.stdout)
        self.assertIn("shadow", said.stdout)

    def test_wrapper_starts(self):
        said = common.run(*self.inside("/opt/umbra/bin/start-traffic-duplicator", "--help"), env=common.BARE)
        self.assertEqual(said.returncode, 0, said.stdout)
        self.assertIn("start-traffic-duplicator", said.stdout)

    def test_relays_a_request_and_copies_it(self):
        copies = []
        with common.serving(lambda method, path, body: f"{method} {path} ".encode() + body) as app, \
                common.serving(lambda *copy: copies.append(copy) or b"") as shadow, \
                self.proxy("--app", f"127.0.0.1:{app}", "--shadow", f"next=http://127.0.0.1:{shadow}") as port:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/a?b=c", b"words", common.DEADLINE) as answer:
                self.assertEqual(answer.read(), b"POST /a?b=c words")
            deadline = time.monotonic() + common.DEADLINE
            while not copies and time.monotonic() < deadline:
                time.sleep(0.02)
        self.assertEqual(copies, [("POST", "/a?b=c", b"words")])

    def test_ends_tls_with_the_systems_openssl(self):
        with common.serving(lambda *_: b"behind TLS") as app, \
                self.proxy("--app", f"127.0.0.1:{app}", "--tls-cert", "/etc/cert.pem", "--tls-key", "/etc/key.pem") as port:
            context = ssl.create_default_context(cafile=self.root / "etc/cert.pem")
            with urllib.request.urlopen(f"https://127.0.0.1:{port}/", None, common.DEADLINE, context=context) as answer:
                self.assertEqual(answer.read(), b"behind TLS")


class BareChroot(Bare, unittest.TestCase):
    make_root = staticmethod(bare_root)


class DebootstrapChroot(Bare, unittest.TestCase):
    make_root = staticmethod(debootstrap_root)

    @classmethod
    def setUpClass(cls):
        if not common.DEBOOTSTRAP:
            raise unittest.SkipTest("only with --debootstrap (make test-package DEBOOTSTRAP=1)")
        if os.geteuid() != 0 or not shutil.which("debootstrap"):
            raise AssertionError("--debootstrap needs root and the package debootstrap")
        super().setUpClass()
