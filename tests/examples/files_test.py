"""Every file of the examples: it parses, umbra takes its configuration, its README exists, and links lead somewhere."""

import json
import os
import re
import subprocess
import unittest

import yaml

from lab import EXAMPLES, ROOT
from lab.processes import ENVIRONMENT
from lab.settings import settings

# What the files leave to flags, and the variables that they insist on.
SURROUNDINGS = {
    "kubernetes/umbra.yaml": (["--listen=:8080", "--app=127.0.0.1:5000"], {}),
    "staging/production.yaml": ([], {"MASK_KEY": "a key"}),
    "config/sidecar.yaml": ([], {"MASK_KEY": "a key"}),
    "heroku/config/umbra.yaml": ([], {"PORT": "5000"}),
    "config/heroku.yaml": ([], {"PORT": "5000"}),
}
SCHEMA = re.compile(r"^# yaml-language-server: \$schema=(\S+)$", re.MULTILINE)


def files(*suffixes):
    return sorted(path for path in EXAMPLES.rglob("*") if path.suffix in suffixes and path.is_file())


def configurations():
    return [path for path in files(".yaml") if SCHEMA.search(path.read_text())]


def pages():
    return sorted(EXAMPLES.rglob("README.md")) + [ROOT / "docs" / name for name in ("kubernetes.md", "deploying.md")]


def anchors(text):
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


class Files(unittest.TestCase):
    def test_they_parse(self):
        count = 0
        for path in files(".yaml", ".yml", ".json"):
            with self.subTest(path.relative_to(ROOT)):
                text = path.read_text()
                self.assertTrue([json.loads(text)] if path.suffix == ".json" else list(yaml.safe_load_all(text)))
                count += 1
        self.assertGreaterEqual(count, 15)

    def test_umbra_takes_every_configuration(self):
        found = configurations()
        names = {str(path.relative_to(EXAMPLES)) for path in found}
        self.assertLessEqual(SURROUNDINGS.keys(), names)
        # A configuration without the line for editors would not be checked here.
        named = {str(path.relative_to(EXAMPLES)) for path in files(".yaml") if path.name in ("umbra.yaml",)}
        self.assertLessEqual(named, names)
        for path in found:
            flags, env = SURROUNDINGS.get(str(path.relative_to(EXAMPLES)), ([], {}))
            with self.subTest(path.relative_to(ROOT)):
                settings(["--config", str(path), *flags], env)
                schema = path.parent / SCHEMA.search(path.read_text()).group(1)
                self.assertEqual(schema.resolve(), ROOT / "docs" / "umbra.schema.json")

    def test_every_folder_has_a_readme_and_is_in_the_index(self):
        index = (EXAMPLES / "README.md").read_text()
        for folder in sorted(path for path in EXAMPLES.iterdir() if path.is_dir()):
            with self.subTest(folder.name):
                self.assertIn(f"]({folder.name})", index)
                if folder.name != "config":  # docs/configuration.md is its README
                    self.assertTrue((folder / "README.md").is_file())

    def test_links_lead_somewhere(self):
        for page in pages():
            for target in re.findall(r"\]\(([^)#\s]*)(#[\w-]+)?\)", page.read_text()):
                path, anchor = target
                if "://" in path:
                    continue
                with self.subTest(page.relative_to(ROOT), link="".join(target)):
                    there = (page.parent / path).resolve() if path else page
                    if there == ROOT / "docs" / "heroku.md" and not there.exists():
                        self.skipTest("docs/heroku.md is not in this tree")
                    self.assertTrue(there.exists())
                    if anchor:
                        self.assertIn(anchor[1:], anchors(there.read_text()))

    def test_scripts_are_scripts(self):
        for path in (EXAMPLES / "docker" / "make-root",):
            self.assertTrue(os.access(path, os.X_OK))
            self.assertEqual(subprocess.run(["bash", "-n", path], env=ENVIRONMENT).returncode, 0)


class Pages(unittest.TestCase):
    """The commands that pages show are of files and flags that exist."""

    def test_files_that_commands_name_exist(self):
        for page in pages():
            for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
                for word in re.findall(r"examples/[\w./-]+", block):
                    if word.endswith("admin-token"):
                        continue  # made by the command
                    with self.subTest(page.relative_to(ROOT), file=word):
                        self.assertTrue((ROOT / word).exists())

    def test_flags_that_they_show_are_umbras(self):
        known = set()
        for command in ("proxy", "check", "explain"):
            known |= set(re.findall(r"--[a-z][a-z-]+", subprocess.run(
                [os.environ["UMBRA_BINARY"], command, "--help"], capture_output=True, text=True).stdout))
        for page in pages():
            for flags in re.findall(r"^(?:\S+=\S+ )*umbra (?:proxy|check|explain)(.*(?:\\\n.*)*)", page.read_text(),
                                    re.MULTILINE):
                with self.subTest(page.relative_to(ROOT), command=flags):
                    self.assertEqual(set(re.findall(r"--[a-z][a-z-]+", flags)) - known, set())


if __name__ == "__main__":
    unittest.main()
