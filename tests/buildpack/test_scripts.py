"""The buildpack's own files."""

import re
import shutil
import subprocess
import unittest

import fixture

BUILDPACK = fixture.HERE.parents[1] / "buildpack"


class Scripts(unittest.TestCase):
    def test_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("there is no shellcheck")
        files = [*sorted((BUILDPACK / "bin").iterdir()), *sorted((BUILDPACK / "lib").glob("*.sh")),
                 fixture.HERE / "driver" / "build"]
        done = subprocess.run(["shellcheck", "--shell=bash", *files], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_programs_can_be_run(self):
        for name in ("detect", "compile", "release", "build"):
            self.assertTrue((BUILDPACK / "bin" / name).stat().st_mode & 0o111, name)

    def test_the_versions_are_one(self):
        text = (BUILDPACK / "buildpack.toml").read_text()
        self.assertEqual(re.search(r'^version = "(.*)"$', text, re.MULTILINE).group(1), fixture.VERSION)


if __name__ == "__main__":
    unittest.main()
