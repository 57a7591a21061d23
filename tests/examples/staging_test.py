"""The staging sidecar: production's copies go to the staging app and on to `next`, testers' clicks to `rewrite`."""

import json
import unittest

from lab import EXAMPLES
from lab.places import Places, free_ports
from lab.processes import Arrangement, ask
from lab.settings import Refused, settings

FOLDER = EXAMPLES / "staging"
KEY = {"MASK_KEY": "a key"}
# An app that answers with the fields of the request, one for all roles; it tells them on its standard output, too.
ECHO = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path != "/healthz":
            print(json.dumps([self.path, {name.lower(): value for name, value in self.headers.items()}]), flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\\n")
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
REQUESTS = 20
CLICKS = 3


class Staging(Arrangement):
    def origin(self, name, port):
        child = self.start(name, ["/usr/bin/python3", "-c", ECHO, str(port)])
        self.answers(child, port)
        return child

    def got(self, name):
        """{path: fields} of what an origin was asked."""
        lines = [json.loads(line) for line in (self.folder / f"{name}.log").read_text().splitlines()]
        self.assertEqual(len({path for path, _ in lines}), len(lines), f"{name} got something twice")
        return dict(lines)

    def umbra(self, name, file, ports, env=None):
        config = self.folder / f"{name}.yaml"
        config.write_text(Places(ports).translate((FOLDER / file).read_text()))
        # production.yaml has no admin server, that of umbra.yaml has a port: the test asks both at a socket.
        admin = self.folder / f"{name}.sock"
        child = self.start_umbra(f"umbra-{name}", [
            "proxy", "--config", config, "--admin", f"unix:{admin}"], env=env)
        self.answers(child, admin, "/readyz")
        return admin

    def test_who_gets_what(self):
        production, shop, staging, app, next_one, rewrite = free_ports(6)
        for name, port in (("shop", shop), ("staging", app), ("next", next_one), ("rewrite", rewrite)):
            self.origin(name, port)
        sidecar = self.umbra("sidecar", "umbra.yaml",
                             {8080: staging, 5000: app, 5001: next_one, 5002: rewrite, 9100: 1})
        front = self.umbra("production", "production.yaml", {8080: production, 5000: shop}, env={
            **KEY, "STAGING_URL": f"http://127.0.0.1:{staging}", "MIRROR_PERCENT": "100%"})

        secret = {"Authorization": "Bearer secret", "Cookie": "session=secret; theme=dark"}
        for number in range(REQUESTS):
            self.assertEqual(ask(production, f"/user/{number}", headers=secret)[0], 200)
        for number in range(CLICKS):
            self.assertEqual(ask(staging, f"/tester/{number}")[0], 200)

        copied = self.settled(front, "staging", REQUESTS)
        passed_on = self.settled(sidecar, "next", REQUESTS)
        clicked = self.settled(sidecar, "rewrite", CLICKS)
        users = {f"/user/{number}" for number in range(REQUESTS)}
        testers = {f"/tester/{number}" for number in range(CLICKS)}
        self.assertEqual(set(self.got("shop")), users)
        self.assertEqual(set(self.got("staging")), users | testers)
        self.assertEqual(set(self.got("next")), users)
        self.assertEqual(set(self.got("rewrite")), testers)
        # The sums of the README.
        self.assertEqual(copied["completed"], passed_on["seen"] - passed_on["filtered"])
        self.assertEqual((clicked["seen"], clicked["filtered"]), (REQUESTS + CLICKS, REQUESTS))
        for figures in (copied, passed_on, clicked):
            self.assertEqual((figures["dropped"], figures["failed"]), ({}, {}))

        for name in ("staging", "next"):
            for path in users:
                fields = self.got(name)[path]
                self.assertEqual(fields["x-copied-from"], "production")
                self.assertNotIn("secret", json.dumps(fields))
                self.assertIn("theme=dark", fields["cookie"])
        # What staging sends on is marked: should it come back to an umbra, nobody copies it again.
        self.assertEqual({fields["umbra-copy"] for fields in self.got("next").values()}, {"next"})
        self.assertNotIn("umbra-copy", self.got("staging")["/user/0"])

    def test_production_does_not_start_without_its_key(self):
        with self.assertRaisesRegex(Refused, "the key that keeps masked values comparable"):
            settings(["--config", str(FOLDER / "production.yaml")])


if __name__ == "__main__":
    unittest.main()
