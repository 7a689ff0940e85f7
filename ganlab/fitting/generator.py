"""Q as a small network: x = G(z), z ~ N(0, 1), trained on an explicit divergence, without a discriminator.

Initial weights and noise are those of the adversarial twin (`FitSpec.gan`): member i of seed s begins where a GAN of
seed s + i begins, and its step k sees the noise that the GAN's k-th update of G sees.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import scipy
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganlab.evaluation import noise_knots, pushforward_masses
from ganlab.fitting.kernel import KernelProblem
from ganlab.fitting.spec import FitSpec
from ganlab.fitting.target import Array, Target
from ganlab.gan.batches import INITIAL_STREAM, Batches, rng
from ganlab.gan.networks import Net, forward, initial, unpack

Generate = Callable[[Array], NDArray[Any]]
"""Generators as a function: noise `[m, 1]` to `[E, m, 1]`, in the units of the data."""

LEVELS = 512  # of the noise by which generators are compared


class Generators:
    """The generators of a spec, one for each start."""

    def __init__(self, spec: FitSpec, target: Target) -> None:
        self.spec, self.target = spec, target
        self.net = Net((1, *spec.hidden, 1), spec.activation)
        self.seeds = tuple(spec.seed + i for i in range(spec.members))
        rows = [initial(self.net, rng(seed, INITIAL_STREAM, 1)) for seed in self.seeds]
        self.theta = torch.from_numpy(np.stack(rows))
        self._batches = Batches(spec.gan, self.seeds, torch.device("cpu"))
        self.problem = KernelProblem(target, spec.bandwidth, self._reach())

    def noise(self, step: int) -> Tensor:
        """z `[E, B, 1]` of a step."""
        return self._batches.g(step, jitter=False).noise

    def samples(self, theta: Tensor, noise: Tensor) -> Tensor:
        """G(z) `[E, B, 1]` in the target's units, float64."""
        x = forward(self.net, unpack(theta, self.net), noise).double()
        return (x - self.target.centre) / self.target.scale

    def forward(self, theta: Tensor, step: int) -> Tensor:
        """The samples of a step."""
        return self.samples(theta, self.noise(step))

    @cached_property
    def even_noise(self) -> Tensor:
        """Noise at evenly spaced levels `[E, n, 1]`: a batch without chance."""
        z = scipy.special.ndtri((np.arange(LEVELS) + 0.5) / LEVELS).astype(np.float32)
        return torch.from_numpy(z)[None, :, None].expand(len(self.seeds), -1, -1).contiguous()

    def generate(self, theta: Tensor, noise: Array) -> Array:
        """G at noise `[n, 1]` -> `[E, n, 1]`, in the units of the data."""
        z = torch.from_numpy(noise.astype(np.float32)).expand(len(self.seeds), -1, -1).contiguous()
        with torch.no_grad():
            return forward(self.net, unpack(theta, self.net), z).double().numpy()

    def density(self, theta: Tensor, x: Array) -> Array:
        """q `[E, n]` at increasing x `[n]`, exact for the network as it is (see `pushed_forward`)."""
        return pushed_forward(lambda noise: self.generate(theta, noise), x)

    def _reach(self) -> tuple[float, float]:
        """Where the generators begin, and as far again on both sides."""
        with torch.no_grad():
            x = self.forward(self.theta, 0)
        low, high = float(x.min()), float(x.max())
        return low - (high - low) / 2, high + (high - low) / 2


def pushed_forward(generate: Generate, x: Array) -> Array:
    """q `[E, n]` of generators at increasing x `[n]`: the mass in the cell around each, by its width.

    No kernel: normal noise is pushed forward through G.
    """
    edges = cell_edges(x)
    return masses(generate, edges)[:, 1:-1] / np.diff(edges)


def masses(generate: Generate, edges: Array) -> Array:
    """What generators put below, between and above edges `[n + 1]` -> `[E, n + 2]`."""
    z, weights = noise_knots("normal")
    return np.stack([pushforward_masses(row, weights, edges) for row in generate(z[:, None])])


def cell_edges(x: Array) -> Array:
    """Edges `[n + 1]` of the cells around increasing x `[n]`."""
    middle = (x[1:] + x[:-1]) / 2
    return np.concatenate([[2 * x[0] - middle[0]], middle, [2 * x[-1] - middle[-1]]])
