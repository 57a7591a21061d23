"""docs/heroku.md: what it says can be checked without the platform."""

import re
import subprocess
import unittest

import fixture
from driver.buildpack import HERE, VERSION

DOCS = HERE.parents[1] / "docs"
TEXT = (DOCS / "heroku.md").read_text()
# Those that are no flag of `umbra proxy`.
VARIABLES = {"UMBRA_OFF", "UMBRA_MIRROR", "UMBRA_SHADOWS", "UMBRA_STRICT", "UMBRA_PACKAGE_SHA256"}


def blocks(language):
    # A block within a list is indented.
    return [re.sub(r"^ {3}", "", text, flags=re.MULTILINE) if indented else text
            for indented, text in re.findall(rf"^( *)```{language}\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)]


class Docs(fixture.Case):
    def test_every_configuration_is_sound(self):
        self.assertTrue(blocks("yaml"))
        for text in blocks("yaml"):
            app = self.app({"config/umbra.yaml": text})
            done = subprocess.run([fixture.programs()["umbra"], "check", "--quiet"], cwd=app, capture_output=True,
                                  text=True, check=False, env={"PORT": "5000"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), text)

    def test_every_variable_exists(self):
        said = subprocess.run([fixture.programs()["umbra"], "proxy", "--help"], capture_output=True, text=True,
                              check=True).stdout
        flags = {"UMBRA_" + flag.upper().replace("-", "_") for flag in re.findall(r"--([a-z][a-z-]+)", said)}
        named = set(re.findall(r"UMBRA_[A-Z][A-Z0-9_]*[A-Z0-9]", TEXT))
        self.assertTrue(named)
        self.assertEqual(named - flags - VARIABLES, set())

    def test_every_flag_of_the_wrapper_exists(self):
        said = subprocess.run([fixture.programs()["start-traffic-duplicator"], "--help"], capture_output=True,
                              text=True, check=True).stdout
        for flag in ("--app-port", "--app", "--listen-at-once", "--shell"):
            self.assertIn(flag, TEXT)
            self.assertIn(flag, said)

    def test_every_script_can_be_read_by_a_shell(self):
        for text in blocks("sh"):
            done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), text)

    def test_files_and_sections_that_are_linked_to(self):
        for file, section in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]+))?\)", TEXT):
            path = DOCS / file if file else DOCS / "heroku.md"
            self.assertTrue(path.exists(), file)
            if section:
                titles = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
                self.assertIn(section, [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
                                        for title in titles])

    def test_the_version(self):
        self.assertEqual(set(re.findall(r"umbra(?:-buildpack)?-(\d+\.\d+\.\d+)", TEXT)), {VERSION})


if __name__ == "__main__":
    unittest.main()
