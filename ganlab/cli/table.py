"""`python -m ganlab table`: a published protocol, trained here, beside what was published."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ganlab import __version__
from ganlab.cli.progress import Pace
from ganlab.cli.specs import whole
from ganlab.gan.cost import operations
from ganlab.specs import SpecError
from ganlab.trials.protocols import PROTOCOLS, SEEDS, Cell, Protocol


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    cells = "; ".join(
        f"{row.name}: {', '.join(cell.name for cell in row.cells)}" for row in PROTOCOLS.values()
    )
    command.add_argument("protocol", metavar="PROTOCOL", help=f"one of {', '.join(PROTOCOLS)}")
    command.add_argument(
        "--cell", action="append", metavar="NAME", help=f"only this one, repeatable ({cells})"
    )
    length = command.add_mutually_exclusive_group()
    steps = ", ".join(f"{row.name} {row.fast_steps:,} of {row.steps:,}" for row in PROTOCOLS.values())
    length.add_argument("--fast", action="store_true", help=f"the same with fewer steps ({steps})")
    length.add_argument("--steps", metavar="N", help="as many steps as this")
    command.add_argument("--seeds", metavar="N", default=SEEDS, help=f"default {SEEDS}, as published")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    command.add_argument(
        "--out", metavar="DIR", help="where it is kept while it trains (default: in the cache folder)"
    )
    command.add_argument("--fresh", action="store_true", help="begin anew, whatever is kept")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), help="default: CUDA where there is one")
    command.add_argument("--backend", choices=("auto", "eager", "compiled"), help="default auto")
    command.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments: argparse.Namespace) -> int:
    """Trains what is not there yet, and prints the table; raises SpecError."""
    from ganlab.experiments import writable_folder
    from ganlab.trials import tables

    if (
        "torch" not in sys.modules
    ):  # its threads, when they wait for each other, shall not take the time of others
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    protocol, steps, seeds = _asked(arguments)
    cells = tables.chosen(protocol, arguments.cell)
    tables.checked(steps, seeds)
    folder = writable_folder(arguments.out or _home(f"{protocol.name}_{steps}_{seeds}"))
    progress = None if arguments.quiet else Progress(cells, steps)
    label = tables.Table(protocol, steps, seeds, ()).label
    if progress is not None:
        print(f"ganlab: {protocol.title}, in {folder}\n{label}", file=sys.stderr, flush=True)
    place = {"device": arguments.device, "backend": arguments.backend, "fresh": arguments.fresh}
    found = []
    try:
        for cell in tables.measured(
            cells, steps=steps, seeds=seeds, folder=folder, progress=progress, **place
        ):
            found.append(cell)
            tables.write(tables.kept(protocol, steps, seeds, folder), folder)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(*(error.args or ("interrupted; the same command goes on",))) from None
    table = tables.Table(protocol, steps, seeds, tuple(found))
    print(json.dumps(table.to_dict(), allow_nan=False) if arguments.json else tables.plain(table), flush=True)
    if progress is not None:
        kept = f"{tables.JSON_FILE} and {tables.MARKDOWN_FILE}"
        print(f"ganlab: {kept}, with all finished cells, are in {folder}", file=sys.stderr)
    return 0


def _asked(arguments: argparse.Namespace) -> tuple[Protocol, int, int]:
    """The protocol, steps and seeds."""
    name = arguments.protocol
    if name not in PROTOCOLS:
        raise SpecError([("protocol", name, f"choose one of {', '.join(PROTOCOLS)}")])
    protocol = PROTOCOLS[name]
    steps = protocol.fast_steps if arguments.fast else protocol.steps
    if arguments.steps is not None:
        steps = whole("steps", arguments.steps)
    return protocol, steps, whole("seeds", arguments.seeds)


def _home(name: str) -> Path:
    """Where a table is kept unless --out says; another version of ganlab would not go on bit for bit."""
    from ganlab.gan.compiled import cache_folder

    return cache_folder().parent / "tables" / f"{name}_{__version__}"


class Progress:
    """Lines on stderr: which cell, its steps, and the time left for it and for all cells.

    What a step of another cell will take is guessed from its arithmetic.
    """

    def __init__(self, cells: Sequence[Cell], steps: int) -> None:
        self._costs = {cell.name: operations(cell.spec) * steps for cell in cells}
        self._names = list(self._costs)
        self._cell, self._tty = "", sys.stderr.isatty()
        self._start, self._last = 0.0, -1
        self._pace: Pace

    def __call__(self, cell: Cell, done: int, total: int) -> None:
        """One more look at the clock."""
        if cell.name != self._cell:
            self._cell, self._last, self._pace = cell.name, -1, Pace()
            self._start = time.monotonic()
            if done:
                self._show(f"{cell.name} goes on at step {done:,} of {total:,}", end=True)
        each = self._pace(done)
        tenth = done * 10 // total
        if self._tty or tenth > self._last:
            self._last = tenth
            self._show(self._text(cell, done, total, each), end=done == total)

    def _text(self, cell: Cell, done: int, total: int, each: float | None) -> str:
        at = self._names.index(cell.name)
        text = f"{at + 1}/{len(self._names)} {cell.name}: {done:,}/{total:,} steps"
        text += f", {duration(time.monotonic() - self._start)}"
        if each is None or done == total:
            return text
        left = each * (total - done)
        text += f", {duration(left)} left"
        later = sum(self._costs[name] for name in self._names[at + 1 :])
        if later:
            text += f", about {duration(left + each * total * later / self._costs[cell.name])} for all cells"
        return text

    def _show(self, text: str, *, end: bool) -> None:
        if self._tty:
            print(f"\r{text}\x1b[K", end="\n" if end else "", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
