"""What must hold for the demonstration to have gone well. Each check returns a sentence, or None when all is well."""

from .figures import answers_of, balance, busy, requests_of

# What the next release's one bug breaks: see NextCatalogue.product.
ROUTES_WITH_THE_BUG = {"/products/<int:product_id>", "/api/products/<int:product_id>"}


def answers(load):
    problems = load.problems()
    if problems:
        return (f"{len(problems)} of {load.asked():,} requests through umbra were not answered as expected, the first: "
                f"{'; '.join(problems[:3])}")
    return None


def exchanges(load, figures):
    if figures["live"]["exchanges"] != load.asked():
        return f"umbra counted {figures['live']['exchanges']:,} exchanges where {load.asked():,} requests were sent"
    return None


def at_rest(figures):
    if busy(figures) != 0:
        return f"{busy(figures)} exchanges or copies were still under way long after the last answer"
    return None


def invariant(figures):
    for shadow in figures["shadows"]:
        told = balance(shadow)
        if shadow["seen"] != sum(told.values()):
            sum_ = " + ".join(f"{count} {fate}" for fate, count in told.items())
            return f"the figures of shadow {shadow['name']} do not add up: seen {shadow['seen']} is not {sum_}"
    return None


def copies(load, figures):
    for shadow in figures["shadows"]:
        if shadow["completed"] != load.asked():
            return f"shadow {shadow['name']} answered {shadow['completed']:,} copies of {load.asked():,} requests"
        if shadow["held_bytes"] != 0:
            return f"{shadow['held_bytes']:,} bytes are still held for shadow {shadow['name']}, which has nothing to do"
    return None


def same_requests(live_log, shadow_log):
    missing, extra = (requests_of(one) - requests_of(other)
                      for one, other in ((live_log, shadow_log), (shadow_log, live_log)))
    if missing or extra:
        example = " ".join(next(iter(missing or extra)))
        return (f"the next release did not get the requests that the shop got: {missing.total()} are missing there and "
                f"{extra.total()} are too many, for example {example}")
    return None


def same_answers(live_log, shadow_log):
    """The releases must differ where the bug is and nowhere else: a copy that arrives damaged is answered otherwise."""
    differing = answers_of(shadow_log) - answers_of(live_log)
    elsewhere = [answer for answer in differing if answer[3] not in ROUTES_WITH_THE_BUG or answer[4] != 500]
    if elsewhere:
        method, path, query, _, status = elsewhere[0]
        return f"the next release answered {method} {path} {query} with {status}, which no bug of its explains"
    if not differing:
        return "the bug of the next release did not show"
    return None


def all_of(load, figures, live_log, shadow_log):
    found = (answers(load), exchanges(load, figures), at_rest(figures), invariant(figures),
             copies(load, figures), same_requests(live_log, shadow_log), same_answers(live_log, shadow_log))
    return [sentence for sentence in found if sentence]
