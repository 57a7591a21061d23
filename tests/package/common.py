"""What the tests of the package share: the package, made once, and small servers."""

import contextlib
import functools
import http.server
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = None  # the build folder, set by `run`
DEBOOTSTRAP = False
DEADLINE = 60  # seconds, for what hangs
BARE = {"PATH": os.environ["PATH"]}  # the environment of programs in another root; chroot itself is found by it
_scratch = []


def clean():
    for folder in _scratch:
        shutil.rmtree(folder, ignore_errors=True)


def scratch():
    """A folder that is gone when all tests are done."""
    _scratch.append(tempfile.mkdtemp(prefix="umbra-package-"))
    return pathlib.Path(_scratch[-1])


def run(*command, env=None, cwd=ROOT, timeout=DEADLINE):
    """Runs it to its end; what it says on both streams is in stdout."""
    return subprocess.run([str(word) for word in command], env=env, cwd=cwd, timeout=timeout, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def pack(out, build=None, **variables):
    """scripts/package with `variables` in its environment."""
    env = {name: value for name, value in os.environ.items() if name not in ("STACK", "SOURCE_DATE_EPOCH")}
    return run(ROOT / "scripts/package", "--build", build or BUILD, "--out", out, env=env | variables)


@functools.cache
def package():
    """The package of this system."""
    out = scratch()
    packed = pack(out)
    if packed.returncode != 0:
        raise AssertionError(packed.stdout)
    return next(out.glob("*.tar.gz"))


@functools.cache
def unpacked():
    """Its content: the folder that holds bin/."""
    folder = scratch()
    with tarfile.open(package()) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


@functools.cache
def packed_programs():
    return (BUILD / "packed.txt").read_text().split()


class _Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(answer):
    """An HTTP server on 127.0.0.1: `answer(method, path, body)` gives the body, or None for a 404.  Yields its port."""
    class Handler(_Quiet):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = answer(self.command, self.path, body)
            self.send_response(404 if given is None else 200)
            self.send_header("Content-Length", str(len(given or b"")))
            self.end_headers()
            self.wfile.write(given or b"")

        do_POST = do_GET

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
