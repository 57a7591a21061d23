"""bin/compile on small applications: what it leaves behind, and what it says."""

import os
import subprocess
import unittest

import fixture
from driver.buildpack import BUILD_SECONDS, Buildpack, make_package, make_source
from driver.classic import Builder

PROCFILE = "web: start-traffic-duplicator puma -p $PORT\n"
GOOD = "shadows: [{name: next, url: 'http://127.0.0.1:1'}]\n"
BAD = "shadows: [{name: next, url: 'ftp://staging.example'}]\nlog: {format: prose}\n"
MISSING_LIBRARY = ("#!/bin/sh\n"
                   "echo 'umbra: error while loading shared libraries: libssl.so.3: cannot open shared object file'\n"
                   "exit 127\n")


class CompileCase(fixture.Case):
    def build(self, files, pack=None, **config):
        self.builder = Builder(self.root / f"builder-{len(list(self.root.glob('builder-*')))}")
        self.builder.config(**config)
        self.folder = self.builder.take(self.app(files))
        self.package = pack or self.pack()
        return self.builder.run([self.package.place])

    def file(self, path):
        return self.folder / path


class Compile(CompileCase):
    def test_what_is_left_behind(self):
        built = self.build({"Procfile": PROCFILE, "config/umbra.yaml": GOOD})
        self.assertEqual(built.status, 0, built.log)
        for name in ("umbra", "start-traffic-duplicator"):
            self.assertTrue(os.access(self.file(f".umbra/bin/{name}"), os.X_OK), name)
        self.assertEqual(os.readlink(self.file("bin/start-traffic-duplicator")),
                         "../.umbra/bin/start-traffic-duplicator")
        self.assertEqual(self.file(".profile.d/umbra.sh").read_text(), 'export PATH="$HOME/.umbra/bin:$PATH"\n')
        self.assertEqual((self.builder.root / "release").read_text(), "--- {}\n")
        self.assertEqual(self.file("Procfile").read_text(), PROCFILE)
        self.assertIn("config/umbra.yaml is in order", built.log)
        self.assertNotIn(" !     ", built.log)

    def test_the_profile_sets_the_path_and_nothing_else(self):
        self.build({"Procfile": PROCFILE})
        script = ('compgen -v | sort >before; . .profile.d/umbra.sh; '
                  'compgen -v | sort | comm -13 before - | grep -vx PIPESTATUS; echo "$PATH"')
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, check=True, capture_output=True, text=True,
                              env={"HOME": "/app with blank", "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.stdout, "/app with blank/.umbra/bin:/usr/bin:/bin\n")

    def test_every_line_is_in_the_style_of_a_build_log(self):
        for files, config in (({"Procfile": PROCFILE, "config/umbra.yaml": GOOD}, {}),
                              ({"config/umbra.yaml": BAD}, {}), ({"config/umbra.yaml": BAD}, {"UMBRA_STRICT": "1"})):
            for line in self.build(files, **config).log.splitlines():
                self.assertRegex(line, r"^(-----> |       | !     )")

    def test_later_buildpacks_find_umbra(self):
        self.build({"Procfile": PROCFILE})
        done = subprocess.run(["bash", "-c", f". {self.package.place}/export; command -v umbra"], check=True,
                              capture_output=True, text=True)
        self.assertEqual(done.stdout, f"{self.file('.umbra/bin/umbra')}\n")

    def test_what_the_application_has_in_bin_stays(self):
        for path, text in (("bin/start-traffic-duplicator", "mine\n"), ("bin", "a file\n")):
            built = self.build({"Procfile": PROCFILE, path: text})
            self.assertEqual(built.status, 0, built.log)
            self.assertEqual(self.file(path).read_text(), text)

    def test_a_link_that_leads_nowhere_stays_too(self):
        app = self.app({"Procfile": PROCFILE})
        (app / "bin").symlink_to("elsewhere")
        builder = Builder(self.root / "builder")
        folder = builder.take(app)
        self.assertEqual(builder.run([self.pack().place]).status, 0)
        self.assertEqual(os.readlink(folder / "bin"), "elsewhere")

    def test_twice_in_one_folder(self):
        self.build({"Procfile": PROCFILE})
        again = self.builder.run([self.package.place])
        self.assertEqual(again.status, 0, again.log)
        self.assertEqual(self.file(".profile.d/umbra.sh").read_text().count("export"), 1)
        self.assertNotIn("application's own", again.log)

    def test_folders_with_odd_names(self):
        self.root = self.root / "a b $(false) 'c'"
        self.root.mkdir()
        built = self.build({"Procfile": PROCFILE, "config/umbra.yaml": GOOD})
        self.assertEqual(built.status, 0, built.log)
        self.assertTrue(self.file(".umbra/bin/umbra").exists())

    def test_the_git_folder_of_a_push_is_not_passed_on(self):
        pack = self.pack()
        with (pack.place / "lib" / "umbra_binary.sh").open("a") as script:
            script.write('\necho "       GIT_DIR is ${GIT_DIR-not set}"\n')
        self.assertIn("GIT_DIR is not set", self.build({"Procfile": PROCFILE}, pack=pack).log)

    def test_without_a_folder_of_config_vars(self):
        self.build({"Procfile": PROCFILE})
        done = subprocess.run([self.package.script("compile"), self.folder, self.root / "new" / "cache"], check=False,
                              capture_output=True, text=True, env=self.builder.environment())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_buildpack_that_cannot_be_written_to(self):
        pack = self.pack()
        (pack.place / "export").mkdir()  # even for root no file can be written there
        built = self.build({"Procfile": PROCFILE}, pack=pack)
        self.assertIn("later buildpacks will not find umbra", built.log)


class Configuration(CompileCase):
    def test_a_bad_one_is_a_warning(self):
        built = self.build({"Procfile": PROCFILE, "config/umbra.yaml": BAD})
        self.assertEqual(built.status, 0, built.log)
        for line in (r" !     config/umbra\.yaml has problems:", r" !     .*ftp", r" !     .*prose"):
            self.assertRegex(built.log, line)
        self.assertTrue(self.file(".umbra/bin/umbra").exists())

    def test_a_bad_one_ends_the_build_where_that_is_asked_for(self):
        built = self.build({"Procfile": PROCFILE, "config/umbra.yaml": BAD}, UMBRA_STRICT="1")
        self.assertEqual(built.status, 1)
        self.assertIn("UMBRA_STRICT=1", built.log)

    def test_a_good_one_passes_where_strictness_is_asked_for(self):
        self.assertEqual(self.build({"Procfile": PROCFILE, "config/umbra.yaml": GOOD}, UMBRA_STRICT="1").status, 0)

    def test_only_1_is_strict(self):
        for value in ("", "0", "no"):
            self.assertEqual(self.build({"config/umbra.yaml": BAD}, UMBRA_STRICT=value).status, 0)

    def test_gor_options(self):
        built = self.build({"Procfile": PROCFILE, "config/gor.options": "--output-http 'http://a.example|10%'\n"})
        self.assertIn("config/gor.options is in order", built.log)
        unknown = "--output-http 'http://a.example'\n--nonsense x\n"
        built = self.build({"Procfile": PROCFILE, "config/gor.options": unknown})
        self.assertEqual(built.status, 0)
        self.assertRegex(built.log, r" !     .*nonsense")
        self.assertIn("config/gor.options is in order", built.log, "the wrapper starts with it")
        built = self.build({"Procfile": PROCFILE, "config/gor.options": unknown}, UMBRA_STRICT="1")
        self.assertEqual(built.status, 1, built.log)
        misspelt = "--output-http 'http://a.example'\n--http-alow-url ^/a\n"
        built = self.build({"Procfile": PROCFILE, "config/gor.options": misspelt})
        self.assertIn("config/gor.options has problems", built.log, "without the filter more would be sent")

    def test_the_yaml_file_comes_first(self):
        built = self.build({"config/umbra.yaml": GOOD, "config/gor.options": "--nonsense\n"})
        self.assertIn("config/umbra.yaml is in order", built.log)
        self.assertNotIn("nonsense", built.log)

    def test_it_may_use_config_vars(self):
        text = "shadows: [{name: next, url: 'https://${STAGING_APP}.example'}]\n"
        self.assertIn("is in order", self.build({"config/umbra.yaml": text}, STAGING_APP="shop-staging").log)
        self.assertIn("STAGING_APP", self.build({"config/umbra.yaml": text}).log)

    def test_shadows_from_a_config_var(self):
        files = {"Procfile": PROCFILE}
        self.assertIn("No shadow is configured yet", self.build(files).log)
        self.assertIn("UMBRA_SHADOWS is in order", self.build(files, UMBRA_SHADOWS="https://a.example,http://b:1").log)
        self.assertIn("UMBRA_SHADOWS has problems", self.build(files, UMBRA_SHADOWS="https://a.example,ftp://b").log)

    def test_flags_in_the_procfile(self):
        for flag in ("--shadow https://a.example", "--config=web.yaml", "--gor-options gor.options"):
            log = self.build({"Procfile": f"web: start-traffic-duplicator {flag} -- puma -p $PORT\n"}).log
            self.assertIn("The flags in the Procfile", log)
            self.assertNotIn("No shadow", log)
        log = self.build({"Procfile": "web: start-traffic-duplicator ./server --configuration x\n"}).log
        self.assertIn("No shadow", log)

    def test_a_procfile_that_does_not_start_umbra(self):
        warning = "Nothing in the Procfile starts umbra"
        self.assertIn(warning, self.build({"config/umbra.yaml": GOOD, "Procfile": "web: puma\n"}).log)
        self.assertIn(warning, self.build({"config/umbra.yaml": GOOD}).log)
        self.assertNotIn(warning, self.build({"config/umbra.yaml": GOOD, "Procfile": PROCFILE}).log)

    def test_no_secret_reaches_the_log(self):
        for text in ("shadows: [{name: next, url: 'https://u:${PASSWORD}@a.example'}]\n",
                     "shadows: [{name: next, url: 'ftp://u:${PASSWORD}@a.example'}]\n"):
            built = self.build({"config/umbra.yaml": text}, PASSWORD="hunter2hunter2")
            self.assertNotIn("hunter2", built.log)
        for address in ("https://u:hunter2@a.example", "ftp://u:hunter2@a.example", "http://u:hunter2@a b"):
            self.assertNotIn("hunter2", self.build({"Procfile": PROCFILE}, UMBRA_SHADOWS=address).log)


class ConfigVars(CompileCase):
    """Values are data: whatever stands in them runs nothing and breaks nothing."""

    def test_shell_characters_do_nothing(self):
        trap = self.root / "trap"
        evil = f"$(touch {trap}) `touch {trap}`; touch {trap} & | > {trap} ' \" \\ * ~ \n touch {trap}\n"
        built = self.build({"Procfile": PROCFILE, "config/umbra.yaml": GOOD}, EVIL=evil, UMBRA_SHADOWS=evil,
                           STRANGE=evil, UMBRA_STRICT=evil, **{"a-b": evil, "x;touch y": evil, "9LIVES": evil})
        self.assertEqual(built.status, 0, built.log)
        self.assertFalse(trap.exists())
        built = self.build({"Procfile": PROCFILE}, UMBRA_SHADOWS=evil)
        self.assertEqual(built.status, 0, built.log)
        self.assertFalse(trap.exists())

    def test_names_that_would_change_the_build_do_not(self):
        trap = self.root / "trap"
        script = self.program(f"touch {trap}\n")
        built = self.build({"Procfile": PROCFILE, "config/umbra.yaml": GOOD}, PATH="/nowhere", BASH_ENV=str(script),
                           ENV=str(script), IFS="a", HOME="/nowhere", LD_PRELOAD="/nowhere.so", SHELLOPTS="xtrace",
                           BASHOPTS="x", UID="0", PPID="1", GIT_DIR="/nowhere", TMPDIR="/nowhere", PORT="99999999",
                           PS4=f"$(touch {trap})", file="x", _name="x", flags="x", BUILDPACK_DIR="/nowhere")
        self.assertEqual(built.status, 0, built.log)
        self.assertIn("config/umbra.yaml is in order", built.log)
        self.assertFalse(trap.exists())


class Binaries(CompileCase):
    def test_no_umbra_at_all(self):
        built = self.build({"Procfile": PROCFILE}, pack=Buildpack(self.root / "bare"))
        self.assertEqual(built.status, 1, built.log)
        self.assertIn("umbra could not be provided", built.log)
        self.assertIn("stays as it is", built.log)

    def test_a_program_that_does_not_run_here(self):
        for name in ("umbra", "start_traffic_duplicator"):
            with self.subTest(name):
                built = self.build({"Procfile": PROCFILE}, pack=self.pack(**{name: self.program(MISSING_LIBRARY)}))
                self.assertEqual(built.status, 1, built.log)
                self.assertRegex(built.log, r" !     .*libssl\.so\.3")
                self.assertIn("stays as it is", built.log)

    def test_a_package_from_an_address(self):
        package, digest = make_package(self.root / "elsewhere", fixture.programs())
        files, bare = {"Procfile": PROCFILE}, Buildpack(self.root / "bare")
        built = self.build(files, pack=bare, UMBRA_PACKAGE_URL=package.as_uri(), UMBRA_PACKAGE_SHA256=digest)
        self.assertEqual(built.status, 0, built.log)
        self.assertTrue(self.file(".umbra/bin/umbra").exists())
        built = self.build(files, pack=bare, UMBRA_PACKAGE_URL=package.as_uri(), UMBRA_PACKAGE_SHA256="0" * 64)
        self.assertEqual(built.status, 1, built.log)


class Cache(CompileCase):
    def test_the_second_build_uses_what_the_first_has_built(self):
        files, pack = {"Procfile": PROCFILE}, Buildpack(self.root / "with-source")
        make_source(pack.place / "source", fixture.programs())
        first = self.build(files, pack=pack)
        self.assertEqual(first.status, 0, first.log)
        self.assertIn("from source", first.log)
        folder = self.builder.take(self.app(files))
        second = self.builder.run([pack.place])
        self.assertEqual(second.status, 0, second.log)
        self.assertNotIn("from source", second.log)
        self.assertIn("from the cache", second.log)
        self.assertTrue((folder / ".umbra/bin/umbra").exists())
        self.assertLess(second.seconds, first.seconds - BUILD_SECONDS / 2)


if __name__ == "__main__":
    unittest.main()
