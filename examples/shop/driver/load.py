"""Lets all shoppers loose on the shop, through umbra, and shows how far they are."""

import sys
import threading
import time

from .processes import Trouble
from .shoppers import Shopper

TOO_MANY_PROBLEMS = 50  # then something is broken altogether, and the rest would take time-outs without number


class Load:
    def __init__(self, port, requests, shoppers):
        self.requests = requests
        self.shoppers = [Shopper(port, seed) for seed in range(shoppers)]
        self.stopping = False
        self.seconds = 0.0

    def asked(self):
        return sum(shopper.asked for shopper in self.shoppers)

    def answered(self):
        return sum(shopper.answered for shopper in self.shoppers)

    def problems(self):
        return [problem for shopper in self.shoppers for problem in shopper.problems]

    def run(self, stack, copied):
        """Returns when enough was asked. `copied()` is the number of copies answered so far, for the progress."""
        progress = Progress(self.requests)
        started = time.monotonic()
        # Daemons: an interrupted demonstration does not wait for the journeys to end.
        threads = [threading.Thread(target=shopper.run, args=(self._may_go_on,), daemon=True)
                   for shopper in self.shoppers]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.25)
                self.seconds = time.monotonic() - started
                if (child := stack.ended()) is not None:
                    raise Trouble(f"{child.name} ended in the middle of the load, with status "
                                  f"{child.process.returncode}; its log is {child.log}")
                progress.show(self.answered(), copied(), self.seconds)
        progress.finish(self.answered(), copied(), self.seconds)

    def _may_go_on(self):
        return self.asked() < self.requests and len(self.problems()) < TOO_MANY_PROBLEMS


class Progress:
    """One line that is written over and over on a terminal; elsewhere a plain line for each fifth of the way."""

    def __init__(self, whole):
        self.whole = whole
        self.tty = sys.stdout.isatty()
        self.next_line = whole / 5

    def show(self, answered, copied, seconds):
        if self.tty:
            sys.stdout.write(f"\r\033[K{self._bar(answered)} {self._text(answered, copied, seconds)}")
            sys.stdout.flush()
        elif self.next_line <= answered < self.whole:
            print(self._text(answered, copied, seconds))
            self.next_line += self.whole / 5

    def finish(self, answered, copied, seconds):
        if self.tty:
            self.show(answered, copied, seconds)
            print()
        else:
            print(self._text(answered, copied, seconds))

    def _bar(self, answered, width=20):
        full = min(width, answered * width // self.whole)
        return f"[{'#' * full}{' ' * (width - full)}]"

    def _text(self, answered, copied, seconds):
        # Short enough for a terminal of 80 columns, where a longer line could not be written over.
        pace = answered / max(seconds, 0.001)
        return f"{answered:,} of {self.whole:,} answered, {copied:,} copied, {pace:,.0f} a second"
