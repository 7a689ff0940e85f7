"""What a comparison keeps of its past, so that all runs can go back to one step: in bounded memory.

States are immutable: keeping one is keeping a reference. Kept are multiples of a stride, which doubles when there
would be too many, and the tip: where the runs were when somebody went back.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import Any, NamedTuple

from torch import Tensor

from ganlab.gan import Info, State

MOMENTS = 120
MEMORY = 128 * 2**20  # bytes for the moments of all runs together


class Kept(NamedTuple):
    """One run at one moment; there are no readings before its first step."""

    state: State
    info: Info | None

    @property
    def step(self) -> int:
        """Iterations done."""
        return self.state.step


def size_of(part: Any) -> int:
    """Bytes of the tensors in a state, however they nest."""
    if isinstance(part, Tensor):
        return part.nbytes
    return sum(map(size_of, part)) if isinstance(part, tuple) else 0


class Moments:
    """The steps that are kept."""

    def __init__(self, limit: int = MOMENTS) -> None:
        self.limit = limit
        self.stride = 1
        self.tip: int | None = None
        self._steps = [0]

    @property
    def steps(self) -> list[int]:
        """All of them, ascending; 0 is always there."""
        if self.tip is None or self.tip in self._steps:
            return list(self._steps)
        steps = list(self._steps)
        insort(steps, self.tip)
        return steps

    def __contains__(self, step: int) -> bool:
        return step == self.tip or step in self._steps

    def due(self, step: int) -> bool:
        """Whether this step belongs to those kept."""
        return step % self.stride == 0

    def after(self, step: int) -> int:
        """The next step to keep."""
        return (step // self.stride + 1) * self.stride

    def at(self, step: int) -> int:
        """The latest that is kept, of those up to this step."""
        steps = self.steps
        return steps[max(0, bisect_right(steps, step) - 1)]

    def add(self, step: int) -> None:
        """Keeps a step, and fewer of the others when there would be more than `limit`."""
        if step not in self._steps:
            insort(self._steps, step)
        self.thin()

    def thin(self, limit: int | None = None) -> None:
        """Back to the limit, or to another one."""
        self.limit = max(1, self.limit if limit is None else limit)
        while len(self._steps) > self.limit:
            self.stride *= 2
            self._steps = [step for step in self._steps if step % self.stride == 0]

    def cut(self, last: int) -> None:
        """Forgets what comes after this step."""
        self._steps = [step for step in self._steps if step <= last]
        if self.tip is not None and self.tip > last:
            self.tip = None
