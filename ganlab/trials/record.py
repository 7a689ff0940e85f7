"""What was read of the GANs of a trial: it is filled moment by moment, and outlives the training. Without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlab.trials.metrics import METRICS

POINTS = 128  # samples of every GAN kept at every moment, to look at

COLUMNS = ("moment", "cell", "seed", *METRICS)
"""Of `Record.rows`; the first three count from 0."""

ARRAYS = ("schedule", "order", "readings", "points", "diverged", "frame")


@dataclass(eq=False)
class Record:
    """Readings of C cells x S seeds at M moments.

    | member | meaning |
    |---|---|
    | `schedule` int64 [M] | the steps at which every GAN is measured |
    | `order` int64 [C·S, 2] | cell and seed, in the order in which they are read at a moment |
    | `readings` float32 [M, C, S, len(METRICS)] | NaN until read, and from where a GAN has diverged |
    | `points` uint8 [M, C, S, POINTS, d] | some samples of each GAN, in 256 steps over `frame` float64 [d, 2] |
    | `diverged` int64 [C, S] | the moment at which numbers were first seen not to be finite; −1: none |
    | `perfect` | what a perfect sampler scores on average, by metric; those that apply |
    | `count` | how many GANs were read, over all moments so far |
    """

    schedule: NDArray[np.int64]
    order: NDArray[np.int64]
    readings: NDArray[np.float32]
    points: NDArray[np.uint8]
    diverged: NDArray[np.int64]
    frame: NDArray[np.float64]
    perfect: dict[str, float]
    count: int = 0

    @classmethod
    def blank(
        cls,
        schedule: NDArray[np.int64],
        order: Sequence[tuple[int, int]],
        frame: NDArray[np.float64],
        perfect: dict[str, float],
    ) -> Record:
        """Nothing read yet."""
        places = np.array(order, np.int64)
        shape = (len(schedule), *(places.max(0) + 1))
        return cls(
            schedule,
            places,
            np.full((*shape, len(METRICS)), np.nan, np.float32),
            np.zeros((*shape, POINTS, len(frame)), np.uint8),
            np.full(shape[1:], -1, np.int64),
            frame,
            perfect,
        )

    def add(self, readings: NDArray[np.float32], points: NDArray[np.uint8], alive: NDArray[np.bool_]) -> None:
        """The next k in order: readings `[k, metrics]`, points `[k, POINTS, d]`, and whether they are finite `[k]`."""
        moment, cells, seeds = self.places(self.count, self.count + len(alive)).T
        self.readings[moment, cells, seeds], self.points[moment, cells, seeds] = readings, points
        lost = ~alive & (self.diverged[cells, seeds] < 0)
        self.diverged[cells[lost], seeds[lost]] = moment[lost]
        self.count += len(alive)

    @property
    def total(self) -> int:
        """What `count` is in the end."""
        return len(self.schedule) * len(self.order)

    @property
    def moments(self) -> int:
        """How many moments have been read of every GAN."""
        return self.count // len(self.order)

    @property
    def finished(self) -> bool:
        """Whether every GAN has been read at every moment."""
        return self.count == self.total

    def places(self, first: int, end: int) -> NDArray[np.int64]:
        """Moment, cell and seed of readings number `first` to `end` `[n, 3]`."""
        moment, place = np.divmod(np.arange(first, end), len(self.order))
        return np.column_stack([moment, self.order[place]])

    def rows(self, since: int = 0, most: int | None = None) -> NDArray[np.float32]:
        """Readings in the order in which they came, from number `since` on, `most` at most: `[n, len(COLUMNS)]`."""
        places = self.places(since, self._end(since, most))
        return np.concatenate([places.astype(np.float32), self.readings[tuple(places.T)]], 1)

    def drawn(self, since: int = 0, most: int | None = None) -> NDArray[np.uint8]:
        """The points that belong to `rows`: `[n, POINTS, d]`."""
        return self.points[tuple(self.places(since, self._end(since, most)).T)]

    def _end(self, since: int, most: int | None) -> int:
        end = self.count if most is None else min(self.count, since + most)
        return max(since, end)

    # -- keeping it ----------------------------------------------------------------------------------------------

    def tensors(self) -> dict[str, NDArray[Any]]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in ARRAYS}

    def about(self) -> dict[str, Any]:
        """The rest, as JSON."""
        return {"perfect": self.perfect, "count": self.count}

    @classmethod
    def of(cls, about: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Record:
        """The inverse of `about` and `tensors`; raises ValueError for arrays that do not fit together."""
        record = cls(
            **{name: tensors[name].copy() for name in ARRAYS},
            perfect=dict(about["perfect"]),
            count=int(about["count"]),
        )
        m, (c, s) = len(record.schedule), record.order.max(0) + 1
        shapes = {
            "readings": (m, c, s, len(METRICS)),
            "points": (m, c, s, POINTS, len(record.frame)),
            "diverged": (c, s),
            "order": (c * s, 2),
        }
        for name, shape in shapes.items():
            if getattr(record, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(record, name).shape}, and {shape} is needed")
        if not 0 <= record.count <= record.total:
            raise ValueError(f"count is {record.count} of {record.total}")
        return record
