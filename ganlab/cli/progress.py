"""Progress on stderr."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganlab.experiments import Progress


def progress_bar(tty: bool, unit: str = "steps") -> Progress:
    """A bar on stderr that repaints itself; where nobody watches, a line for each tenth."""
    start, last, first = time.monotonic(), -1, -1

    def show(done: int, total: int) -> None:
        nonlocal last, first
        if first < 0:
            first = done
            if done:
                print(
                    f"ganlab: goes on at {unit.removesuffix('s')} {done:,} of {total:,}",
                    file=sys.stderr,
                    flush=True,
                )
        seconds = time.monotonic() - start
        left = f", {seconds * (total - done) / (done - first):.0f} s left" if first < done < total else ""
        text = f"{done:,}/{total:,} {unit}, {seconds:.0f} s{left}"
        if tty:
            width = max(10, min(40, shutil.get_terminal_size().columns - len(text) - 4))
            bar = "█" * (width * done // total)
            end = "\n" if done == total else ""
            print(f"\r{bar:░<{width}} {text}\x1b[K", end=end, file=sys.stderr, flush=True)
        elif done * 10 // total > last:
            last = done * 10 // total
            print(text, file=sys.stderr, flush=True)

    return show
