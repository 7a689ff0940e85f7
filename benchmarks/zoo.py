"""What each row of the zoo costs: the time of its compiled step over that of the bare one, in one process, in turns.

    python -m benchmarks.zoo [objectives|penalties|remedies]

One GAN with networks of 32x2 on a batch of 128, one thread, batches drawn as in a run. Each ratio is the median of
`ROUNDS` paired rounds. The first run compiles every row (15 to 60 seconds each); later runs take them from the cache.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from benchmarks.step import seconds
from benchmarks.table import Row, show
from ganlab.gan import GanSpec, Training
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES

ROUNDS = 7
CALLS = 0.15  # seconds of each round
BARE = GanSpec(device="cpu")
LIMITS = dict.fromkeys(("pack2", "pack4", "r1", "ema", "instance_noise"), 1.6)


def cases(kind: str) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
    """Name to label and fields of the rows of a kind."""
    if kind == "objectives":
        return {name: (row.label, {"objective": name}) for name, row in OBJECTIVES.items()}
    if kind == "penalties":
        return {n: (row.label, {"penalty": n}) for n, row in PENALTIES.items() if row.term is not None}
    return {n: (row.label, row.values(BARE)) for n, row in REMEDIES.items() if n not in PENALTIES}


def ratio(spec: GanSpec, bare: Training) -> tuple[float, float]:
    """(time over the bare step's, milliseconds per iteration), medians of paired rounds."""
    training = Training(spec, backend="compiled")
    training.advance(20)
    steps = max(20, int(CALLS / seconds(training.advance, 50)))
    pairs = [(seconds(training.advance, steps), seconds(bare.advance, 600)) for _ in range(ROUNDS)]
    return median(a / b for a, b in pairs), median(a for a, _ in pairs) * 1e3


def rows(kinds: tuple[str, ...] = ("objectives", "penalties", "remedies")) -> Iterator[Row]:
    """The ratios."""
    bare = Training(BARE, backend="compiled")
    bare.advance(600)
    for kind in kinds:
        for name, (label, values) in cases(kind).items():
            found, ms = ratio(BARE.changed(**values), bare)
            limit = LIMITS.get(name)
            target = "" if limit is None else f"≤ {limit}x"
            reached = None if limit is None else found <= limit
            yield Row(f"{label} (`{name}`)", f"{found:.2f}x ({ms:.3f} ms)", target, reached)


if __name__ == "__main__":
    show(rows(tuple(sys.argv[1:]) or ("objectives", "penalties", "remedies")))
