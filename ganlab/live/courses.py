"""The course of something from its beginning until now, in bounded memory: when it is full, every second point goes."""

from __future__ import annotations

import numpy as np

from ganlab.distributions.base import FloatArray


class Course:
    """Points at steps 0, stride, 2·stride, …: a function of the steps alone, whatever the slices they were done in."""

    def __init__(self, limit: int = 300) -> None:
        self.limit = limit
        self.stride = 1
        self._steps: list[int] = []
        self._points: list[FloatArray] = []

    def until_next(self, step: int) -> int:
        """Steps from here to the next point, at least 1."""
        return self.stride - step % self.stride

    def add(self, step: int, point: FloatArray) -> bool:
        """Takes a point where one is due; says whether it did."""
        if step % self.stride:
            return False
        if len(self._points) >= self.limit - 1:  # one place is for where it stands now
            self._steps, self._points = self._steps[::2], self._points[::2]
            self.stride *= 2
            if step % self.stride:
                return False
        self._steps.append(step)
        self._points.append(point)
        return True

    def until(self, step: int, point: FloatArray) -> FloatArray:
        """All points, and where it stands now if that is none of them `[T, …]`, T ≤ limit."""
        now = [] if self._steps and self._steps[-1] == step else [point]
        return np.stack([*self._points, *now])
