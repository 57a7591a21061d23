"""Real applications through the classic buildpack: built, started as a dyno starts them, asked through umbra, copied
to a shadow, and ended as the platform ends them."""

import contextlib
import shlex
import shutil
import subprocess
import unittest

import fixture
from driver import language
from driver.classic import Builder
from driver.client import Background, curl
from driver.dyno import Dyno
from driver.shadow import Shadow

# What is asked of an application: the arguments of curl, the target, the body; and what it answers.
HELLO = (("--request", "GET"), "/", None, b"hello\n")
ASKED = [
    (("--request", "GET"), "/echo?a=1&b=%20%2F;c", None, b"GET /echo?a=1&b=%20%2F;c \n"),
    (("--request", "POST", "--data-binary", "@-"), "/echo", b"a=1&b=two", b"POST /echo a=1&b=two\n"),
    (("--request", "PUT", "--header", "Transfer-Encoding: chunked", "--data-binary", "@-"), "/echo?chunked",
     b"0123456789" * 10, b"PUT /echo?chunked " + b"0123456789" * 10 + b"\n"),
    (("--request", "DELETE"), "/echo?id=7", None, b"DELETE /echo?id=7 \n"),
]
SLOW = (("--request", "GET"), "/slow?seconds=1.5", None, b"slow ends\n")
TERMS = 3
STOP_DEADLINE = 20  # the platform kills after 30


def method(arguments):
    return arguments[1]


class AppCase(fixture.Case):
    commands = ""  # of the language's buildpack

    def setUp(self):
        super().setUp()
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.shadow = stack.enter_context(Shadow())
        self.builder = Builder(self.root / "builder")
        self.copies = []

    def build(self, app, **config):
        self.vars = config
        self.builder.config(**config)
        folder = self.builder.take(app)
        built = self.builder.run([self.pack().place, language.make(self.root / "language", self.commands)])
        self.assertEqual(built.status, 0, built.log)
        # The language's buildpack came second and found umbra by what the first one exported.
        self.assertEqual((folder / ".language" / "umbra").read_text(), f"{folder}/.umbra/bin/umbra\n")
        self.home = self.builder.slug(self.root / "dyno")
        return built

    def ask(self, dyno, asked, shadowed=True):
        arguments, target, body, wanted = asked
        answer = curl(dyno.port, *arguments, target=target, data=body)
        self.assertEqual((answer[0], answer[2]), (0, wanted), f"{arguments} {target}\n{dyno.logs()}")
        if shadowed:
            self.copies.append((method(arguments), target, body or b""))

    def begin_slow(self, dyno):
        slow = Background(dyno.port, *SLOW[0], target=SLOW[1])
        dyno.wait_for("the application had the slow request", lambda: "slow begins" in dyno.logs())
        self.copies.append((method(SLOW[0]), SLOW[1], b""))
        self.shadow.wait_for(len(self.copies))
        return slow

    def end(self, dyno, status, slow=None):
        """SIGTERM to all, several times: what is in flight is answered, and nothing stays."""
        self.assertEqual(dyno.terminate(TERMS, STOP_DEADLINE)[0], status, dyno.logs())
        if slow:
            self.assertEqual(slow.result(), (0, 200, SLOW[3]), dyno.logs())
        self.assertEqual(dyno.survivors(), set(), dyno.logs())
        self.assertEqual(self.shadow.got(), sorted(self.copies), dyno.logs())

    def serve(self, status):
        with Dyno(self.home, **self.vars) as dyno:
            dyno.wait_until_listening()
            for asked in [HELLO, *ASKED]:
                self.ask(dyno, asked)
            self.shadow.wait_for(len(self.copies))
            self.assertEqual(self.shadow.got(), sorted(self.copies), dyno.logs())
            self.end(dyno, status, self.begin_slow(dyno))


class Flask(AppCase):
    """Under gunicorn, with config/umbra.yaml that takes the shadow's port from a config var."""

    def test_flask(self):
        built = self.build(fixture.APPS / "flask", SHADOW_PORT=str(self.shadow.port))
        self.assertIn("config/umbra.yaml is in order", built.log)
        self.serve(status=0)
        self.assertEqual({headers["X-Env"] for *_, headers in self.shadow.requests}, {"shadow"})


