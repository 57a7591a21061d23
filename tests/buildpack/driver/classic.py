"""The classic builder: one build folder, a cache folder, a folder of config vars, and buildpacks one after another."""

import dataclasses
import pathlib
import shutil
import subprocess
import time

from . import buildpack

BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BUILD_DEADLINE = 120


@dataclasses.dataclass
class Result:
    status: int
    log: str
    seconds: float


class Builder:
    """`root` is all of its own; its cache lives as long as it does, its build folder for one build."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.cache = self.root / "cache"
        self.vars = self.root / "env"
        self.cache.mkdir(parents=True)
        self.vars.mkdir()
        self.builds = 0

    def config(self, **values):
        for name, value in values.items():
            (self.vars / name).write_text(value)

    def take(self, app):
        """A fresh build folder with the application in it."""
        self.builds += 1
        self.build = self.root / f"build_{self.builds}"
        shutil.copytree(app, self.build, symlinks=True)
        return self.build

    def environment(self, **more):
        # GIT_DIR is what a push leaves behind in the environment of a build.
        return {"HOME": str(self.root), "PATH": BASE_PATH, "STACK": buildpack.STACK, "GIT_DIR": "/nowhere/.git",
                "DYNO": "run.1", **more}

    def run(self, packs, **environment):
        """Each of `packs` in order: detect, compile, what it exports for the next ones, release."""
        begun = time.monotonic()
        log = self.root / f"log_{self.builds}"
        with log.open("w") as out:
            done = subprocess.run(["bash", str(buildpack.HERE / "driver" / "build"), str(self.build), str(self.cache),
                                   str(self.vars), *(str(pack) for pack in packs)],
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                  env=self.environment(**environment), timeout=BUILD_DEADLINE, check=False)
        return Result(done.returncode, log.read_text(), time.monotonic() - begun)

    def slug(self, place):
        """The build folder goes through an archive to another place, as it does on its way to a dyno."""
        home = pathlib.Path(place) / "app"
        home.mkdir(parents=True)
        archive = self.root / f"slug_{self.builds}.tar"
        subprocess.run(["tar", "-cf", archive, "-C", self.build, "."], check=True)
        subprocess.run(["tar", "-xf", archive, "-C", home], check=True)
        shutil.rmtree(self.build)
        return home
