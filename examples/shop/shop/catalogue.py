"""The products and the orders, in an SQLite file of this process's own that starts out the same every time."""

import random
import sqlite3
import tempfile
import threading

PRODUCTS = 240
PAGE_SIZE = 24

# The last of each twelve products is a voucher, which has no weight.
KINDS = ("Kettle", "Lamp", "Scarf", "Teapot", "Blanket", "Clock", "Vase", "Basket", "Stool", "Mirror", "Candle",
         "Voucher")
COLOURS = ("Amber", "Blue", "Crimson", "Dark", "Emerald", "Fawn", "Golden", "Hazel", "Indigo", "Jade")
WORDS = ("hand made", "for the kitchen", "for cold evenings", "a gift", "from the north", "light", "sturdy",
         "sold by the pair")

SCHEMA = """
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, description TEXT, price_cents INTEGER,
                           weight_grams INTEGER, stock INTEGER);
    CREATE TABLE orders (id TEXT, customer TEXT, total_cents INTEGER);
"""


def seed_products():
    rng = random.Random(2024)
    for number in range(1, PRODUCTS + 1):
        kind = KINDS[(number - 1) % len(KINDS)]
        name = f"{rng.choice(COLOURS)} {kind}"
        description = f"{name}, {', '.join(rng.sample(WORDS, 3))}."
        weight = 0 if kind == "Voucher" else rng.randrange(100, 5000, 50)
        yield number, name, description, rng.randrange(500, 20000, 5), weight, rng.randrange(0, 90)


class Catalogue:
    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="shop-")
        self._per_thread = threading.local()
        with self._database() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(SCHEMA)
            database.executemany("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?)", seed_products())

    def _database(self):
        """An SQLite connection stays in the thread that opened it, so each of gunicorn's threads has its own."""
        if not hasattr(self._per_thread, "connection"):
            connection = sqlite3.connect(f"{self._directory.name}/shop.sqlite", timeout=10)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = OFF")
            self._per_thread.connection = connection
        return self._per_thread.connection

    def _rows(self, sql, *values):
        return [dict(row) for row in self._database().execute(sql, values)]

    def page(self, number):
        return self._rows("SELECT * FROM products ORDER BY id LIMIT ? OFFSET ?", PAGE_SIZE, (number - 1) * PAGE_SIZE)

    def product(self, product_id):
        """Everything that is shown of one product, or None."""
        rows = self._rows("SELECT * FROM products WHERE id = ?", product_id)
        return rows[0] if rows else None

    def search(self, words):
        return self._rows("SELECT * FROM products WHERE name LIKE ? ORDER BY id LIMIT ?", f"%{words}%", PAGE_SIZE)

    def lines(self, cart):
        """What a cart ({product id as text: quantity}) holds, priced."""
        lines = []
        for product_id, quantity in sorted(cart.items(), key=lambda item: int(item[0])):
            for row in self._rows("SELECT id, name, price_cents FROM products WHERE id = ?", int(product_id)):
                lines.append({**row, "quantity": quantity, "line_cents": quantity * row["price_cents"]})
        return lines

    def total_cents(self, lines, code=""):
        total = sum(line["line_cents"] for line in lines)
        return total - total // 10 if code == "AUTUMN10" else total

    def record_order(self, order_id, customer, total_cents):
        with self._database() as database:
            database.execute("INSERT INTO orders VALUES (?, ?, ?)", (order_id, customer, total_cents))

    def stock_report(self):
        """Row by row, as the report that streams it wants it."""
        yield "id,name,stock\n"
        for row in self._database().execute("SELECT id, name, stock FROM products ORDER BY id"):
            yield f"{row['id']},{row['name']},{row['stock']}\n"
