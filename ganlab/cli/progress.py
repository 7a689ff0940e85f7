"""Progress on stderr."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganlab.experiments import Progress


class Pace:
    """Seconds for each step, as calls with the steps done come in; None until two have been done.

    Counted from the first call in which there was a step: what comes before it, compiling above all, comes once.
    """

    def __init__(self) -> None:
        self._begun = -1
        self._since: tuple[int, float] | None = None

    def __call__(self, done: int) -> float | None:
        """One more look at the clock."""
        now = time.monotonic()
        if self._begun < 0:
            self._begun = done
        if self._since is None:
            if done > self._begun:
                self._since = done, now
            return None
        step, start = self._since
        return (now - start) / (done - step) if done > step else None


def progress_bar(tty: bool, unit: str = "steps") -> Progress:
    """A bar on stderr that repaints itself; where nobody watches, a line for each tenth."""
    start, last, pace, told = time.monotonic(), -1, Pace(), False

    def show(done: int, total: int) -> None:
        nonlocal last, told
        if done and not told:
            print(
                f"ganlab: goes on at {unit.removesuffix('s')} {done:,} of {total:,}",
                file=sys.stderr,
                flush=True,
            )
        told = True
        each = pace(done)
        left = f", {each * (total - done):.0f} s left" if each is not None and done < total else ""
        text = f"{done:,}/{total:,} {unit}, {time.monotonic() - start:.0f} s{left}"
        if tty:
            width = max(10, min(40, shutil.get_terminal_size().columns - len(text) - 4))
            bar = "█" * (width * done // total)
            end = "\n" if done == total else ""
            print(f"\r{bar:░<{width}} {text}\x1b[K", end=end, file=sys.stderr, flush=True)
        elif done * 10 // total > last:
            last = done * 10 // total
            print(text, file=sys.stderr, flush=True)

    return show
