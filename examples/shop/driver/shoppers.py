"""The visitors: each has a browser's keep-alive connection and cookies, and makes one journey after another."""

import base64
import hashlib
import http.client
import http.cookies
import json
import random
import time
import urllib.parse

PRODUCTS = 240
THINKING_SECONDS = 0.03  # at most, before a request: with less, the figures would show queues and not the shop
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
SEARCHES = ("kettle", "lamp", "blue", "golden mirror", "jade", "voucher", "no such thing")
LOGINS = (("ada", "lovelace"), ("grace", "hopper"), ("linus", "torvalds"))


def content_digest(data):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def multipart(digest, data, boundary="umbra-demo-boundary"):
    head = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"digest\"\r\n\r\n{digest}\r\n"
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"photo.jpg\"\r\n"
            "Content-Type: image/jpeg\r\n\r\n")
    fields = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode(), fields


class Abandoned(Exception):
    """A journey cannot go on; why is noted among the shopper's problems."""


class Shopper:
    """One visitor. `asked`, `answered` and `problems` are read from other threads, and written by its own only."""

    def __init__(self, port, seed):
        self.port = port
        self.rng = random.Random(seed)
        self.connection = None
        self.cookies = {}
        self.asked = 0
        self.answered = 0
        self.problems = []
        # Looking around is what visitors mostly do.
        self.journeys = [self.browse, self.browse, self.browse, self.search, self.search, self.buy, self.buy_by_program,
                         self.member, self.send_photo, self.count_stock, self.read_report, self.go_astray]

    def run(self, may_go_on):
        while may_go_on():
            self.cookies.clear()
            for _ in range(self.rng.randint(1, 4)):
                if may_go_on():
                    self.make_a_journey()
            self.hang_up()

    def make_a_journey(self):
        try:
            self.rng.choice(self.journeys)()
        except Abandoned:
            self.hang_up()
        except (ValueError, KeyError, TypeError) as error:
            self.problems.append(f"an answer could not be read: {error!r}")
            self.hang_up()

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def ask(self, expected, method, target, body=None, headers=(), **more):
        """Sends a request and returns (response, body); any status but the expected one ends the journey."""
        time.sleep(self.rng.uniform(0, THINKING_SECONDS))
        fields = dict(headers)
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.asked += 1
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            self.connection.request(method, target, body, fields, **more)
            response = self.connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.give_up(f"{method} {target}: {error!r}")
        self.answered += 1
        if response.will_close:
            self.hang_up()
        for field in response.headers.get_all("Set-Cookie", ()):
            self.cookies.update((name, morsel.value) for name, morsel in http.cookies.SimpleCookie(field).items())
        if response.status != expected:
            self.give_up(f"{method} {target}: {response.status} instead of {expected}")
        return response, data

    def give_up(self, problem):
        self.problems.append(problem)
        raise Abandoned

    def demand(self, condition, problem):
        if not condition:
            self.problems.append(problem)

    def any_product(self):
        return self.rng.randint(1, PRODUCTS)

    # The journeys.

    def browse(self):
        self.ask(200, "GET", "/")
        self.ask(200, "GET", f"/products?page={self.rng.randint(1, 10)}")
        for _ in range(self.rng.randint(1, 3)):
            target = f"/products/{(product := self.any_product())}"
            response, _ = self.ask(200, "GET", target)
            _, picture = self.ask(200, "GET", f"/images/{product}.png")
            self.demand(picture.startswith(b"\x89PNG") and picture.endswith(b"IEND\xaeB`\x82"),
                        f"the picture of product {product} is not whole")
            self.ask(304, "GET", target, headers={"If-None-Match": response.headers["ETag"] or "none"})
        _, nothing = self.ask(200, "HEAD", f"/products/{self.any_product()}")
        self.demand(nothing == b"", "HEAD was answered with a body")

    def search(self):
        for words in self.rng.sample(SEARCHES, 3):
            self.ask(200, "GET", f"/search?{urllib.parse.urlencode({'q': words})}")
        product = self.any_product()
        _, data = self.ask(200, "GET", f"/api/products/{product}")
        self.demand(json.loads(data)["id"] == product, f"product {product} came back as another one")
        self.ask(404, "GET", f"/api/products/{PRODUCTS + product}")

    def buy(self):
        for _ in range(self.rng.randint(1, 3)):
            form = urllib.parse.urlencode({"product": self.any_product(), "quantity": self.rng.randint(1, 5)})
            self.follow(*self.ask(303, "POST", "/cart", form, FORM))
        code = self.rng.choice(("", "AUTUMN10"))
        self.follow(*self.ask(303, "POST", "/checkout", urllib.parse.urlencode({"code": code}), FORM))

    def buy_by_program(self):
        cart = {str(self.any_product()): self.rng.randint(1, 5) for _ in range(3)}
        self.ask(201, "POST", "/api/checkout", json.dumps({"customer": "program", "cart": cart}), JSON)
        self.ask(400, "POST", "/api/checkout", '{"cart": ', JSON)

    def member(self):
        self.cookies.clear()
        self.ask(302, "GET", "/account")
        user, password = self.rng.choice(LOGINS)
        self.ask(401, "POST", "/login", urllib.parse.urlencode({"user": user, "password": "guess"}), FORM)
        form = urllib.parse.urlencode({"user": user, "password": password})
        self.follow(*self.ask(303, "POST", "/login", form, FORM))
        self.ask(204, "POST", "/logout", b"")

    def send_photo(self):
        photo = self.rng.randbytes(self.rng.randint(100, 500) * 1024)
        body, fields = multipart(content_digest(photo), photo)
        if self.rng.random() < 0.3:
            fields["Expect"] = "100-continue"  # which gunicorn answers with an interim 100 before the 201
        _, data = self.ask(201, "POST", f"/products/{self.any_product()}/photo", body, fields)
        self.demand(json.loads(data)["bytes"] == len(photo), "a photo arrived with another length")

    def count_stock(self):
        lines = [f"{product},{self.rng.randint(0, 90)}\n".encode() for product in range(1, self.any_product() + 1)]
        fields = {"Content-Type": "text/csv", "Content-Digest": content_digest(b"".join(lines)),
                  "Transfer-Encoding": "chunked"}
        _, data = self.ask(200, "PUT", "/api/stock", iter(lines), fields, encode_chunked=True)
        self.demand(json.loads(data)["lines"] == len(lines), "lines were lost on the way")

    def read_report(self):
        response, report = self.ask(200, "GET", "/reports/stock.csv")
        self.demand(response.headers["Transfer-Encoding"] == "chunked", "the report was not streamed")
        self.demand(report.count(b"\n") == PRODUCTS + 1, "the report is not whole")

    def go_astray(self):
        self.ask(404, "GET", f"/favourites/{self.any_product()}")
        self.ask(404, "GET", f"/products/{PRODUCTS + self.any_product()}")
        self.ask(405, "DELETE", f"/products/{self.any_product()}")
        self.follow(*self.ask(301, "GET", "/old-catalogue"))
        self.ask(400, "GET", "/search?q=")
        self.ask(200, "OPTIONS", "/cart")

    def follow(self, response, _body):
        return self.ask(200, "GET", response.headers["Location"])
