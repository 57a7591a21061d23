"""What programs ask for: products and checkout in JSON, imports, reports that stream."""

import time

from flask import Blueprint, Response, abort, current_app, request

from .basket import money, place_order
from .digest import require_digest

blueprint = Blueprint("api", __name__)


def catalogue():
    return current_app.config["CATALOGUE"]


@blueprint.get("/api/products/<int:product_id>")
def product(product_id):
    return catalogue().product(product_id) or ({"error": "no such product"}, 404)


@blueprint.post("/api/checkout")
def checkout():
    order = request.get_json()
    cart = order.get("cart") if isinstance(order, dict) else None
    if not isinstance(cart, dict) or not all(key.isdecimal() and type(value) is int for key, value in cart.items()):
        abort(400, "An order is an object with a cart of product numbers and quantities.")
    order_id, total = place_order(str(order.get("customer", "guest")), cart, str(order.get("code", "")))
    return {"order": order_id, "total": money(total)}, 201


@blueprint.put("/api/stock")
def import_stock():
    """The warehouse's count, as lines of CSV; it is sent in chunks as it is counted, without a length."""
    data = request.stream.read()
    require_digest(data, request.headers.get("Content-Digest"))
    return {"lines": data.count(b"\n")}


@blueprint.get("/reports/stock.csv")
def stock_report():
    return Response(catalogue().stock_report(), mimetype="text/csv")


@blueprint.get("/reports/sales.csv")
def sales_report():
    """A report that is worth waiting for: it takes half a second and arrives month by month."""

    def months():
        yield "month,orders\n"
        for month in range(1, 13):
            time.sleep(0.04)
            yield f"{month},{month * 97 % 53}\n"

    return Response(months(), mimetype="text/csv")
