"""`Trial`: many GANs, cells x seeds, trained together and measured at the same moments.

for _ in Trial([GanSpec(lr_d=rate) for rate in rates], seeds=range(4), steps=2000): ...

An iterator: every `next` is a slice of work, some tens of milliseconds, so that the caller owns pace, stopping and
plots. All cells reach a moment before any goes on to the next. GANs never interact: what a cell reads is what it
would read alone, to float32 rounding.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from ganlab.gan.devices import choose
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import Structure
from ganlab.specs import SpecError
from ganlab.trials import saving
from ganlab.trials.chunk import Chunk
from ganlab.trials.gauge import Gauge
from ganlab.trials.metrics import METRICS
from ganlab.trials.plan import CHUNK, plan
from ganlab.trials.schedule import MOMENTS, schedule

SLICE = 0.03  # seconds of processor time
POINTS = 128  # samples of every GAN kept at every moment, to look at
MAX_STEPS = 1_000_000
MAX_MOMENTS = 200
MAX_MEMBERS = 4096
MAX_SEED = 2**31 - 1

COLUMNS = ("moment", "cell", "seed", *METRICS)
"""Of the rows of `Trial.rows`; the first three count from 0."""

Library = tuple[Structure, int, str, int]
"""What a compiled step is known by (`ganlab.gan.compiled`): structure, members, device, threads."""


class Trial:
    """Cells x seeds, being trained and measured.

    | member | meaning |
    |---|---|
    | `cells [C]`, `seeds [S]`, `steps` | what was asked for |
    | `schedule` int64 [M] | the steps at which every GAN is measured |
    | `readings` float32 [M, C, S, len(METRICS)] | NaN until read, and from where a GAN has diverged |
    | `points` uint8 [M, C, S, 128, d] | some samples of each GAN, in 256 steps over `frame(cell)` |
    | `diverged` int64 [C, S] | the moment at which numbers were first seen not to be finite; −1: none |
    | `moments` | how many moments have been read of every GAN |
    | `done`, `total` | iterations of single GANs, so far and in all |
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
        self.schedule = schedule(self.steps, _whole("moments", moments, MAX_MOMENTS))
        self.chunk, self.threads = _whole("chunk", chunk, MAX_MEMBERS), threads
        members = len(self.cells) * len(self.seeds)
        first = self.cells[0].changed(device=device) if device else self.cells[0]
        self.device = choose(first, members)
        at = torch.device(self.device)
        self._gauges = {spec.data: Gauge(spec.distribution, at) for spec in self.cells}
        self.chunks = [
            Chunk(
                self.cells,
                self.seeds,
                part,
                self._gauges[part.spec.data],
                device=self.device,
                backend=backend,
                threads=threads,
            )
            for part in plan(self.cells, len(self.seeds), members if at.type == "cuda" else self.chunk)
        ]
        shape = (len(self.schedule), len(self.cells), len(self.seeds))
        self.readings = np.full((*shape, len(METRICS)), np.nan, np.float32)
        self.points = np.zeros((*shape, POINTS, self.cells[0].dim), np.uint8)
        self.diverged = np.full(shape[1:], -1, np.int64)
        self.next = 0  # the chunk whose turn it is

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
        """The next chunk on its way to the next moment, or its reading there."""
        chunk = self.chunks[self.next]
        until = int(self.schedule[chunk.read])
        if not chunk.dead:
            chunk.advance(until, budget)
        if chunk.dead or chunk.step == until:
            self._read(chunk)
            self.next = (self.next + 1) % len(self.chunks)

    def _read(self, chunk: Chunk) -> None:
        moment, (cells, seeds) = chunk.read, np.array(chunk.members).T
        self.readings[moment, cells, seeds], self.points[moment, cells, seeds] = chunk.reading(POINTS)
        lost = ~chunk.alive & (self.diverged[cells, seeds] < 0)
        self.diverged[cells[lost], seeds[lost]] = moment

    @property
    def finished(self) -> bool:
        """Whether every GAN has been read at every moment."""
        return self.moments == len(self.schedule)

    @property
    def moments(self) -> int:
        """How many moments have been read of every GAN."""
        return self.chunks[-1].read

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
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(chunk.members) * chunk.read for chunk in self.chunks)

    def rows(self, since: int = 0) -> NDArray[np.float32]:
        """Readings in the order in which they were taken, from row number `since` on: `[n, len(COLUMNS)]`."""
        places = self.places(since)
        return np.concatenate([places.astype(np.float32), self.readings[tuple(places.T)]], 1)

    def places(self, since: int = 0) -> NDArray[np.int64]:
        """Moment, cell and seed of each row `[n, 3]`: moment by moment, chunk by chunk."""
        order = np.array([member for chunk in self.chunks for member in chunk.members]).reshape(-1, 2)
        number = np.arange(since, max(since, self.count))
        moment, place = np.divmod(number, len(order))
        return np.column_stack([moment, order[place]])

    def perfect(self, cell: int) -> dict[str, float]:
        """What a perfect sampler of a cell's data scores on average, by metric; those that apply."""
        return self._gauge(cell).perfect

    def frame(self, cell: int) -> NDArray[np.float64]:
        """What `points` of a cell are drawn in: low and high of each axis `[d, 2]`."""
        return self._gauge(cell).frame

    def _gauge(self, cell: int) -> Gauge:
        return self._gauges[self.cells[cell].data]

    # -- backends ------------------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """What runs now: `eager`, `compiled`, or `mixed`."""
        names = {chunk.training.backend for chunk in self.chunks}
        return names.pop() if len(names) == 1 else "mixed"

    def eager(self) -> dict[Library, int]:
        """Steps that are not compiled, with the iterations of single GANs that are left for each."""
        left: dict[Library, int] = {}
        for chunk in self.chunks:
            if chunk.training.backend == "eager" and not chunk.dead:
                rest = chunk.training.members * (self.steps - chunk.step)
                left[chunk.library] = left.get(chunk.library, 0) + rest
        return left

    def take_compiled(self) -> bool:
        """Switch all chunks to compiled steps that the cache has; True if there is none left that is eager."""
        taken = [chunk.training.take_compiled() for chunk in self.chunks]
        return all(taken)

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
    """Cells and seeds, some of each and not too many, with data of one dimension."""
    chosen = tuple(int(seed) for seed in seeds)
    if not chosen or len(set(chosen)) < len(chosen) or not all(0 <= seed <= MAX_SEED for seed in chosen):
        raise SpecError(
            [("seeds", tuple(seeds), f"distinct whole numbers from 0 to {MAX_SEED}, at least one")]
        )
    if not 1 <= len(cells) * len(chosen) <= MAX_MEMBERS:
        found = f"{len(cells)} cells x {len(chosen)} seeds"
        raise SpecError([("cells", found, f"1 to {MAX_MEMBERS:,} GANs, counted as cells x seeds")])
    dims = sorted({spec.dim for spec in cells})
    if len(dims) > 1:
        raise SpecError([("data", dims, "data of one dimension, for all cells the same")])
    return tuple(cells), chosen


def _whole(name: str, value: int, most: int) -> int:
    if isinstance(value, bool) or int(value) != value or not 1 <= value <= most:
        raise SpecError([(name, value, f"a whole number from 1 to {most:,}")])
    return int(value)
