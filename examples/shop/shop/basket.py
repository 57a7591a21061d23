"""Cart, checkout and login. All that is known of a shopper travels in the signed cookie.

So any instance can answer any request, and so can the next release, which gets copies of a shopper's requests side by
side and now and then the later one first: nothing it answers hangs on what another copy has stored.
"""

import hashlib
import json

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for

blueprint = Blueprint("basket", __name__)
PASSWORDS = {"ada": "lovelace", "grace": "hopper", "linus": "torvalds"}


def catalogue():
    return current_app.config["CATALOGUE"]


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def place_order(customer, cart, code):
    """Prices and stores an order; the same order gets the same number from every instance."""
    lines = catalogue().lines(cart)
    if not lines:
        abort(400, "There is nothing in the cart.")
    total = catalogue().total_cents(lines, code)
    order_id = hashlib.sha256(json.dumps([customer, cart, code], sort_keys=True).encode()).hexdigest()[:10]
    catalogue().record_order(order_id, customer, total)
    return order_id, total


@blueprint.get("/cart")
def cart():
    lines = catalogue().lines(session.get("cart", {}))
    return render_template("cart.html", title="Your cart", lines=lines, total=money(catalogue().total_cents(lines)))


@blueprint.post("/cart")
def add_to_cart():
    product_id = request.form.get("product", type=int)
    quantity = request.form.get("quantity", 1, type=int)
    if product_id is None or not 1 <= quantity <= 99:
        abort(400, "A cart takes a product and a quantity from 1 to 99.")
    session["cart"] = {**session.get("cart", {}), str(product_id): quantity}
    return redirect(url_for("basket.cart"), 303)


@blueprint.post("/checkout")
def checkout():
    order_id, total = place_order(session.get("user", "guest"), session.get("cart", {}), request.form.get("code", ""))
    session["cart"] = {}
    session["order"] = {"id": order_id, "total": money(total)}
    return redirect(url_for("basket.order", order_id=order_id), 303)


@blueprint.get("/orders/<order_id>")
def order(order_id):
    placed = session.get("order", {})
    if placed.get("id") != order_id:
        abort(404)
    return render_template("message.html", title=f"Order {order_id}", text=f"Thank you. You pay {placed['total']}.")


@blueprint.get("/login")
def login_form():
    return render_template("message.html", title="Log in", text="Send user and password.")


@blueprint.post("/login")
def login():
    user = request.form.get("user", "")
    if user not in PASSWORDS or request.form.get("password") != PASSWORDS[user]:
        return render_template("message.html", title="Log in", text="That is not the password."), 401
    session["user"] = user
    return redirect(url_for("basket.account"), 303)


@blueprint.get("/account")
def account():
    if "user" not in session:
        return redirect(url_for("basket.login_form"), 302)
    return render_template("message.html", title="Your account", text=f"You are {session['user']}.")


@blueprint.post("/logout")
def logout():
    session.clear()
    return "", 204
