"""What is in a package, what it needs, and that the same tree gives the same bytes."""

import hashlib
import os
import re
import subprocess
import tarfile
import unittest

import common


def needed(program):
    said = common.run("readelf", "--dynamic", "--wide", program).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", said))


class Package(unittest.TestCase):
    def test_is_named_after_version_system_and_architecture(self):
        arch = common.run("dpkg", "--print-architecture").stdout.strip()
        self.assertRegex(common.package().name, rf"^umbra-\d+\.\d+\.\d+-[a-z]+-[0-9.a-z]+-{arch}\.tar\.gz$")

    def test_holds_what_it_should_and_nothing_else(self):
        with tarfile.open(common.package()) as archive:
            members = {member.name.split("/", 1)[1]: member for member in archive if "/" in member.name}
        programs = {f"bin/{program}" for program in ("umbra", "start-traffic-duplicator")}
        self.assertEqual(set(members), programs | {"bin", "LICENSE", "NOTICES", "README", "sbom.cdx.json"})
        for name, member in members.items():
            self.assertEqual((member.uid, member.gid, member.uname), (0, 0, ""), name)
            self.assertEqual(member.mode, 0o755 if name in programs | {"bin"} else 0o644, name)

    def test_checksum_is_in_the_form_of_sha256sum(self):
        text = common.package().with_name(common.package().name + ".sha256").read_text()
        digest = hashlib.sha256(common.package().read_bytes()).hexdigest()
        self.assertEqual(text, f"{digest}  {common.package().name}\n")

    def test_programs_need_the_c_library_and_openssl_only(self):
        # Not the script's own list: what a system with libssl3 has.
        allowed = re.compile(r"lib(c|m)\.so\.6|lib(ssl|crypto)\.so\.3|ld-linux[-a-z0-9_]*\.so\.\d")
        for program in (common.unpacked() / "bin").iterdir():
            libraries = needed(program)
            self.assertIn("libc.so.6", libraries)
            self.assertEqual([name for name in libraries if not allowed.fullmatch(name)], [], program)

    def test_programs_are_stripped_and_name_no_folder_of_the_build(self):
        for program in (common.unpacked() / "bin").iterdir():
            self.assertNotIn(".symtab", common.run("readelf", "--sections", "--wide", program).stdout)
            self.assertNotIn(os.fsencode(common.ROOT), program.read_bytes(), program)

    def test_the_same_tree_gives_the_same_bytes(self):
        out = common.scratch()
        before = os.umask(0o077)
        try:
            packed = common.pack(out, TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8")
        finally:
            os.umask(before)
        self.assertEqual(packed.returncode, 0, packed.stdout)
        self.assertEqual((out / common.package().name).read_bytes(), common.package().read_bytes())

    def test_the_epoch_is_the_time_of_its_files(self):
        out = common.scratch()
        self.assertEqual(common.pack(out, SOURCE_DATE_EPOCH="86400").returncode, 0)
        with tarfile.open(next(out.glob("*.tar.gz"))) as archive:
            self.assertEqual({member.mtime for member in archive}, {86400})

    def test_stack_names_it(self):
        out = common.scratch()
        packed = common.pack(out, STACK="heroku-24")
        self.assertEqual(packed.returncode, 0, packed.stdout)
        self.assertRegex(next(out.glob("*.tar.gz")).name, r"-heroku-24-")

    def test_a_stack_that_is_no_name_is_refused(self):
        for stack in ("../heroku", "heroku 24", "Heroku-24"):
            packed = common.pack(common.scratch(), STACK=stack)
            self.assertNotEqual(packed.returncode, 0, stack)
            self.assertIn(f"STACK={stack}", packed.stdout)

    def test_a_build_that_is_not_static_is_refused(self):
        packed = common.pack(common.scratch(), build=common.scratch())
        self.assertNotEqual(packed.returncode, 0)
        self.assertIn("UMBRA_STATIC", packed.stdout)

    def test_a_program_that_needs_another_library_is_refused(self):
        build, out = common.scratch(), common.scratch()
        subprocess.run(["gcc", "-x", "c", "-", "-o", build / "umbra", "-Wl,--no-as-needed", "-lz"],
                       input=b"int main(void) { return 0; }", check=True)
        (build / "packed.txt").write_text("umbra\n")
        (build / "linked-in.txt").write_text("")
        (build / "CMakeCache.txt").write_text("CMAKE_PROJECT_VERSION:STATIC=1.2.3\n")
        packed = common.pack(out, build=build)
        self.assertNotEqual(packed.returncode, 0)
        self.assertIn("libz.so.1", packed.stdout)
        self.assertEqual(list(out.iterdir()), [])


class Buildpack(unittest.TestCase):
    def test_holds_the_buildpack_the_packages_and_the_source(self):
        out = common.scratch()
        self.assertEqual(common.pack(out, STACK="heroku-24").returncode, 0)
        packed = common.run(common.ROOT / "scripts/package-buildpack", "--out", out)
        self.assertEqual(packed.returncode, 0, packed.stdout)
        with tarfile.open(next(out.glob("*.tgz"))) as archive:
            names = {name.removeprefix("./") for name in archive.getnames()}
        package = next(out.glob("*.tar.gz")).name
        self.assertLessEqual({"lib/umbra_binary.sh", f"packages/{package}", f"packages/{package}.sha256",
                              "source/CMakeLists.txt", "source/cmake/UmbraStatic.cmake", "source/src/CMakeLists.txt",
                              "source/wrapper/CMakeLists.txt"}, names)

    def test_a_package_that_was_changed_is_not_taken(self):
        out = common.scratch()
        self.assertEqual(common.pack(out).returncode, 0)
        with next(out.glob("*.tar.gz")).open("ab") as package:
            package.write(b"x")
        packed = common.run(common.ROOT / "scripts/package-buildpack", "--out", out)
        self.assertNotEqual(packed.returncode, 0)
        self.assertIn(".sha256", packed.stdout)
