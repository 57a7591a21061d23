"""The example application: a small shop, with pages, a JSON API, carts, uploads and reports.

gunicorn starts this release as `shop:create_app()`, and the next one, which umbra's copies go to, as
`shop.next:create_app()`.
"""

from flask import Flask, request

from . import api, basket, pages
from .catalogue import Catalogue


def create_app(catalogue_class=Catalogue):
    app = Flask(__name__)
    app.config.update(
        # Both releases must be able to read the cookies that the live one has signed, or every copy of a logged-in
        # shopper's request would look like a stranger's. A real shop takes this from its configuration.
        SECRET_KEY="only an example",
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        CATALOGUE=catalogue_class(),
    )
    for part in (pages, basket, api):
        app.register_blueprint(part.blueprint)
    app.register_error_handler(404, pages.not_found)
    app.after_request(name_the_route)
    return app


def name_the_route(response):
    # The access log takes its route from this field, so that figures can be gathered per route and not per address.
    if request.url_rule is not None:
        response.headers["X-Route"] = request.url_rule.rule
    return response
