"""The Software Bill of Materials: its form, and that nothing which is in the programs is missing in it."""

import hashlib
import json
import os
import re
import unittest

import common

SPDX = {"MIT", "BSD-3-Clause", "Apache-2.0", "Zlib", "LGPL-2.1-or-later"}
EXPRESSIONS = {"GPL-3.0-or-later WITH GCC-exception-3.1"}


def package_of(path):
    """dpkg's answer, asked in another way than the script does: through the lists of the packages."""
    names = {os.path.realpath(path), os.path.realpath(path).removeprefix("/usr")}
    lists = common.run("grep", "--line-regexp", "--fixed-strings", "--files-with-matches", "--recursive", "--include=*.list",
                       "\n".join(names), "/var/lib/dpkg/info").stdout.split()
    return [os.path.basename(name).removesuffix(".list").split(":")[0] for name in lists]


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = json.loads((common.unpacked() / "sbom.cdx.json").read_text())
        cls.libraries = [part for part in cls.document["components"] if part["type"] == "library"]
        cls.packages = {cls.property_of(part, "umbra:package"): part for part in cls.libraries}

    @staticmethod
    def property_of(part, name):
        return next(entry["value"] for entry in part["properties"] if entry["name"] == name)

    def test_is_cyclonedx_1_5(self):
        self.assertEqual((self.document["bomFormat"], self.document["specVersion"], self.document["version"]),
                         ("CycloneDX", "1.5", 1))
        self.assertRegex(self.document["serialNumber"],
                         r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
        self.assertRegex(self.document["metadata"]["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        known = {"$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies"}
        self.assertLessEqual(set(self.document), known)

    def test_names_the_program_as_it_names_itself(self):
        said = common.run(common.unpacked() / "bin/umbra", "--version").stdout
        component = self.document["metadata"]["component"]
        self.assertEqual(component["name"], "umbra")
        self.assertIn(component["version"], said)

    def test_every_library_has_a_version_a_licence_and_a_purl(self):
        for part in self.libraries:
            self.assertRegex(part["purl"], r"^pkg:deb/[a-z]+/[A-Za-z0-9.%+-]+@[^?]+\?arch=[a-z0-9]+&distro=[a-z]+-[a-z0-9.]+$")
            self.assertTrue(part["version"])
            [licence] = part["licenses"]
            self.assertTrue(licence.get("expression") in EXPRESSIONS or licence["license"]["id"] in SPDX, licence)
            self.assertIn(self.property_of(part, "umbra:linkage"), ("static", "headers", "dynamic"))

    def test_references_are_unique_and_lead_somewhere(self):
        references = [part["bom-ref"] for part in self.document["components"]]
        references.append(self.document["metadata"]["component"]["bom-ref"])
        self.assertEqual(len(references), len(set(references)))
        for entry in self.document["dependencies"]:
            self.assertLessEqual({entry["ref"], *entry["dependsOn"]}, set(references))

    def test_hashes_are_those_of_the_programs(self):
        files = {part["name"]: part["hashes"] for part in self.document["components"] if part["type"] == "file"}
        self.assertEqual(set(files), {f"bin/{program}" for program in common.packed_programs()})
        for name, hashes in files.items():
            digest = hashlib.sha256((common.unpacked() / name).read_bytes()).hexdigest()
            self.assertEqual(hashes, [{"alg": "SHA-256", "content": digest}])

    def test_every_library_that_is_loaded_stands_in_it(self):
        for program in (common.unpacked() / "bin").iterdir():
            for path in re.findall(r"(/\S+) \(0x", common.run("ldd", program).stdout):
                part = next((self.packages[name] for name in package_of(path) if name in self.packages), None)
                self.assertIsNotNone(part, path)
                self.assertEqual(self.property_of(part, "umbra:linkage"), "dynamic")

    def test_every_archive_that_the_linker_took_stands_in_it(self):
        seen = set()
        for program in common.packed_programs():
            text = (common.BUILD / f"{program}.map").read_text()
            # Lines as `/usr/lib/.../libuv_a.a(loop.c.o)`; libc_nonshared.a is the C library's own part.
            archives = {os.path.normpath(path) for path in re.findall(r"^(/\S+\.a)\(", text, re.M)}
            for path in archives:
                if path.startswith(str(common.BUILD)) or path.endswith("/libc_nonshared.a"):
                    continue
                seen.add(os.path.basename(path))
                self.assertTrue(any(name in self.packages for name in package_of(path)), path)
        self.assertTrue({"libuv_a.a", "libuv.a"} & seen, seen)
        self.assertLessEqual({"libre2.a", "libyaml-cpp.a", "libz.a", "libstdc++.a"}, seen)

    def test_every_header_only_library_stands_in_it(self):
        names = {part["name"] for part in self.libraries}
        self.assertLessEqual({"fmt", "cxxopts", "nlohmann-json", "llhttp"}, names)

    def test_notices_hold_the_licence_of_each_that_is_linked_in(self):
        notices = (common.unpacked() / "NOTICES").read_text()
        for package, part in self.packages.items():
            linked_in = self.property_of(part, "umbra:linkage") != "dynamic"
            self.assertEqual(f"({package} {part['version']})" in notices, linked_in, package)
        self.assertIn("Permission is hereby granted", notices)

    def test_a_package_without_a_known_licence_is_refused(self):
        folder = common.scratch()
        (folder / "linked-in.txt").write_text("sh /bin/sh\n")
        said = common.run(common.ROOT / "scripts/package-sbom", "--linked-in", folder / "linked-in.txt", "--version", "1",
                          "--distro", "debian-12", "--epoch", "0", "--sbom", folder / "sbom", "--notices", folder / "notices",
                          common.unpacked() / "bin/umbra")
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("add its licence", said.stdout)
        self.assertFalse((folder / "sbom").exists())
