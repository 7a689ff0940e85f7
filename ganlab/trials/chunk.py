"""One part of a trial, training: its GANs, how far they are, and what they read."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ganlab.gan.batches import VIEW_STREAM, draw_noise, rng
from ganlab.gan.cost import operations
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import Structure
from ganlab.gan.training import Training
from ganlab.trials.gauge import Gauge
from ganlab.trials.metrics import METRICS, SAMPLED, SAMPLES, TRAINED
from ganlab.trials.plan import Member, Part, own, places
from ganlab.trials.record import POINTS

Array = NDArray[np.float32]

Library = tuple[Structure, int, str, int]
"""What a compiled step is known by (`ganlab.gan.compiled`): structure, members, device, threads."""

NUMBERS_AT_ONCE = 50_000_000  # in the widest layer while sampling
OPERATIONS = 2e10  # a second, as a first guess


class Chunk:
    """GANs that train in one step.

    `members [k]` are those that count, the first of the `size` places; `alive [k]` those whose numbers have been
    finite at every moment. A chunk with none alive stands still and counts as trained. Its training is made when it
    first has its turn, so that a large trial begins at once.
    """

    def __init__(
        self,
        cells: Sequence[GanSpec],
        seeds: Sequence[int],
        part: Part,
        gauge: Gauge,
        *,
        device: str,
        backend: str | None,
        threads: int,
    ) -> None:
        self.members: tuple[Member, ...] = part.members
        self.gauge, self._cells, self._part = gauge, cells, part
        self._seeds = [seeds[seed] for _, seed in places(part)]
        self._options: dict[str, Any] = {"device": device, "backend": backend, "threads": threads}
        self.library: Library = (Structure.of(part.spec), part.size, device, threads)
        self.alive = np.ones(len(self.members), bool)
        self.read = 0  # moments
        self._iteration_time = (
            1e-3 + part.size * operations(part.spec) / OPERATIONS
        )  # seconds, a guess at first

    @cached_property
    def training(self) -> Training:
        """The ensemble."""
        return Training(self._part.spec, self._seeds, each=own(self._cells, self._part), **self._options)

    @property
    def begun(self) -> bool:
        """Whether it has had a turn."""
        return "training" in self.__dict__

    @property
    def step(self) -> int:
        """Iterations done."""
        return self.training.step if self.begun else 0

    @property
    def backend(self) -> str:
        """What runs, or would."""
        return self.training.backend if self.begun else "eager"

    @property
    def dead(self) -> bool:
        """Whether none of its members has finite numbers any more."""
        return not self.alive.any()

    def seconds(self, steps: int) -> float:
        """About how long so many iterations take as it runs now."""
        return steps * self._iteration_time

    def advance(self, until: int, budget: float) -> None:
        """Towards step `until` for about `budget` seconds of processor time, one iteration at least."""
        steps = min(until - self.step, max(1, int(budget / self._iteration_time)))
        began = time.thread_time()
        self.training.advance(steps)
        taken = (time.thread_time() - began) / steps
        self._iteration_time = max(1e-6, 0.5 * self._iteration_time + 0.5 * taken)

    def reading(self) -> tuple[Array, NDArray[np.uint8]]:
        """Readings `[k, metrics]` and some drawn points `[k, POINTS, d]`; NaN and 0 of members not alive."""
        k = len(self.members)
        readings = np.full((k, len(METRICS)), np.nan, np.float32)
        drawn = np.zeros((k, POINTS, self._part.spec.dim), np.uint8)
        self.read += 1
        if self.dead:
            return readings, drawn
        info = self.training.info()
        samples = self._samples()[:k]
        self.alive &= info.finite[:k] & np.isfinite(samples).all((1, 2))
        readings[:, : len(SAMPLED)] = self.gauge.measure(samples)
        readings[:, len(SAMPLED) :] = np.stack([getattr(info, name)[:k] for name in TRAINED], 1)
        readings[~self.alive] = np.nan
        drawn[self.alive] = self.gauge.drawn(samples[self.alive, :POINTS])
        return readings, drawn

    def _samples(self) -> Array:
        """Those that `Training.generate(2500)` makes `[size, 2500, d]`: noise is drawn once for members of one seed."""
        t = self.training
        drawn = {s: draw_noise(t.spec, rng(s, VIEW_STREAM, 1 + t.step), SAMPLES) for s in set(t.seeds)}
        noise = np.stack([drawn[seed] for seed in t.seeds])
        widest = max(t.structure.g_sizes)
        n = max(1, min(SAMPLES, NUMBERS_AT_ONCE // (widest * t.members)))
        return np.concatenate([t.generate(noise[:, i : i + n]) for i in range(0, SAMPLES, n)], 1)

    # -- keeping it ----------------------------------------------------------------------------------------------

    def about(self) -> dict[str, Any]:
        """How far it is, as JSON."""
        about: dict[str, Any] = {"read": self.read, "alive": self.alive.tolist()}
        if self.begun:
            s = self.training.state
            about["backend"] = self.backend
            about["state"] = {"step": s.step, "d_updates": s.d_updates, "g_updates": s.g_updates}
        return about

    def tensors(self) -> dict[str, NDArray[Any]]:
        """The state of its training, by name; nothing before it has begun."""
        if not self.begun:
            return {}
        s = self.training.state
        return {
            f"{k}.{name}": tensor.cpu().numpy()
            for k in "dg"
            for name, tensor in getattr(s, k)._asdict().items()
        }

    def resume(self, about: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        """Go on from `about` and `tensors`; raises ValueError where these are of other GANs."""
        self.read, self.alive = int(about["read"]), np.array(about["alive"], bool)
        if len(self.alive) != len(self.members):
            raise ValueError(f"{len(self.alive)} members where there are {len(self.members)}")
        if "state" in about:
            start = self.training.state
            networks = {k: _network(getattr(start, k), k, tensors, self.training.device) for k in "dg"}
            self.training.load(start._replace(**about["state"], **networks))


def _network(begun: Any, k: str, tensors: Mapping[str, NDArray[Any]], device: torch.device) -> Any:
    """A network like `begun` with the tensors that were kept."""
    found = {name: torch.from_numpy(tensors[f"{k}.{name}"]).to(device) for name in begun._fields}
    if any(tensor.shape != getattr(begun, name).shape for name, tensor in found.items()):
        raise ValueError(f"the tensors of network {k.upper()} do not fit its spec")
    return type(begun)(**found)