class Ruby(AppCase):
    """Sinatra under puma by Bundler, with the files of the Ruby buildpack's time."""

    def test_sinatra(self):
        app = self.root / "app"
        shutil.copytree(fixture.APPS / "ruby", app)
        options = app / "config" / "gor.options"
        options.write_text(options.read_text().replace("https://my-downstream-app.herokuapp.com",
                                                       f"http://127.0.0.1:{self.shadow.port}"))
        self.build(app)
        self.serve(status=143)  # puma ends by the signal, once it has answered
        self.assertEqual({headers["Host"] for *_, headers in self.shadow.requests},
                         {"my-downstream-app.herokuapp.com"})

    def test_unchanged(self):
        """All three files as they were. Their shadow is somebody's host, so copying is switched off."""
        built = self.build(fixture.APPS / "ruby", UMBRA_MIRROR="off")
        self.assertIn("config/gor.options is in order", built.log)
        self.assertNotIn(" !     ", built.log)
        with Dyno(self.home, **self.vars) as dyno:
            dyno.wait_until_listening()
            for asked in [HELLO, *ASKED]:
                self.ask(dyno, asked, shadowed=False)
            self.end(dyno, 143)
        for name in ("Procfile", ".buildpacks", "config/gor.options"):
            self.assertEqual((self.home / name).read_text(), (fixture.APPS / "ruby" / name).read_text())


class Express(AppCase):
    """From npm, with the shadow in a config var and nothing else."""

    def node_modules(self):
        if not shutil.which("npm"):
            self.skipTest("there is no npm")
        place = self.root / "modules"
        place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(fixture.APPS / "express" / name, place)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"],
                              cwd=place, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            self.skipTest(f"npm ci failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        return place / "node_modules"

    def test_express(self):
        self.commands = f"cp -r {shlex.quote(str(self.node_modules()))} ."
        built = self.build(fixture.APPS / "express", UMBRA_SHADOWS=f"http://127.0.0.1:{self.shadow.port}")
        self.assertIn("UMBRA_SHADOWS is in order", built.log)
        self.serve(status=0)


class Static(AppCase):
    """A folder of files, served by Python's http.server, which ends at once on SIGTERM."""

    def test_static(self):
        page = (fixture.APPS / "static" / "public" / "index.html").read_bytes()
        self.build(fixture.APPS / "static", UMBRA_SHADOWS=f"http://127.0.0.1:{self.shadow.port}")
        with Dyno(self.home, **self.vars) as dyno:
            dyno.wait_until_listening()
            for target in ("/", "/index.html?v=1"):
                self.ask(dyno, (("--request", "GET"), target, None, page))
            self.shadow.wait_for(len(self.copies))
            self.end(dyno, 143)

    def test_switched_off(self):
        """UMBRA_OFF=1: the application alone, on the port itself."""
        self.build(fixture.APPS / "static", UMBRA_SHADOWS=f"http://127.0.0.1:{self.shadow.port}")
        with Dyno(self.home, UMBRA_OFF="1", **self.vars) as dyno:
            dyno.wait_until_listening()
            self.assertEqual(curl(dyno.port)[1], 200)
            commands = [command_line(pid) for pid, _ in dyno.processes()]
            self.assertEqual(len(commands), 1, commands)
            self.assertIn("http.server", commands[0])
            self.end(dyno, 143)

    def test_umbra_that_does_not_run(self):
        """A library that the dyno lacks: the application runs without umbra."""
        self.build(fixture.APPS / "static")
        (self.home / ".umbra" / "bin" / "umbra").write_text(
            "#!/bin/sh\necho 'umbra: error while loading shared libraries: libssl.so.3' >&2\nexit 127\n")
        with Dyno(self.home) as dyno:
            dyno.wait_until_listening()
            self.assertEqual(curl(dyno.port)[1], 200)
            self.assertIn("NOTHING IS COPIED", dyno.logs())
            self.end(dyno, 143)


def command_line(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().replace(b"\0", b" ").decode(errors="replace")


if __name__ == "__main__":
    unittest.main()
