"""The check of what was uploaded against the digest that its sender computed, written as in RFC 9530."""

import base64
import hashlib

from flask import abort


def content_digest(data):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def require_digest(data, claimed):
    # A copy that lost or changed a byte on its way to the next release shows up in its log, as a 400.
    if claimed != content_digest(data):
        abort(400, "The content does not match its digest.")
