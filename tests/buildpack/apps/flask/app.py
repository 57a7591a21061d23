"""An application behind umbra."""

import sys
import time

import flask

app = flask.Flask(__name__)


@app.get("/")
def index():
    return "hello\n"


@app.get("/slow")
def slow():
    print("slow begins", file=sys.stderr, flush=True)
    time.sleep(float(flask.request.args["seconds"]))
    return "slow ends\n"


@app.route("/echo", methods=["GET", "POST", "PUT", "DELETE"])
def echo():
    target = flask.request.full_path.rstrip("?")
    return f"{flask.request.method} {target} {flask.request.get_data(as_text=True)}\n"
