"""What the tests share: the binaries that are tested, temporary folders, and the applications."""

import os
import pathlib
import shutil
import tempfile
import unittest

from driver.buildpack import HERE, PROGRAMS, VERSION, Buildpack

BUILD = pathlib.Path(os.environ.get("UMBRA_BUILD", HERE.parents[1] / "build-release")).resolve()
APPS = HERE / "apps"


def programs():
    found = {name: next((path for path in (BUILD / name, BUILD / "wrapper" / name) if path.is_file()), None)
             for name in PROGRAMS}
    for name, path in found.items():
        if path is None:
            raise FileNotFoundError(f"{name} is not in {BUILD}: build it first, or set UMBRA_BUILD")
    return found


class Case(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="umbra-buildpack-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def pack(self, **changed):
        """The buildpack with a package; `umbra=FILE` puts another program into it."""
        files = {**programs(), **{name.replace("_", "-"): path for name, path in changed.items()}}
        return Buildpack(pathlib.Path(tempfile.mkdtemp(dir=self.root), "buildpack"), files)

    def app(self, files):
        """An application folder made of {path: text}."""
        app = pathlib.Path(tempfile.mkdtemp(prefix="app-", dir=self.root))
        for path, text in files.items():
            (app / path).parent.mkdir(parents=True, exist_ok=True)
            (app / path).write_text(text)
        return app

    def program(self, text):
        path = pathlib.Path(tempfile.mkdtemp(dir=self.root), "program")
        path.write_text(text)
        path.chmod(0o755)
        return path
