"""The lifecycle of Cloud Native buildpacks, as far as bin/detect and bin/build see it, with layers that are kept and
restored between builds."""

import json
import os
import pathlib
import shutil
import subprocess
import time

from . import buildpack
from .classic import BASE_PATH, BUILD_DEADLINE, Result


class Lifecycle:
    def __init__(self, root, pack):
        self.root = pathlib.Path(root)
        self.pack = pack
        self.platform = self.root / "platform"
        self.kept = self.root / "kept"
        (self.platform / "env").mkdir(parents=True)
        self.kept.mkdir()
        self.builds = 0

    def config(self, **values):
        for name, value in values.items():
            (self.platform / "env" / name).write_text(value)

    def environment(self):
        name, version = buildpack.STACK.split("-")
        return {"HOME": str(self.root), "PATH": BASE_PATH, "CNB_BUILDPACK_DIR": str(self.pack.place),
                "CNB_PLATFORM_DIR": str(self.platform), "CNB_TARGET_OS": "linux",
                "CNB_TARGET_ARCH": buildpack.architecture(), "CNB_TARGET_DISTRO_NAME": name,
                "CNB_TARGET_DISTRO_VERSION": version}

    def detect(self, app):
        plan = self.root / "detect.toml"
        plan.write_text("")
        done = subprocess.run([self.pack.script("detect"), str(self.platform), str(plan)], cwd=app, check=False,
                              capture_output=True, text=True, timeout=BUILD_DEADLINE,
                              env={**self.environment(), "CNB_BUILD_PLAN_PATH": str(plan)})
        return done.returncode

    def build(self, app):
        self.builds += 1
        self.layers = self.root / f"layers_{self.builds}"
        self.restore()
        plan = self.root / "build.toml"
        plan.write_text("")
        begun = time.monotonic()
        done = subprocess.run([self.pack.script("build"), str(self.layers), str(self.platform), str(plan)], cwd=app,
                              check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=BUILD_DEADLINE,
                              env={**self.environment(), "CNB_LAYERS_DIR": str(self.layers),
                                   "CNB_BP_PLAN_PATH": str(plan)})
        if done.returncode == 0:
            self.keep()
        return Result(done.returncode, done.stdout, time.monotonic() - begun)

    def described(self):
        """{layer: its .toml} of the last build."""
        return {path.stem: toml(path) for path in self.layers.glob("*.toml")}

    def keep(self):
        """Layers that are for the cache outlive the build, with their metadata but without their types."""
        shutil.rmtree(self.kept)
        self.kept.mkdir()
        for name, description in self.described().items():
            if description.get("types", {}).get("cache"):
                shutil.copytree(self.layers / name, self.kept / name, symlinks=True)
                # As the lifecycle's own writer lays it out.
                lines = [f"  {key} = {json.dumps(value)}\n" for key, value in
                         sorted(description.get("metadata", {}).items())]
                (self.kept / f"{name}.toml").write_text("[metadata]\n" + "".join(lines))

    def restore(self):
        shutil.copytree(self.kept, self.layers, symlinks=True)

    def launch_environment(self):
        """What the launcher makes of the launch layers: their bin on the PATH, and their env.launch."""
        path, variables = BASE_PATH, {}
        for name, description in sorted(self.described().items()):
            if not description.get("types", {}).get("launch"):
                continue
            path = f"{self.layers / name / 'bin'}:{path}"
            for file in sorted((self.layers / name).glob("env.launch/*.override")):
                variables[file.stem] = file.read_text()
        return {**variables, "PATH": path}


def toml(path):
    """The few shapes of TOML that a layer's description has; Debian 12's Python may be older than tomllib."""
    tables, table = {}, None
    for line in path.read_text().splitlines():
        line = line.strip()
        if line.startswith("["):
            table = tables.setdefault(line.strip("[]"), {})
        elif line:
            key, value = line.split(" = ", 1)
            table[key] = json.loads(value)
    return tables


def snapshot(folder):
    """Every file below with what would change if somebody wrote to it."""
    return {str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size, oct(path.lstat().st_mode))
            for path in pathlib.Path(folder).rglob("*")} | {".": os.stat(folder).st_mtime_ns}
