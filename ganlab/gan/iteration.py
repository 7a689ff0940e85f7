"""How an iteration is made of updates: who moves when, how often, and against whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import torch

from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.step import D_INFO, G_INFO, Network, Update

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.gan.batches import Batches
    from ganlab.gan.counters import DeviceBatches
    from ganlab.gan.spec import GanSpec


class State(NamedTuple):
    """All that the next iteration needs. Never written to: holding a reference is a checkpoint."""

    step: int
    d_updates: int
    g_updates: int
    d: Network
    g: Network


class Iteration:
    """Turns one state into the next. `updates` are those of `ganlab.gan.step`, eager or compiled."""

    def __init__(
        self, spec: GanSpec, batches: Batches | DeviceBatches, hyper: Tensor, updates: Mapping[str, Update]
    ) -> None:
        self.batches, self.updates = batches, updates
        self.readings: dict[tuple[str, ...], Tensor] = {}
        """By names, `[E, names]`: of the latest updates."""
        self.change(spec, hyper)

    def change(self, spec: GanSpec, hyper: Tensor, *, noisy: bool | None = None) -> None:
        """Other hyperparameters from now on; `noisy` says whether any member has instance noise."""
        self.spec, self.hyper = spec, hyper
        self.noisy = spec.instance_noise > 0 if noisy is None else noisy
        self.adversarial = OBJECTIVES[spec.objective].adversarial

    def whole(self, state: State) -> State:
        """One iteration."""
        if self.spec.updates == "extragradient":
            return self._extragradient(state)
        step, i, j, d, g = state
        old = d
        for _ in range(self.spec.d_steps if self.adversarial else 0):
            d, i = self.d(d, g, i), i + 1
        seen = old if self.spec.updates == "simultaneous" else d
        for _ in range(self.spec.g_steps):
            g, j = self.g(g, seen, j), j + 1
        return State(step + 1, i, j, d, g)

    def d(self, d: Network, g: Network, update: int, at: Tensor | None = None) -> Network:
        """One update of D, by its gradient at its own parameters or elsewhere."""
        batch = self.batches.d(update, jitter=self.noisy)
        *new, self.readings[D_INFO] = self.updates["d"](
            d, d.theta if at is None else at, g.theta, self.hyper, batch
        )
        return Network(*new)

    def g(self, g: Network, d: Network, update: int, at: Tensor | None = None) -> Network:
        """One update of G, by its gradient at its own parameters or elsewhere."""
        if self.spec.unroll and self.adversarial:
            return self._unrolled(g, d, update)
        batch = self.batches.g(update, jitter=self.noisy)
        place = g.theta if at is None else at
        *new, self.readings[G_INFO] = self.updates["g"](g, place, d.theta, d.t, d.extra, self.hyper, batch)
        return Network(*new)

    def _unrolled(self, g: Network, d: Network, update: int) -> Network:
        """G's gradient through `unroll` further updates of D, by the chain rule backwards (Metz et al. 2017)."""
        batch, hyper = self.batches.g(update, jitter=self.noisy), self.hyper
        path = [d]
        for _ in range(self.spec.unroll):
            *new, _ = self.updates["d"](path[-1], path[-1].theta, g.theta, hyper, batch)
            path.append(Network(*new))
        gradient, by_d, loss = self.updates["g_gradient"](g.theta, path[-1], d.t, hyper, batch)
        back = [by_d, torch.zeros_like(by_d), torch.zeros_like(by_d)]
        for before in reversed(path[:-1]):
            *back, by_g = self.updates["unroll_back"](before, g.theta, hyper, batch, *back)
            gradient = gradient + by_g
        *new, self.readings[G_INFO] = self.updates["g_apply"](g, gradient, loss, hyper)
        return Network(*new)

    def _extragradient(self, state: State) -> State:
        """Both look ahead, then move from where they were by the gradients there (Gidel et al. 2019, algorithm 3)."""
        step, i, j, d, g = state
        d_ahead, g_ahead = self.d(d, g, i), self.g(g, d, j)
        d_from, g_from = d_ahead._replace(theta=d.theta), g_ahead._replace(theta=g.theta)
        d_new = self.d(d_from, g_ahead, i + 1, at=d_ahead.theta)
        g_new = self.g(g_from, d_ahead, j + 1, at=g_ahead.theta)
        return State(step + 1, i + 2, j + 2, d_new, g_new)
