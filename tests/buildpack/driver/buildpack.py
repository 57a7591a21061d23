"""Copies of the buildpack as a platform has them: the folder alone, with packages in it or without any."""

import atexit
import functools
import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
PROGRAMS = ("umbra", "start-traffic-duplicator")
VERSION = re.search(r"project\(umbra VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
STACK = "debian-12"  # a name and no more: these packages hold what the build folder holds


def architecture():
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


class Buildpack:
    """A copy of buildpack/ in `place`; `programs` are the files that its package holds, by name."""

    def __init__(self, place, programs=None):
        self.place = pathlib.Path(place)
        shutil.copytree(ROOT / "buildpack", self.place, ignore=shutil.ignore_patterns("packages", "source", "export"))
        if programs:
            (self.place / "packages").mkdir()
            for file in packed(tuple(programs[name] for name in PROGRAMS)):
                shutil.copy(file, self.place / "packages")

    def script(self, name):
        return str(self.place / "bin" / name)


@functools.cache
def packed(files):
    """A package of these programs, in the order of PROGRAMS, and its checksum: made once for all tests."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="umbra-package-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    package, _ = make_package(folder, dict(zip(PROGRAMS, files)))
    return package, pathlib.Path(f"{package}.sha256")


def make_package(folder, programs, texts=None):
    """umbra-VERSION-STACK-ARCH.tar.gz in `folder`, with its checksum beside it; `texts` are further files in it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"umbra-{VERSION}-{STACK}-{architecture()}"
    package = folder / f"{name}.tar.gz"
    with tarfile.open(package, "w:gz", compresslevel=1) as tar:
        for program in PROGRAMS:
            tar.add(programs[program], f"{name}/bin/{program}", filter=executable)
        for path, text in (texts or {}).items():
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    (folder / f"{package.name}.sha256").write_text(f"{digest}  {package.name}\n")
    return package, digest


# How long the compiler of `make_source` takes.
BUILD_SECONDS = 2
SOURCE = """cmake_minimum_required(VERSION 3.22)
project(umbra VERSION {version} LANGUAGES NONE)
add_custom_target(packed COMMAND ${{CMAKE_COMMAND}} -E sleep {seconds}
  COMMAND ${{CMAKE_COMMAND}} -E copy {programs} ${{CMAKE_BINARY_DIR}})
"""


def make_source(folder, programs):
    """A source tree in the place of umbra's: the same target gives the same programs, in seconds."""
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(SOURCE.format(
        version=VERSION, seconds=BUILD_SECONDS, programs=" ".join(f'"{programs[name]}"' for name in PROGRAMS)))


def executable(entry):
    entry.mode = 0o755
    entry.uid = entry.gid = os.getuid()
    return entry
