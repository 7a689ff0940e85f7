"""The objective over the two parameters of one Gaussian: what the paths of (μ, σ) go down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab.fitting.mixtures import Mixtures
from ganlab.fitting.objectives import FitObjective
from ganlab.fitting.target import Array, Target

ACROSS, UP = 72, 48
BLOCK = 256  # points at once
MARGIN = 0.05
DECADES = 4.0  # of σ, at most


@dataclass(frozen=True)
class Landscape:
    """`values[j, i]` is the objective at (`mu[i]`, `sigma[j]`), inf where it is; log σ is evenly spaced."""

    mu: Array
    sigma: Array
    values: Array


def survey(model: Mixtures, objective: FitObjective, shown: Callable[[Tensor], Array]) -> Landscape:
    """The landscape that a fit of one Gaussian moves on; it covers P's modes and the starts."""
    mu, log_sigma = axes(model)
    points = np.stack(np.meshgrid(mu, log_sigma), axis=-1).reshape(-1, 2)
    theta = torch.from_numpy(np.concatenate([points, np.zeros((len(points), 1))], axis=1))
    with torch.no_grad():
        parts = [objective.of(model.problem, model.forward(part, 0)) for part in torch.split(theta, BLOCK)]
    values = shown(torch.cat(parts)).reshape(UP, ACROSS)
    target = model.target
    return Landscape(target.outside(mu), target.scale * np.exp(log_sigma), values)


def axes(model: Mixtures) -> tuple[Array, Array]:
    """μ `[W]` and log σ `[H]` in the target's units; no start is at the edge."""
    target, theta = model.target, model.theta.numpy()
    low, high = target.window
    wide = max(theta[:, 1].max(), np.log((high - low) / 2))
    narrow = max(min(theta[:, 1].min(), np.log(_narrowest(target) / 2)), wide - DECADES * np.log(10))
    left, right = min(low, theta[:, 0].min()), max(high, theta[:, 0].max())
    return _even(left, right, ACROSS), _even(narrow, wide, UP)


def _even(low: float, high: float, count: int) -> Array:
    """Evenly spaced values `[count]` with a margin on both sides."""
    margin = MARGIN * (high - low)
    return np.linspace(low - margin, high + margin, count)


def _narrowest(target: Target) -> float:
    """The smallest standard deviation among P's modes, or P's own scale."""
    modes = target.p.modes()
    return 1.0 if modes is None else float(modes.spreads.min()) / target.scale
