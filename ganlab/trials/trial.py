"""`Trial`: many GANs, cells x seeds, trained together and measured at the same moments.

for _ in Trial([GanSpec(lr_d=rate) for rate in rates], seeds=range(4), steps=2000): ...

An iterator: every `next` is a slice of work, some tens of milliseconds, so that the caller owns pace, stopping and
plots. All cells reach a moment before any goes on to the next. GANs never interact: what a cell reads is what it
would read alone, to float32 rounding (and bit for bit what it would read in a step of as many GANs; in a chaotic
course rounding grows).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import inf
from typing import Any, Self

import torch
from numpy.typing import NDArray

from ganlab.gan.devices import choose
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError
from ganlab.trials import saving
from ganlab.trials.chunk import Chunk, Library
from ganlab.trials.gauge import Gauge
from ganlab.trials.plan import CHUNK, OPERATIONS, plan
from ganlab.trials.record import Record
from ganlab.trials.schedule import MOMENTS, schedule

SLICE = 0.03  # seconds of processor time
MAX_STEPS = 1_000_000
MAX_MOMENTS = 200
MAX_MEMBERS = 4096
MAX_SEED = 2**31 - 1


class Trial:
    """Cells x seeds, being trained and measured.

    | member | meaning |
    |---|---|
    | `cells [C]`, `seeds [S]`, `steps` | what was asked for; all cells have the same data |
    | `record` | all that was read (`ganlab.trials.record.Record`) |
    | `readings`, `schedule`, `moments`, `finished` | those of the record |
    | `done`, `total` | iterations of single GANs, so far and in all |
    | `chunks` | the GANs, grouped as they train |
    | `compiled` | steps that chunks take compiled at their next turn; after `restore` those that were |
    """

    def __init__(
        self,
        cells: Sequence[GanSpec],
        seeds: Sequence[int],
        steps: int,
        moments: int = MOMENTS,
        *,
        chunk: int = CHUNK,
        device: str | None = None,
        backend: str | None = None,
        threads: int = 1,
    ) -> None:
        """Every seed is trained in every cell, in place of the cells' own; `device` and `backend` override theirs.

        `chunk`: GANs in one step, at most; on CUDA it is all that can. Raises SpecError for what cannot run.
        """
        self.cells, self.seeds = _checked(cells, seeds)
        self.steps = _whole("steps", steps, MAX_STEPS)
        moments = _whole("moments", moments, MAX_MOMENTS)
        self.chunk, self.threads = _whole("chunk", chunk, MAX_MEMBERS), threads
        members = len(self.cells) * len(self.seeds)
        self.device = choose(self.cells[0].changed(**({"device": device} if device else {})), members)
        self.gauge = Gauge(self.cells[0].distribution, torch.device(self.device))
        cuda = self.device.startswith("cuda")
        together, most = (members, inf) if cuda else (self.chunk, OPERATIONS)
        options: dict[str, Any] = {"device": self.device, "backend": backend, "threads": threads}
        self.chunks = [
            Chunk(self.cells, self.seeds, part, self.gauge, **options)
            for part in plan(self.cells, len(self.seeds), together, most)
        ]
        order = [member for each in self.chunks for member in each.members]
        self.record = Record.blank(schedule(self.steps, moments), order, self.gauge.frame, self.gauge.perfect)
        self.turn = 0  # number of the chunk that goes on next
        self.compiled: set[Library] = set()

    # -- going on ------------------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Self:
        """A slice of work; the trial itself."""
        if self.finished:
            raise StopIteration
        self.work(SLICE)
        return self

    def work(self, budget: float) -> None:
        """Goes on for about `budget` seconds of processor time; at least one iteration of one chunk."""
        until = time.thread_time() + budget
        while not self.finished:
            self._slice(max(0.0, until - time.thread_time()))
            if time.thread_time() >= until:
                return

    def _slice(self, budget: float) -> None:
        """The next chunk on its way to the next moment, and its reading there."""
        chunk = self.chunks[self.turn]
        until = int(self.schedule[chunk.read])
        if not chunk.dead:
            if (
                chunk.backend == "eager"
                and chunk.library in self.compiled
                and not chunk.training.take_compiled()
            ):
                self.compiled.discard(chunk.library)  # it was taken out of the cache meanwhile
            chunk.advance(until, budget)
        if chunk.dead or chunk.step == until:
            readings, points = chunk.reading()
            self.record.add(readings, points, chunk.alive)
            self.turn = (self.turn + 1) % len(self.chunks)

    @property
    def done(self) -> int:
        """Iterations of single GANs so far; those of a chunk without anything finite count as done."""
        return sum(len(c.members) * (self.steps if c.dead else c.step) for c in self.chunks)

    @property
    def total(self) -> int:
        """Iterations of single GANs in all."""
        return len(self.cells) * len(self.seeds) * self.steps

    # -- what was read -------------------------------------------------------------------------------------------

    @property
    def readings(self) -> NDArray[Any]:
        """float32 `[M, C, S, len(METRICS)]`; NaN until read, and from where a GAN has diverged."""
        return self.record.readings

    @property
    def schedule(self) -> NDArray[Any]:
        """The steps `[M]` at which every GAN is measured."""
        return self.record.schedule

    @property
    def moments(self) -> int:
        """How many moments have been read of every GAN."""
        return self.record.moments

    @property
    def finished(self) -> bool:
        """Whether every GAN has been read at every moment."""
        return self.record.finished

    # -- backends ------------------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """What runs now: `eager`, `compiled`, or `mixed`."""
        names = {chunk.backend for chunk in self.chunks if chunk.begun} or {"eager"}
        return names.pop() if len(names) == 1 else "mixed"

    def eager(self) -> dict[Library, float]:
        """Steps that run eager, with about how many seconds are left of each."""
        left: dict[Library, float] = {}
        for chunk in self.chunks:
            if chunk.backend == "eager" and not chunk.dead:
                rest = chunk.seconds(self.steps - chunk.step)
                left[chunk.library] = left.get(chunk.library, 0.0) + rest
        return {library: seconds for library, seconds in left.items() if library not in self.compiled}

    def take_compiled(self, libraries: Sequence[Library] | None = None) -> bool:
        """Go on with compiled steps where the cache has them, each chunk at its next turn; True if all are compiled.

        `libraries`: those that may have become ready; all by default.
        """
        wanted = self.eager() if libraries is None else libraries
        for library in wanted:
            first = next((c for c in self.chunks if c.library == library and not c.dead), None)
            if first is not None and first.training.take_compiled():
                self.compiled.add(library)
        return not self.eager()

    # -- keeping it ----------------------------------------------------------------------------------------------

    def save(self) -> bytes:
        """The trial as safetensors: specs, states and readings; no pickle."""
        return saving.dump(self)

    @classmethod
    def restore(cls, data: bytes, **options: Any) -> Trial:
        """A trial that goes on where `save` was called; `options` are device, backend and threads.

        Raises ValueError where the data are not a trial.
        """
        return saving.load(cls, data, options)


def _checked(cells: Sequence[GanSpec], seeds: Sequence[int]) -> tuple[tuple[GanSpec, ...], tuple[int, ...]]:
    """Cells and seeds, some of each and not too many, with the same data."""
    chosen = tuple(int(seed) for seed in seeds)
    if not chosen or len(set(chosen)) < len(chosen) or not all(0 <= seed <= MAX_SEED for seed in chosen):
        raise SpecError(
            [("seeds", tuple(seeds), f"distinct whole numbers from 0 to {MAX_SEED}, at least one")]
        )
    if not 1 <= len(cells) * len(chosen) <= MAX_MEMBERS:
        found = f"{len(cells)} cells x {len(chosen)} seeds"
        raise SpecError([("cells", found, f"1 to {MAX_MEMBERS:,} GANs, counted as cells x seeds")])
    data = sorted({spec.data for spec in cells})
    if len(data) > 1:
        raise SpecError([("data", data, "the same data for all cells")])
    return tuple(cells), chosen


def _whole(name: str, value: int, most: int) -> int:
    if isinstance(value, bool) or int(value) != value or not 1 <= value <= most:
        raise SpecError([(name, value, f"a whole number from 1 to {most:,}")])
    return int(value)
