"""The way of a GAN to one of its steps, from its beginning, as fast as it goes.

A GAN that was trained in a step of several (`ganlab.trials`) is the same bit for bit only in a step of as many, since
batched products sum in another order: so it can be replayed in company of copies of itself.
"""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from ganlab.gan.iteration import State
from ganlab.gan.spec import GanSpec
from ganlab.gan.step import Network
from ganlab.gan.training import Info, Training

Backend = Literal["eager", "compiled"]


class Replay:
    """A training on its way to `until`; `members` copies in one step, on `backend` (None: compiled if it is ready)."""

    def __init__(self, spec: GanSpec, until: int, members: int = 1, backend: Backend | None = None) -> None:
        self.until, self.members, self.backend = until, members, backend
        self.training = Training(spec, [spec.seed] * members, backend="eager")
        if backend != "eager":
            self.training.take_compiled()
        self.finite = True
        self._seconds = 1e-3  # for an iteration

    @property
    def arrived(self) -> bool:
        """Whether it is there, or as far as its numbers were finite."""
        return self.training.step >= self.until or not self.finite

    def go(self, budget: float) -> None:
        """About `budget` seconds of processor time, one iteration at least."""
        steps = min(self.until - self.training.step, max(1, int(budget / self._seconds)))
        before, began = self.training.state, time.thread_time()
        self.finite = bool(self.training.advance(steps).finite.all())
        self._seconds = max(1e-6, 0.5 * self._seconds + 0.5 * (time.thread_time() - began) / steps)
        if not self.finite:
            self.training.back_to_finite(before)

    @property
    def state(self) -> State:
        """That of one copy."""
        s = self.training.state
        return s._replace(d=_alone(s.d), g=_alone(s.g))

    @property
    def info(self) -> Info:
        """Readings of one copy."""
        return Info(**{name: np.asarray(column)[:1] for name, column in vars(self.training.info()).items()})

    def about(self) -> dict[str, int | str | None]:
        """For a checkpoint, and for a frame."""
        return {"step": self.until, "members": self.members, "backend": self.backend}


def _alone(network: Network) -> Network:
    """The first of all copies."""
    return Network(*[part[:1].clone() for part in network])
