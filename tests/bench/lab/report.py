"""Tables for people, in Markdown, so that they can be put into a README as they are."""


def table(title, header, rows, note=""):
    texts = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in texts) for i in range(len(header))]

    def line(cells):
        aligned = [cells[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return "| " + " | ".join(aligned) + " |"
    rule = "|" + "|".join("-" * (width + 1) + (":" if i else "-") for i, width in enumerate(widths)) + "|"
    print(f"\n### {title}\n")
    if note:
        print(f"{note}\n")
    print("\n".join([line(texts[0]), rule, *map(line, texts[1:])]), flush=True)


def _share(value):
    return "-" if value is None else f"{value:.2%}"


def _cpu(data, title="CPU time per exchange, kept-alive connections"):
    rows = []
    for shadows, by_name in data["summary"].items():
        for name, figures in by_name.items():
            of_nginx, of_floor = figures.get("of_nginx"), figures.get("of_floor")
            rows.append((name, shadows, f"{figures['cpu_us']:.2f}",
                         f"{of_nginx['median']:.3f}" if of_nginx else "-",
                         f"{of_nginx['min']:.3f}..{of_nginx['max']:.3f}" if of_nginx else "-",
                         f"{of_floor['median']:.3f}" if of_floor else "-",
                         f"{figures['rps']:.0f}", _share(figures["delivered"]), figures["errors"]))
    table(title, ("", "shadows", "us, median", "of nginx's", "min..max", "of floor's", "exchanges/s", "copies",
                  "errors"), rows,
          f"User and system time of the process tree, by {data['clock']}, {len(data['rounds'])} round(s).")


def _connect(data):
    _cpu(data, "CPU time per request on a new connection")


def _rules(data):
    rows = [(name, f"{figures['cpu_us']:.2f}",
             *(f"{figures[key]['median']:.3f} ({figures[key]['min']:.3f}..{figures[key]['max']:.3f})"
               for key in ("of_no rules", "of_25 %")),
             _share(figures["delivered"]), figures["errors"]) for name, figures in data["summary"][1].items()]
    table("What rules cost: CPU time per exchange with one shadow",
          ("", "us, median", "of no rules'", "of the sample's", "copies", "errors"), rows,
          "Not batched. A sample sends fewer copies; what conditions and edits cost besides is in the last ratio.")


def _syscalls(data):
    rows = []
    for shadows, by_name in data["runs"].items():
        for name, figures in by_name.items():
            most = sorted(figures["by_call"].items(), key=lambda pair: -pair[1])[:6]
            rows.append((name, shadows, f"{figures['counted']:.2f}", f"{figures['data']:.2f}",
                         f"{figures['event']:.2f}", f"{figures['connection']:.2f}",
                         "-" if figures["all"] is None else f"{figures['all']:.2f}",
                         ", ".join(f"{call} {count:.2f}" for call, count in most)))
    table("System calls per exchange, full load",
          ("", "shadows", "counted", "data", "event", "connection", "all calls", "most frequent"), rows,
          f"Counted by {data['method']}; `counted` is data, event and connection calls.")


def _instructions(data):
    rows = [(name, shadows, f"{count:,.0f}") for shadows, by_name in data["runs"].items()
            for name, count in by_name.items()]
    table("User instructions per exchange", ("", "shadows", "instructions"), rows,
          "Callgrind, slope between {} and {} requests.".format(*data["requests"]) +
          " Under valgrind no shadow is quick, so `auto` has no cause to batch.")


def _latency(data):
    rows = [(name, shadow, f"{figures['p50']:.0f}", f"{figures['p99']:.0f}", f"{figures['p999']:.0f}",
             f"{figures['of_absent']:.2f}", figures["errors"], _share(figures["unanswered_share"]),
             " ".join(f"{run['latency_us']['p99']:.0f}" for run in data["runs"][name][shadow]))
            for name, by_shadow in data["least_disturbed"].items() for shadow, figures in by_shadow.items()]
    table("Open-loop latency from the intended send time, in us",
          ("", "shadow", "p50", "p99", "p99.9", "p99 of absent's", "errors", "unanswered", "p99 of each round"), rows,
          f"{data['rate']} requests/s for {data['seconds']} s on {data['connections']} connections; the least "
          "disturbed round. Unanswered: a second after being sent, or never sent since no connection came free; the "
          "worst round. Latencies are of those answered.")


def _hung(data):
    rows = [(name, mode, f"{run['rps']:.0f}", f"{run['cpu_us']:.2f}", f"{run['p99_us']:.0f}",
             f"{run['peak_mib']:.1f}", f"{run['grown_mib']:.1f}", run["errors"],
             f"{runs['throughput_ratio']:.3f}" if mode == "hung" else "")
            for name, runs in data["runs"].items() for mode, run in runs.items() if mode != "throughput_ratio"]
    table(f"Full load for {data['seconds']:g} s past a hung shadow",
          ("", "shadow", "exchanges/s", "CPU us", "p99 us", "peak MiB", "grown MiB", "errors", "of healthy"), rows)


def _delivery(data):
    rows = [(name, run["answered"], run["errors"], run["app_requests"], run["received"], run["connections"], run["bad"])
            for name, run in data["runs"].items()]
    table(f"Delivery of {data['requests']} requests to a healthy shadow",
          ("", "answered", "errors", "app received", "shadow received", "shadow connections", "bad"), rows)


def _idle(data):
    rows = [(name, kind, f"{figures['before_mib']:.1f}", f"{figures['held_mib']:.1f}",
             f"{figures['bytes_per_session']:.0f}")
            for name, kinds in data["runs"].items() for kind, figures in kinds.items()]
    table(f"Resident memory of {data['sessions']} idle sessions",
          ("", "sessions", "before MiB", "held MiB", "bytes/session"), rows)


def _upload(data):
    rows = [(name, mode, figures["answered"], f"{figures['mib_per_second']:.0f}", f"{figures['grown_mib']:.1f}",
             f"{figures['stored_mib']:.0f}",
             "-" if figures["shadow_bytes"] is None else f"{figures['shadow_bytes'] / data['bytes']:.2%}")
            for name, runs in data["runs"].items() for mode, figures in runs.items()]
    table(f"Upload of {data['bytes'] / 2**20:.0f} MiB",
          ("", "shadow", "answered", "MiB/s", "grown MiB", "on disk MiB", "shadow got"), rows)


def targets(judged):
    table("Targets", ("", "measured", "limit", ""), judged.rows)


PRINT = {"cpu": _cpu, "syscalls": _syscalls, "instructions": _instructions, "latency": _latency, "hung": _hung,
         "delivery": _delivery, "idle": _idle, "upload": _upload, "connect": _connect, "rules": _rules}
