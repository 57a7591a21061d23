"""provide_umbra of buildpack/lib/umbra_binary.sh: each way to umbra, in order, and each way to fail.

The builds here are of a small project that looks like umbra from outside; a real one takes minutes.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import unittest

import common

LIBRARY = common.ROOT / "buildpack/lib/umbra_binary.sh"
HERE = common.run("bash", "-c", '. /etc/os-release; echo "$ID-$VERSION_ID"').stdout.strip()
ARCH = common.run("dpkg", "--print-architecture").stdout.strip()

PROJECT = """cmake_minimum_required(VERSION 3.22)
project(umbra VERSION 9.8.7 LANGUAGES C)
{}
add_executable(umbra src/main.c)
add_executable(start-traffic-duplicator src/main.c)
add_custom_target(packed DEPENDS umbra start-traffic-duplicator)
"""
NEEDS_MARKER = """find_package(PkgConfig REQUIRED)
pkg_check_modules(MARKER REQUIRED IMPORTED_TARGET marker)
find_path(FOUND marker_too.h PATH_SUFFIXES share/marker REQUIRED)
link_libraries(PkgConfig::MARKER)
add_compile_definitions(USE_MARKER)
"""
MAIN = """#include <stdio.h>
#ifdef USE_MARKER
#include <marker.h>
#endif
int main(void) { return puts("umbra 9.8.7") < 0; }
"""
FAKE_APT_GET = """#!/bin/bash
# Brings @debs@ as apt-get would, and notes how it was called.
echo "$*" >>@log@
for word; do case $word in Dir::Cache=*) cache=${word#*=}/archives ;; esac; done
case " $* " in
  *' update '*) exit @status@ ;;
  *' install '*) cp @debs@/*.deb "$cache/" ;;
  *' download '*) : ;;
esac
"""
FAKE_APT_CACHE = """#!/bin/bash
for name; do :; done
case $name in libllhttp-dev) echo '  Candidate: (none)' ;; *) echo '  Candidate: 1.0' ;; esac
"""


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Provide(unittest.TestCase):
    def setUp(self):
        self.folder = common.scratch()
        self.buildpack = self.folder / "buildpack"
        self.cache = self.folder / "cache"
        self.destination = self.folder / "destination"
        self.temporary = self.folder / "temporary"
        self.temporary.mkdir()
        shutil.copytree(LIBRARY.parent, self.buildpack / "lib")

    def provide(self, path=os.environ["PATH"], options="-euo pipefail", **variables):
        env = {"PATH": path, "HOME": str(self.folder), "TMPDIR": str(self.temporary),
               "BUILDPACK_DIR": str(self.buildpack)} | variables
        done = common.run("bash", "-c", f'set {options}; . "$BUILDPACK_DIR/lib/umbra_binary.sh"; provide_umbra "$1" "$2"',
                          "bash", self.destination, self.cache, env=env, cwd=self.folder)
        self.assertEqual(list(self.temporary.iterdir()), [], "something was left behind")
        for line in done.stdout.splitlines():
            self.assertRegex(line, r"^(-----> \S| {7}| !     \S)", done.stdout)
        return done

    def provided(self, **variables):
        done = self.provide(**variables)
        self.assertEqual(done.returncode, 0, done.stdout)
        for program in ("umbra", "start-traffic-duplicator"):
            self.assertTrue(os.access(self.destination / "bin" / program, os.X_OK), program)
        self.assertEqual(common.run(self.destination / "bin/umbra", "--version").returncode, 0)
        return done.stdout

    def refused(self, **variables):
        done = self.provide(**variables)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertFalse((self.destination / "bin").exists())
        return done.stdout

    def add_package(self, stack=HERE, version="0.1.0", arch=ARCH, digest=None):
        package = self.buildpack / "packages" / f"umbra-{version}-{stack}-{arch}.tar.gz"
        package.parent.mkdir(exist_ok=True)
        shutil.copy(common.package(), package)
        write(package.with_name(package.name + ".sha256"), f"{digest or sha256(package)}  {package.name}\n")
        return package

    def add_source(self, needs=""):
        write(self.buildpack / "source/CMakeLists.txt", PROJECT.format(needs))
        write(self.buildpack / "source/src/main.c", MAIN)

    # 1. packages/

    def test_package_of_the_buildpack(self):
        self.add_package()
        said = self.provided()
        self.assertIn(f"packages/umbra-0.1.0-{HERE}-{ARCH}.tar.gz", said)
        for name in ("sbom.cdx.json", "LICENSE", "NOTICES"):
            self.assertTrue((self.destination / name).exists(), name)

    def test_package_of_a_stack(self):
        for stack, package in (("heroku-24", "heroku-24"), ("heroku-24", "ubuntu-24.04"), ("heroku-22", "ubuntu-22.04"),
                               ("heroku-26", "ubuntu-26.04"), ("ubuntu-24.04", "heroku-24")):
            with self.subTest(stack=stack, package=package):
                shutil.rmtree(self.buildpack / "packages", ignore_errors=True)
                self.add_package(stack=package)
                self.assertIn(f"-{package}-", self.provided(STACK=stack))

    def test_package_for_a_cloud_native_target(self):
        self.add_package(stack="ubuntu-24.04", arch="arm64")
        self.provided(CNB_TARGET_DISTRO_NAME="ubuntu", CNB_TARGET_DISTRO_VERSION="24.04", CNB_TARGET_ARCH="arm64",
                      STACK="heroku-22")

    def test_package_of_another_stack_or_architecture_is_not_taken(self):
        self.add_package(stack="heroku-22")
        self.add_package(stack="heroku-24", arch="riscv64")
        self.assertIn("There is no umbra for heroku-24", self.refused(STACK="heroku-24"))

    def test_newest_package_is_taken(self):
        for version in ("0.9.0", "0.10.0", "0.2.0"):
            self.add_package(version=version)
        self.assertIn("umbra-0.10.0-", self.provided())

    def test_package_with_another_hash_is_passed_over(self):
        self.add_package(version="0.2.0", digest="0" * 64)
        self.add_package(version="0.1.0")
        said = self.provided()
        self.assertIn(f" !     packages/umbra-0.2.0-{HERE}-{ARCH}.tar.gz is not used", said)
        self.assertIn("umbra from packages/umbra-0.1.0-", said)

    def test_package_without_a_hash_is_passed_over(self):
        package = self.add_package()
        package.with_name(package.name + ".sha256").unlink()
        self.assertIn(".sha256 is missing", self.refused())

    def test_package_that_does_not_run_here_is_passed_over(self):
        package = self.add_package()
        tree = self.folder / "broken/umbra"
        write(tree / "bin/umbra", "#!/bin/sh\necho 'version GLIBC_9.99 not found' >&2\nexit 1\n", 0o755)
        write(tree / "bin/start-traffic-duplicator", "#!/bin/sh\n", 0o755)
        subprocess.run(["tar", "-czf", package, "-C", tree.parent, "umbra"], check=True)
        write(package.with_name(package.name + ".sha256"), sha256(package))
        self.add_source()
        said = self.provided()
        self.assertIn("does not run here: version GLIBC_9.99 not found", said)
        self.assertIn("Building umbra 9.8.7 from source", said)

    def test_url_is_named_when_a_package_of_the_buildpack_wins(self):
        self.add_package()
        self.assertIn("UMBRA_PACKAGE_URL is not used", self.provided(UMBRA_PACKAGE_URL="https://user:secret@host/x"))

    # 2. UMBRA_PACKAGE_URL

    def test_url_of_a_file(self):
        self.provided(UMBRA_PACKAGE_URL=f"file://{common.package()}", UMBRA_PACKAGE_SHA256=sha256(common.package()))

    def test_url_over_http_with_a_password_and_odd_characters(self):
        package, digest = common.package().read_bytes(), sha256(common.package())
        wanted = '/a"b/$(touch%20x)/umbra.tar.gz?token=hidden;`id`'
        with common.serving(lambda method, path, body: package if path == wanted else None) as port:
            said = self.provided(UMBRA_PACKAGE_URL=f"http://user:pa$$word@127.0.0.1:{port}{wanted}",
                                 UMBRA_PACKAGE_SHA256=digest.upper())
        self.assertIn(f"http://127.0.0.1:{port}/.../umbra.tar.gz", said)
        for secret in ("user", "pa$$word", "hidden", "touch"):
            self.assertNotIn(secret, said)

    def test_url_without_a_hash_is_refused(self):
        self.add_source()
        for digest in ({}, {"UMBRA_PACKAGE_SHA256": ""}, {"UMBRA_PACKAGE_SHA256": "abc"},
                       {"UMBRA_PACKAGE_SHA256": "$(id)" + "0" * 59}):
            said = self.refused(UMBRA_PACKAGE_URL=f"file://{common.package()}", **digest)
            self.assertIn("UMBRA_PACKAGE_SHA256", said)
            self.assertNotIn("Building", said)

    def test_url_with_another_hash_is_refused(self):
        self.add_source()
        said = self.refused(UMBRA_PACKAGE_URL=f"file://{common.package()}", UMBRA_PACKAGE_SHA256="0" * 64)
        self.assertIn(f"got    {sha256(common.package())}", said)
        self.assertNotIn("Building", said)

    def test_url_that_is_none_is_refused(self):
        for url in ("umbra.tar.gz", "-o/etc/passwd", "https://host/a b", 'https://host/"\noutput = "x'):
            said = self.refused(UMBRA_PACKAGE_URL=url, UMBRA_PACKAGE_SHA256="0" * 64)
            self.assertIn("UMBRA_PACKAGE_URL", said)
            self.assertNotIn(url, said)

    def test_url_that_cannot_be_fetched_is_told_and_the_next_way_is_tried(self):
        self.add_source()
        rows = (("file:///nowhere/umbra.tar.gz", "there is no such file"), ("scp://host/umbra", "only https, http and file"),
                ("http://user:secret@127.0.0.1:1/umbra", "nothing accepts connections there"))
        for url, reason in rows:
            shutil.rmtree(self.cache, ignore_errors=True)
            # Without curl's seconds of waiting between its attempts.
            said = self.provided(UMBRA_PACKAGE_URL=url, UMBRA_PACKAGE_SHA256="0" * 64, path=self.path_with(
                "curl", '#!/bin/sh\nexec /usr/bin/curl "$@" --retry 0\n'))
            self.assertIn(f"cannot be fetched: {reason}", said)
            self.assertIn("Building umbra 9.8.7 from source", said)
            self.assertNotIn("secret", said)

    def test_url_that_answers_with_an_error_page_is_told(self):
        with common.serving(lambda *_: None) as port:
            said = self.refused(UMBRA_PACKAGE_URL=f"http://127.0.0.1:{port}/x", UMBRA_PACKAGE_SHA256="0" * 64)
        self.assertIn("the server answers with an error", said)

    # 3. and 4. the cache and the build

    def path_with(self, name, text):
        write(self.folder / "tools" / name, text, 0o755)
        return f"{self.folder}/tools:{os.environ['PATH']}"

    def test_build_is_kept_in_the_cache(self):
        self.add_source()
        self.assertIn("Building umbra 9.8.7 from source", self.provided(STACK="heroku-24"))
        kept = self.cache / "umbra" / f"9.8.7-heroku-24-{ARCH}"
        self.assertEqual({path.name for path in (kept / "bin").iterdir()}, {"umbra", "start-traffic-duplicator"})
        said = self.provided(STACK="heroku-24")
        self.assertIn(f"from the cache (9.8.7-heroku-24-{ARCH})", said)
        self.assertNotIn("Building", said)

    def test_cache_of_another_stack_or_source_is_not_used(self):
        self.add_source()
        self.provided(STACK="heroku-24")
        self.assertIn("Building", self.provided(STACK="heroku-26"))
        self.assertEqual([path.name for path in (self.cache / "umbra").iterdir()], [f"9.8.7-heroku-26-{ARCH}"])
        with (self.buildpack / "source/src/main.c").open("a") as source:
            source.write("/* the same version, another program */\n")
        self.assertIn("Building", self.provided(STACK="heroku-26"))

    def test_cache_that_does_not_run_is_built_again(self):
        self.add_source()
        self.provided()
        write(next(self.cache.glob("umbra/*/bin/umbra")), "#!/bin/sh\nexit 1\n", 0o755)
        self.assertIn("Building", self.provided())

    def test_checkout_is_a_source_as_well(self):
        self.add_source()
        for part in (self.buildpack / "source").iterdir():
            part.rename(self.folder / part.name)
        self.assertIn("Building umbra 9.8.7 from source", self.provided())

    def test_build_that_fails_shows_the_end_of_its_output(self):
        self.add_source()
        with (self.buildpack / "source/src/main.c").open("a") as source:
            source.write("#error no compiler of mine\n")
        said = self.refused()
        self.assertIn("no compiler of mine", said)
        self.assertIn("set UMBRA_PACKAGE_URL", said)
        self.assertFalse(list(self.cache.rglob("bin")))

    def test_missing_tools_are_named(self):
        self.add_source()
        tools = self.folder / "few"
        tools.mkdir()
        for tool in pathlib.Path("/usr/bin").iterdir():
            if tool.name not in ("g++", "cmake"):
                (tools / tool.name).symlink_to(tool)
        said = self.refused(path=str(tools))
        self.assertIn("umbra cannot be built here: g++ cmake not found", said)

    def test_what_is_missing_comes_with_apt_into_a_folder_of_its_own(self):
        self.add_source(NEEDS_MARKER)
        said = self.provided(path=self.fake_apt())
        self.assertIn("Fetching with apt: libre2-dev libyaml-cpp-dev", said)
        calls = (self.folder / "apt.log").read_text().splitlines()
        for call in calls:
            self.assertRegex(call, r"Debug::NoLocking=1 -o Dir::State=\S+/apt/state .*-o Dir::Cache=\S+/apt/cache ")
        self.assertIn("install --yes --download-only --no-install-recommends libre2-dev", calls[1])
        self.assertNotIn("llhttp", calls[1])
        self.assertTrue(calls[2].endswith(" download node-llhttp"), calls)

    def test_mirror_that_is_away_is_told(self):
        self.add_source(NEEDS_MARKER)
        said = self.refused(path=self.fake_apt(status=100))
        self.assertIn("apt could not fetch them: libre2-dev", said)

    def fake_apt(self, status=0):
        """A PATH on which nothing of umbra's is installed, and apt brings a package that holds `marker`."""
        debs = self.folder / "debs"
        tree = debs / "tree"
        write(tree / "DEBIAN/control", "Package: marker\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: d\n")
        write(tree / "usr/include/marker.h", "")
        write(tree / "usr/share/marker/marker_too.h", "")
        # As RE2's of Debian: absolute, without a prefix.
        write(tree / "usr/share/pkgconfig/marker.pc",
              "includedir=/usr/include\nName: marker\nDescription: d\nVersion: 1\nCflags: -I${includedir}\n")
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, debs / "marker.deb"], check=True,
                       capture_output=True)
        words = {"@debs@": str(debs), "@log@": str(self.folder / "apt.log"), "@status@": str(status)}
        script = FAKE_APT_GET
        for word, value in words.items():
            script = script.replace(word, value)
        self.path_with("apt-get", script)
        self.path_with("apt-cache", FAKE_APT_CACHE)
        installed = "#!/bin/sh\nfor name; do :; done\ncase $name in *uv1*|libssl*|zlib*) echo installed ;; esac\n"
        return self.path_with("dpkg-query", installed)

    # The rest

    def test_nothing_at_all_says_what_to_do(self):
        said = self.refused(STACK="heroku-24")
        for words in ("There is no umbra for heroku-24", "packages/", "UMBRA_PACKAGE_URL", "source/"):
            self.assertIn(words, said)

    def test_stack_that_is_no_name_is_refused(self):
        for stack in ("../../etc", "$(id)", "a b", "Heroku"):
            self.assertIn("set STACK", self.refused(STACK=stack))

    def test_does_not_depend_on_the_callers_options(self):
        self.add_package()
        for options in ("+e", "-eu", "-o posix -euo pipefail"):
            self.provided(options=options)
