"""The Heroku example: app.json by its documented keys, and the Procfile's line as a dyno starts and stops it."""

import json
import os
import re
import shutil
import signal
import time
import unittest

from lab import EXAMPLES, SHOP, UMBRA, WRAPPER
from lab.places import free_ports
from lab.processes import Arrangement, ask, shop_command, shop_log, until
from lab.settings import settings
from lab.visitors import PAGES, SlowAnswer

FOLDER = EXAMPLES / "heroku"
# devcenter.heroku.com/articles/app-json-schema
KEYS = {"addons": list, "buildpacks": list, "description": str, "env": dict, "environments": dict, "formation": dict,
        "image": str, "keywords": list, "logo": str, "name": str, "repository": str, "scripts": dict, "stack": str,
        "success_url": str, "website": str}
ENV_KEYS = {"description": str, "value": str, "required": bool, "generator": str}
STACKS = {"heroku-22", "heroku-24", "heroku-26"}
GRACE = 30  # s between SIGTERM and SIGKILL


def faults(app, procfile):
    for key, value in app.items():
        if not isinstance(value, KEYS.get(key, ())):
            yield f"{key} is not known, or of another type"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]{2,29}", app.get("name", "")):
        yield "name must be short and simple"
    if app.get("stack") not in STACKS:
        yield "stack is not known"
    for variable, about in app.get("env", {}).items():
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", variable):
            yield f"{variable} is no name of a variable"
        for key, value in about.items():
            if not isinstance(value, ENV_KEYS.get(key, ())):
                yield f"env.{variable}.{key} is not known, or of another type"
        if "value" not in about and "generator" not in about and about.get("required") is not False:
            yield f"env.{variable} would have to be filled in"
    urls = [each.get("url", "") for each in app.get("buildpacks", [])]
    if not urls or "umbra" not in urls[0] or not urls[-1].startswith("heroku/"):
        yield "umbra's buildpack comes first, the language's last"
    if any(set(each) != {"url"} for each in app.get("buildpacks", [])):
        yield "a buildpack has a url and nothing else"
    types = dict(line.split(": ", 1) for line in procfile.splitlines() if line.strip())
    for kind, about in app.get("formation", {}).items():
        if kind not in types:
            yield f"the Procfile has no {kind}"
        if set(about) - {"quantity", "size"} or not isinstance(about.get("quantity"), int):
            yield f"formation.{kind}: quantity and size are expected"
    if not types.get("web", "").startswith("start-traffic-duplicator "):
        yield "web does not start with the wrapper"
    if "$PORT" not in types.get("web", ""):
        yield "web does not say where $PORT goes"


BROKEN = [
    ("unknown key", lambda a: a.update(buildpack="x"), "buildpack is not known"),
    ("type", lambda a: a.update(keywords="umbra"), "keywords is not known, or of another type"),
    ("stack", lambda a: a.update(stack="cedar-14"), "stack is not known"),
    ("variable", lambda a: a["env"].update({"umbra-shadows": {"value": ""}}), "is no name of a variable"),
    ("key of a variable", lambda a: a["env"]["UMBRA_MIRROR"].update(default="on"), "UMBRA_MIRROR.default is not known"),
    ("must be filled in", lambda a: a["env"]["UMBRA_SHADOWS"].pop("required"), "would have to be filled in"),
    ("order", lambda a: a["buildpacks"].reverse(), "umbra's buildpack comes first"),
    ("buildpack", lambda a: a["buildpacks"][0].update(name="umbra"), "has a url and nothing else"),
    ("formation", lambda a: a["formation"].update(worker={"quantity": 1}), "the Procfile has no worker"),
    ("quantity", lambda a: a["formation"]["web"].update(quantity="1"), "quantity and size are expected"),
]


class Files(unittest.TestCase):
    def setUp(self):
        self.app = json.loads((FOLDER / "app.json").read_text())
        self.procfile = (FOLDER / "Procfile").read_text()

    def test_they_keep_the_rules(self):
        self.assertEqual(list(faults(self.app, self.procfile)), [])

    def test_each_rule_finds_what_breaks_it(self):
        for what, breaks, said in BROKEN:
            with self.subTest(what):
                app = json.loads(json.dumps(self.app))
                breaks(app)
                self.assertIn(said, "\n".join(faults(app, self.procfile)))
        for old, new, said in (("start-traffic-duplicator ", "", "with the wrapper"), ("$PORT", "5000", "where $PORT")):
            self.assertIn(said, "\n".join(faults(self.app, self.procfile.replace(old, new))))

    def test_the_variables_are_the_shadows(self):
        env = {"PORT": "5000", "UMBRA_SHADOWS": "https://a.example,https://b.example"}
        found = settings(["--config", str(FOLDER / "config" / "umbra.yaml")], env)
        self.assertEqual([found[f"shadows[{number}].url"] for number in (0, 1)],
                         ["https://a.example", "https://b.example"])
        # A variable that the form leaves empty is none.
        found = settings(["--config", str(FOLDER / "config" / "umbra.yaml")], {"PORT": "5000", "UMBRA_SHADOWS": ""})
        self.assertNotIn("shadows[0].url", found)


@unittest.skipUnless(WRAPPER.exists(), "start-traffic-duplicator is not built")
class Dyno(Arrangement):
    def test_from_start_to_end(self):
        home = self.folder / "app"
        shutil.copytree(SHOP, home, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(FOLDER, home, dirs_exist_ok=True)
        tools = self.folder / "bin"  # what the buildpacks put on the path
        tools.mkdir()
        for program in (UMBRA, WRAPPER):
            (tools / program.name).symlink_to(program)
        (tools / "gunicorn").write_text('#!/bin/sh\nexec /usr/bin/python3 -m gunicorn "$@"\n')
        (tools / "gunicorn").chmod(0o755)

        port, shadow_port = free_ports(2)
        shadow = self.start("shadow", shop_command("--bind", f"127.0.0.1:{shadow_port}", "shop.next:create_app()"),
                            cwd=SHOP)
        self.answers(shadow, shadow_port)
        line = dict(each.split(": ", 1) for each in (home / "Procfile").read_text().splitlines())["web"]
        variables = {name: about.get("value", "") for name, about in
                     json.loads((home / "app.json").read_text())["env"].items()}
        variables["UMBRA_SHADOWS"] = f"http://127.0.0.1:{shadow_port}"
        dyno = self.start("dyno", ["/bin/bash", "-c", f"exec {line}"], cwd=home, env={
            **variables, "PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home), "PORT": str(port), "DYNO": "web.1"})
        self.answers(dyno, port)
        for page in PAGES:
            self.assertEqual(ask(port, page)[0], 200)
        until(lambda: len(shop_log(shadow.text())) >= len(PAGES), "the copies")
        self.assertEqual([path for _, path, _ in shop_log(shadow.text())], sorted(page.split("?")[0] for page in PAGES))

        # SIGTERM to every process, more than once, while an answer is under way.
        slow = SlowAnswer(port)
        began = time.monotonic()
        for _ in range(3):
            os.killpg(dyno.pid, signal.SIGTERM)
        self.assertTrue(slow.whole(), f"the answer under way was cut short:\n{dyno.text()}")
        self.assertEqual(dyno.wait(GRACE), 0, dyno.text())
        self.assertLess(time.monotonic() - began, GRACE)


if __name__ == "__main__":
    unittest.main()
