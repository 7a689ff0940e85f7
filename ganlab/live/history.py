"""The course of a run, in bounded memory: when the table is full, every second row of its older half goes.

Rows are numbered from the beginning of the run, so that a viewer can ask for those after the ones it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ganlab.live.frames import Floats

COLUMNS = (  # of a GAN; every reading of its metrics has a distance
    *("step", "loss_d", "loss_g", "value", "grad_d", "grad_g", "accuracy_real", "accuracy_fake"),
    *("modes", "high_quality", "distance", "distance_floor", "js", "w1", "spread", "value_optimal"),
)


class History:
    """Rows of `columns`, NaN where a row has no such reading; `total` counts those thinned away too.

    Rows that have the column `reading` are kept before those that have not.
    """

    def __init__(
        self, limit: int = 2000, columns: Sequence[str] = COLUMNS, reading: str | None = "distance"
    ) -> None:
        self.limit, self.columns = limit, tuple(columns)
        self._reading = None if reading is None else self.columns.index(reading)
        self.total = 0
        self._rows = np.empty((limit + 1, len(self.columns)), np.float32)
        self._numbers = np.empty(limit + 1, np.int64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def rows(self) -> Floats:
        """The rows kept [n, columns]; a view that the next `add` may overwrite."""
        return self._rows[: self._length]

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The number of each row kept [n], counted from the beginning of the run."""
        return self._numbers[: self._length]

    def add(self, values: Mapping[str, float]) -> None:
        """One more row; columns without a value are NaN."""
        self._rows[self._length] = [values.get(name, np.nan) for name in self.columns]
        self._numbers[self._length] = self.total
        self.total += 1
        self._length += 1
        if self._length > self.limit:
            self._thin()

    def _thin(self) -> None:
        """Of each pair in the older half, keeps the row with readings, else the first."""
        half = self._length // 4 * 2
        chosen = np.arange(0, half, 2)
        if self._reading is not None:
            read = ~np.isnan(self._rows[:half, self._reading])
            chosen = np.where(read[chosen + 1] & ~read[chosen], chosen + 1, chosen)
        keep = np.concatenate([chosen, np.arange(half, self._length)])
        self._rows[: len(keep)], self._numbers[: len(keep)] = self._rows[keep], self._numbers[keep]
        self._length = len(keep)

    def since(self, number: int) -> tuple[int, Floats]:
        """(from, rows [k, columns]) with `from + k == total`: rows from this number on that are still kept."""
        start = int(np.searchsorted(self.numbers, number))
        rows = self.rows[start:].copy()
        return self.total - len(rows), rows

    def cut(self, last_step: float) -> None:
        """Forgets the rows of steps after this one: the run goes on from there on another course."""
        self._length = int(np.searchsorted(self.rows[:, 0], last_step, side="right"))
        self.total = int(self.numbers[-1]) + 1 if self._length else 0

    def about(self) -> dict[str, int]:
        """How much there is of it."""
        return {"length": self._length, "total": self.total}

    def dump(self) -> tuple[dict[str, int], bytes]:
        """The table as plain data."""
        return self.about(), self.rows.tobytes() + self.numbers.tobytes()

    @classmethod
    def restore(
        cls, about: Mapping[str, int], data: bytes, *, last_step: float, limit: int = 2000
    ) -> History:
        """The inverse of `dump` for `COLUMNS`, without rows of steps after `last_step`."""
        history, n = cls(limit), about["length"]
        split = n * len(COLUMNS) * 4
        rows = np.frombuffer(data[:split], np.float32).reshape(n, len(COLUMNS))
        numbers = np.frombuffer(data[split:], np.int64)
        kept = rows[:, 0] <= np.float32(last_step)
        rows, numbers = rows[kept][-limit:], numbers[kept][-limit:]
        history._rows[: len(rows)], history._numbers[: len(rows)] = rows, numbers
        history._length = len(rows)
        history.total = int(numbers[-1]) + 1 if len(numbers) else 0
        return history
