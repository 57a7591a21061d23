"""The figures as tables for people."""

from .figures import balance

CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")


def show_table(title, header, rows):
    """The first column is flushed left, the last too if it is a remark (an empty heading), the others right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(row):
        cells = [cell.ljust(width) if column == 0 or not header[column] else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        return "  " + "  ".join(cells).rstrip()

    print(f"\n{title}")
    print(line(header))
    print("  " + "-" * (sum(widths) + 2 * (len(widths) - 1)))
    for row in rows:
        print(line(row))


def size(count):
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            break
        count /= 1024
    else:
        unit = "GiB"
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"


def reasons(counts):
    told = [f"{reason} {count:,}" for reason, count in sorted(counts.items()) if count]
    return ", ".join(told) or "none"


def show_relayed(figures):
    live, sessions, process = figures["live"], figures["sessions"], figures["process"]
    microseconds = 1e6 * process["cpu_seconds"] / max(1, live["exchanges"])
    show_table("What umbra relayed", ["", "live"], [
        ["exchanges", f"{live['exchanges']:,}"],
        ["connections of clients", f"{sessions['opened']:,}"],
        ["... relayed without being understood", reasons(sessions["opaque"])],
        ["... for which the app could not be connected", f"{sessions['app_connect_failed']:,}"],
        ["bytes from clients", size(live["bytes"]["from_clients"])],
        ["bytes to clients", size(live["bytes"]["to_clients"])],
        ["umbra's CPU time an exchange, copy included", f"{microseconds:,.0f} us"],
        ["umbra's memory", size(process["resident_bytes"])],
    ])


def show_copied(figures):
    shadows = figures["shadows"]
    fates = [balance(shadow) for shadow in shadows]
    rows = [["seen", *(f"{shadow['seen']:,}" for shadow in shadows)]]
    rows += [[f"= {fate}" if fate == "filtered" else f"+ {fate}", *(f"{each[fate]:,}" for each in fates)]
             for fate in fates[0]]
    rows += [
        ["dropped, by reason", *(reasons(shadow["dropped"]) for shadow in shadows)],
        ["failed, by reason", *(reasons(shadow["failed"]) for shadow in shadows)],
        ["memory held for copies now", *(size(shadow["held_bytes"]) for shadow in shadows)],
        ["memory held for copies at most", *(size(shadow["held_bytes_peak"]) for shadow in shadows)],
        ["connections opened to it", *(f"{shadow['connections']['opened']:,}" for shadow in shadows)],
    ]
    show_table("What umbra copied", ["", *(shadow["name"] for shadow in shadows)], rows)


def show_beside(figures):
    sides = [figures["live"], *figures["shadows"]]
    rows = [[f"answers {each}", *(f"{side['status'].get(each, 0):,}" for side in sides)] for each in CLASSES]
    for what, key in (("first byte", "first_byte_seconds"), ("last byte", "last_byte_seconds")):
        rows += [[f"{what} {quantile}", *(f"{1000 * side[key][quantile]:.1f} ms" for side in sides)]
                 for quantile in ("p50", "p90", "p99")]
    names = [shadow["name"] for shadow in figures["shadows"]]
    show_table("Live beside shadow, as umbra measured them", ["", "live", *names], rows)


def show_routes(routes):
    def statuses(counts):
        return " ".join(f"{status}:{count}" for status, count in sorted(counts.items())) or "-"

    rows = []
    for route in routes:
        live, shadow = route.medians()
        remarks = ["ANSWERS DIFFER"] * route.answers_differ() + ["SLOWER"] * route.slower()
        rows.append([route.name, statuses(route.statuses[0]), statuses(route.statuses[1]), f"{live:.1f} ms",
                     f"{shadow:.1f} ms", f"<- {' AND '.join(remarks)}" if remarks else ""])
    show_table("Where they differ, by the access logs of both (status:count, median time in the app)",
               ["route", "live", "next", "live", "next", ""], rows)
