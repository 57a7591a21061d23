"""What a visitor sees: the catalogue, a product, search, pictures."""

import functools
import random
import struct
import zlib

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for

from .catalogue import PAGE_SIZE, PRODUCTS
from .digest import require_digest

blueprint = Blueprint("pages", __name__)
PAGES = -(-PRODUCTS // PAGE_SIZE)


def catalogue():
    return current_app.config["CATALOGUE"]


@blueprint.get("/")
def home():
    return render_template("products.html", title="Welcome", products=catalogue().page(1)[:6])


@blueprint.get("/products")
def products():
    number = request.args.get("page", 1, type=int)
    if not 1 <= number <= PAGES:
        abort(404)
    return render_template("products.html", title=f"Page {number} of {PAGES}", products=catalogue().page(number))


@blueprint.get("/old-catalogue")
def old_catalogue():
    return redirect(url_for("pages.products"), 301)


@blueprint.get("/products/<int:product_id>")
def product(product_id):
    found = catalogue().product(product_id) or abort(404)
    response = Response(render_template("product.html", title=found["name"], product=found), mimetype="text/html")
    # From what the page shows and not from its bytes, so that a new layout does not empty every browser's cache.
    response.set_etag(f"product-{product_id}-{found['price_cents']}-{found['stock']}")
    return response.make_conditional(request)


@blueprint.get("/search")
def search():
    words = request.args.get("q", "").strip()
    if not words:
        abort(400, "Search for what? Say q=...")
    return render_template("products.html", title=f"Found for {words}", products=catalogue().search(words))


@functools.lru_cache(maxsize=PRODUCTS)
def picture(product_id):
    """A PNG of coloured noise, which no compression on the way can shrink: 96 x 96 points, some 27 KiB."""
    side = 96
    rng = random.Random(product_id)
    rows = b"".join(b"\0" + rng.randbytes(side * 3) for _ in range(side))

    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


@blueprint.get("/images/<int:product_id>.png")
def image(product_id):
    if not 1 <= product_id <= PRODUCTS:
        abort(404)
    response = Response(picture(product_id), mimetype="image/png")
    response.add_etag()
    return response.make_conditional(request)


@blueprint.post("/products/<int:product_id>/photo")
def upload_photo(product_id):
    """A customer's photo of a product, as a form with a file and its digest."""
    if not 1 <= product_id <= PRODUCTS:
        abort(404)
    upload = request.files.get("photo") or abort(400, "There is no file named photo in the form.")
    data = upload.read()
    require_digest(data, request.form.get("digest"))
    return {"product": product_id, "bytes": len(data)}, 201


@blueprint.get("/healthz")
def health():
    return "ok\n"


def not_found(_error):
    return render_template("message.html", title="Not here", text="There is no such page in this shop."), 404
