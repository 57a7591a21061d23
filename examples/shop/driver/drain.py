"""How umbra takes its leave: SIGTERM while one client waits idly and another is in the middle of an answer."""

import http.client
import time

from .processes import Trouble

SECONDS = 10  # far below umbra's own 25 s: a drain that needs those has waited for something that never comes


def drain(stack):
    """Sends SIGTERM to umbra; returns a report and a list of sentences about what went wrong."""
    try:
        idle, answer = open_request(stack, "/"), open_request(stack, "/reports/sales.csv")
        idle.read()  # the other one has only begun: its head is here, the months are still to come
    except (OSError, http.client.HTTPException) as error:
        raise Trouble(f"umbra did not relay two more requests before its drain: {error!r}") from None

    started = time.monotonic()
    stack.umbra.process.terminate()
    idle_closed = wait_closed(idle.connection.sock)
    idle_seconds = time.monotonic() - started
    whole = read_whole(answer)
    status = stack.umbra.terminate(SECONDS)
    seconds = time.monotonic() - started

    wrong = []
    if not idle_closed:
        wrong.append(f"the connection of an idle client was still open {SECONDS} s after SIGTERM")
    if not whole:
        wrong.append("the answer that was under way at SIGTERM was cut short")
    if status is None:
        wrong.append(f"umbra was still there {seconds:.0f} s after SIGTERM")
    elif status != 0:
        wrong.append(f"umbra ended with status {status} after SIGTERM; its log is {stack.umbra.log}")
    return (f"At SIGTERM one client was idle and one in the middle of an answer: the idle connection was closed after "
            f"{idle_seconds:.2f} s, the answer {'arrived whole' if whole else 'was cut short'}, and umbra ended with "
            f"status {status} after {seconds:.2f} s."), wrong


def open_request(stack, target):
    connection = http.client.HTTPConnection("127.0.0.1", stack.umbra_port, timeout=SECONDS)
    connection.request("GET", target)
    response = connection.getresponse()
    response.connection = connection  # or it would be closed with its last reference
    return response


def wait_closed(connection):
    try:
        return connection is None or connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def read_whole(answer):
    try:
        return answer.read().count(b"\n") == 13  # a heading and twelve months
    except (OSError, http.client.HTTPException):
        return False
