"""Fitting: an iterator over steps of gradient descent, from many starts at once. The caller owns pace and plots.

for info in Fitting(FitSpec(objective="kl_qp")): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from ganlab.divergences.results import Value
from ganlab.fitting.descent import State, begin, descend
from ganlab.fitting.exact import NAMES, mixture, of_generators, of_mixture
from ganlab.fitting.generator import Generators, pushed_forward
from ganlab.fitting.landscape import Landscape, survey
from ganlab.fitting.mixtures import Mixtures
from ganlab.fitting.objectives import FIT_OBJECTIVES
from ganlab.fitting.spec import FitSpec, target_of
from ganlab.fitting.target import Array
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.training import Training
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from torch import Tensor

SETTLED = 1e-7  # norm of a gradient below which nothing moves
TIE = 1e-6  # objectives this close are equal: two modes of one depth take no turns in being the best


@dataclass(frozen=True)
class FitInfo:
    """Readings of the starts where they are now, each `[E]`.

    `objective` is the divergence of the objective's name (W2, not its square), in nats, pure, or units of the data; of
    a generator, that of the batch. `grad` is the L2 norm of the gradient of what is descended on. A start that is not
    `finite` has stopped: its objective is infinite, or its next step would lead to where it is, or to no number.
    """

    objective: Array
    grad: Array
    finite: NDArray[np.bool_]


class Fitting:
    """Q on its way to P from `members` starts; the same spec gives the same course, bit for bit."""

    def __init__(self, spec: FitSpec) -> None:
        self.spec = spec
        self.target = target_of(spec.p)
        self.model: Mixtures | Generators = (
            Mixtures(spec, self.target) if spec.model == "gaussian" else Generators(spec, self.target)
        )
        self.objective = FIT_OBJECTIVES[spec.objective]
        self.step = 0
        self.state: State = begin(self._loss, self.model.theta)
        other = {"objective": spec.beside, "beside": "none", "adversarial": False}
        self.beside: Fitting | None = None if spec.beside == "none" else Fitting(spec.changed(**other))
        """The same starts on the spec's second objective; it goes on with this one."""
        adversarial = spec.adversarial and isinstance(self.model, Generators)
        self.twin: Training | None = (
            Training(spec.gan, self.model.seeds)
            if adversarial and isinstance(self.model, Generators)
            else None
        )
        """The same generators against a discriminator each; they go on with this one, iteration for step."""

    @property
    def members(self) -> int:
        """How many starts there are."""
        return self.spec.members

    # --- going on ---------------------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> FitInfo:
        if self.finished:
            raise StopIteration
        return self.advance(1)

    def advance(self, steps: int) -> FitInfo:
        """Some steps, fewer where the fit is over before, and the readings where it stands then."""
        done = 0
        while done < steps and not self.finished:
            self._descend()
            done += 1
        return self.info

    def _descend(self) -> None:
        """One step of this fit and of those beside it."""
        self.step += 1
        self.state = descend(self._loss, OPTIMISERS[self.spec.optimiser], self.state, self.spec.lr, self.step)
        if self.beside is not None:
            self.beside._descend()
        if self.twin is not None:
            self.twin.advance(1)

    def _loss(self, theta: Tensor, step: int) -> Tensor:
        return self.objective.of(self.model.problem, self.model.forward(theta, step))

    @property
    def finished(self) -> bool:
        """Whether the steps are done, or nothing moves any more."""
        return 0 < self.spec.steps <= self.step or self.settled

    @property
    def settled(self) -> bool:
        """Whether every start, beside too, is where its gradient vanishes, or has stopped. Noise never settles."""
        if isinstance(self.model, Generators):
            return not (self.state.finite.any() or self.twin)
        moving = self.state.finite & (self.state.gradient.norm(dim=1) >= SETTLED)
        return not moving.any() and (self.beside is None or self.beside.settled)

    def set(self, **hot: Any) -> None:
        """Change hot fields; raises SpecError for a value out of bounds or a field that needs a restart."""
        cold = sorted(set(hot) - FitSpec.HOT)
        if cold:
            allowed = f"changes only with a restart; without one: {', '.join(sorted(FitSpec.HOT))}"
            raise SpecError([(name, hot[name], allowed) for name in cold])
        self.spec = self.spec.changed(**hot)
        if self.beside is not None:
            self.beside.set(**hot)
        if self.twin is not None:
            self.twin.set(lr_d=self.spec.adversarial_lr, lr_g=self.spec.adversarial_lr)

    # --- readings ---------------------------------------------------------------------------------------------------

    @property
    def info(self) -> FitInfo:
        """Readings where the fit stands."""
        s = self.state
        shown = self._shown(s.value)
        return FitInfo(shown, s.gradient.double().norm(dim=1).numpy(), s.finite.numpy())

    def _shown(self, value: Tensor) -> Array:
        scale = self.target.scale if self.objective.units == "x" else 1.0
        return (self.objective.shown(value).double() * scale).numpy()

    @property
    def score(self) -> Array:
        """The objective `[E]` without the noise of a batch: generators are compared at evenly spaced noise."""
        if isinstance(self.model, Mixtures):
            return self.info.objective
        with torch.no_grad():
            q = self.model.samples(self.state.theta, self.model.even_noise)
            return self._shown(self.objective.of(self.model.problem, q))

    @property
    def best(self) -> int:
        """The start that is lowest now, the first of those that are about equal; 0 where none is finite."""
        score = np.where(self.state.finite.numpy(), self.score, np.inf)
        least = score.min()
        return int(np.argmax(score <= least + TIE * max(1.0, abs(least)))) if np.isfinite(least) else 0

    def parameters(self) -> dict[str, Array]:
        """ "mean", "std" and "weight" `[E, k]` of the Gaussians, in the units of the data; nothing for a generator."""
        return self.model.parameters(self.state.theta) if isinstance(self.model, Mixtures) else {}

    def density(self, x: Array) -> Array:
        """q `[E, n]` at increasing x `[n]`; a generator's is the mass of the cell around x, by its width."""
        return self.model.density(self.state.theta, np.asarray(x, dtype=np.float64))

    def p_density(self, x: Array) -> Array:
        """p `[n]` at x `[n]`."""
        return np.exp(self.target.p.logpdf(x))

    def twin_density(self, x: Array) -> Array:
        """q `[E, n]` of the adversarial generators, as `density`; ValueError where there are none."""
        if self.twin is None:
            raise ValueError("twin_density: this fit has no adversarial twin; set adversarial")
        return pushed_forward(self.twin.generate, np.asarray(x, dtype=np.float64))

    def exact(self, names: Sequence[str] = NAMES) -> list[dict[str, Value]]:
        """The divergences of these names from P, for each start; of generators, in cells. Empty where Q is no more."""
        if isinstance(self.model, Generators):
            model, theta = self.model, self.state.theta
            return of_generators(self.target, lambda z: model.generate(theta, z), names, self.spec.bandwidth)
        return [self.exact_of(i, names) for i in range(self.members)]

    def exact_of(self, start: int, names: Sequence[str] = NAMES) -> dict[str, Value]:
        """The divergences of one start."""
        if isinstance(self.model, Generators):
            return self.exact(names)[start]
        parameters = self.parameters()
        q = mixture(*(parameters[name][start] for name in ("mean", "std", "weight")))
        return {} if q is None else of_mixture(self.target.p, q, names, self.spec.bandwidth)

    def twin_exact(self, names: Sequence[str] = NAMES) -> list[dict[str, Value]]:
        """The divergences of the adversarial generators; none where there are no such."""
        if self.twin is None:
            return []
        return of_generators(self.target, self.twin.generate, names, self.spec.bandwidth)

    def landscape(self) -> Landscape | None:
        """The objective over (μ, σ) of one Gaussian, worked out once; None for any other model."""
        return self._landscape

    @cached_property
    def _landscape(self) -> Landscape | None:
        if not isinstance(self.model, Mixtures) or self.spec.components != 1:
            return None
        return survey(self.model, self.objective, self._shown)
