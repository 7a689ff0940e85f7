"""One run of a comparison: a run of a GAN that somebody else drives, and that can go back."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions.base import FloatArray
from ganlab.evaluation import diagnose
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Which
from ganlab.live.base import Clock
from ganlab.live.compare_past import Kept, size_of
from ganlab.live.compiling import Compiling
from ganlab.live.frames import Tensors
from ganlab.live.layers import View
from ganlab.live.measuring import Measuring
from ganlab.live.run import READINGS, Run


class Window(View):
    """The picture of a run in a window that it shares with others."""

    def __init__(self, spec: GanSpec, bounds: FloatArray) -> None:
        super().__init__(spec)
        self.bounds = bounds


class Lane(Run):
    """A run that is told when to go on; its state is "diverged" where it left every scale, and only there."""

    def __init__(self, name: str, spec: GanSpec, compiling: Compiling, clock: Clock) -> None:
        super().__init__(name, spec, compiling, clock=clock)
        self.kept: dict[int, Kept] = {}
        self.end: Kept | None = None  # the last state before it left every scale
        self.seconds = 0.0  # of processor time for a step
        self.own_bounds = self.view.bounds
        self.keep()

    @property
    def alive(self) -> bool:
        """Whether its numbers are finite."""
        return self.state != "diverged"

    @property
    def size(self) -> int:
        """Bytes of one moment."""
        return size_of(self.training.state)

    def show_in(self, bounds: FloatArray) -> None:
        """Takes part in the window of the others."""
        if not np.array_equal(bounds, self.view.bounds):
            self.view = Window(self.spec, bounds)
            self.measuring = Measuring(self.view)
            self.layer_cache.clear()

    # -- going on ------------------------------------------------------------------------------------------------

    def go(self, steps: int) -> None:
        """Some iterations; it stops alone where its numbers leave every scale."""
        began = time.thread_time()
        self.advance(steps)
        taken = (time.thread_time() - began) / steps
        self.seconds = 0.8 * self.seconds + 0.2 * taken if self.seconds else taken

    def turn(self, which: Which) -> None:
        """All updates of one network in an iteration; those of G end it, also where there are none."""
        count = self.spec.d_steps if which == "d" else self.spec.g_steps
        for index in range(count):
            if self.alive:
                self.half(which, last=which == "g" and index == count - 1)
        if which == "g" and count == 0:
            state = self.training.state
            self.training.load(state._replace(step=state.step + 1))

    def _diverge(self) -> None:
        super()._diverge()
        self.end = Kept(self.training.state, self.info)

    def retune(self, spec: GanSpec) -> bool:
        """Takes over the hyperparameters of a spec that is alike; True where one changed."""
        changes = {name: getattr(spec, name) for name in self.spec.differences(spec)}
        if changes:
            self.training.set(**changes)
        return bool(changes)

    # -- the past ------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Remembers this moment."""
        self.kept[self.step] = Kept(self.training.state, self.info)

    def keep_only(self, steps: Collection[int]) -> None:
        """Forgets all other moments."""
        self.kept = {step: kept for step, kept in self.kept.items() if step in steps}

    def forget_after(self, step: int) -> None:
        """What comes after this step will be another course."""
        self.kept = {at: kept for at, kept in self.kept.items() if at <= step}
        if self.end is not None and self.end.step > step:
            self.end = None

    def go_to(self, step: int) -> None:
        """To a moment that is kept; where it stopped before that, to its end; else as near before it as there is."""
        ended = self.end is not None and self.end.step <= step and step not in self.kept
        kept = (
            self.end if ended else self.kept.get(step) or self.kept[max(at for at in self.kept if at <= step)]
        )
        assert kept is not None
        self.training.load(kept.state)
        self.info, self.phase = kept.info, None
        self.state, self.diagnosis = ("diverged", "diverged") if ended else ("running", None)

    # -- what there is to see ------------------------------------------------------------------------------------

    def tensors(self, layer: str, lively: bool) -> Tensors:
        """The tensors of a layer by name."""
        return self._tensors(layer, lively)

    def row(self, measured: bool) -> dict[str, float]:
        """What belongs into a row of the history, by name."""
        values = {} if self.info is None else {name: float(getattr(self.info, name)[0]) for name in READINGS}
        return values | (dict(self.measuring.row()) if measured and self.measuring.metrics else {})

    def judge(self, columns: Mapping[str, NDArray[np.float32]]) -> None:
        """The diagnosis, from its course until now."""
        if self.alive and self.measuring.metrics is not None and len(columns["step"]):
            self.diagnosis = diagnose(columns, self.measuring.metrics).code
