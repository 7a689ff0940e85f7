"""Random numbers by counter on the device: a number is a hash of (seed, stream, update, position).

The same contract as `ganlab.gan.batches` (a member sees what it would see alone, nothing to save or rewind), without a
draw on the host for each member: with thousands of members that would cost more than their training. The numbers
differ from the host's; a run is reproduced on the device kind that it ran on.

The hash is splitmix64 (Steele, Lea and Flood 2014) in wrapping 64-bit integers; normals are Box-Muller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import TYPE_CHECKING

import numpy as np
import torch

from ganlab.gan.batches import D_STREAM, G_JITTER_STREAM, G_STREAM, JITTER_STREAM, MODE_STD, noise_centres
from ganlab.gan.losses import Batch
from ganlab.gan.structure import Structure

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.distributions import Distribution
    from ganlab.gan.spec import GanSpec

POOL = 1 << 18  # data without a closed-form sampler: this many samples, drawn once, are drawn from again


def _signed(value: int) -> int:
    """A 64-bit constant as the signed integer that torch holds."""
    return value - (1 << 64) if value >= 1 << 63 else value


GOLDEN, MIX1, MIX2 = map(_signed, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def _mix(x: Tensor) -> Tensor:
    """splitmix64's finaliser on int64; >> is arithmetic in torch, so the sign bits are masked off."""
    x = (x ^ ((x >> 30) & (1 << 34) - 1)) * MIX1
    x = (x ^ ((x >> 27) & (1 << 37) - 1)) * MIX2
    return x ^ ((x >> 31) & (1 << 33) - 1)


class Counters:
    """Uniform and normal numbers `[E, *shape]` for (stream, update), each member from its own seed."""

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        self.keys = _mix(torch.tensor(seeds, dtype=torch.int64, device=device) * GOLDEN + 1)

    def uniform(self, stream: int, update: int, *shape: int) -> Tensor:
        """Float32 on (0, 1): never 0, so that a logarithm of it is finite."""
        count = int(np.prod(shape))
        start = _signed((stream << 56) + (update << 24))
        counter = torch.arange(count, device=self.keys.device) + start
        bits = _mix(self.keys[:, None] ^ _mix(counter * GOLDEN)[None])
        return ((((bits >> 41) & (1 << 23) - 1).float() + 0.5) * 2.0**-23).view(-1, *shape)

    def normal(self, stream: int, update: int, *shape: int) -> Tensor:
        """Float32 N(0, 1)."""
        u, v = self.uniform(stream, update, 2, *shape).unbind(1)
        return (-2 * u.log()).sqrt() * (2 * pi * v).cos()


class DeviceBatches:
    """The interface of `ganlab.gan.batches.Batches`, drawn where the members live."""

    def __init__(self, spec: GanSpec, seeds: Sequence[int], device: torch.device) -> None:
        self.spec, self.structure = spec, Structure.of(spec)
        self._counters = Counters(seeds, device)
        self._sampler = _sampler(spec.distribution, device)
        self._centres = torch.tensor(noise_centres(spec), device=device) if spec.noise == "mixture" else None
        members, batch, dim = len(seeds), spec.batch, spec.dim
        self._no_jitter = torch.zeros(2, members, batch, dim, device=device)
        self._no_mix = torch.zeros(members, batch, 1, device=device)
        self._no_real = torch.zeros(members, batch, dim, device=device)

    def d(self, update: int, *, jitter: bool) -> Batch:
        """The batch of D's update number `update`."""
        mix = self._mix(JITTER_STREAM + 8, update, self.structure.uniforms)
        shaken = self._jitter(JITTER_STREAM, update, jitter)
        return Batch(self._real(D_STREAM + 16, update), self._noise(D_STREAM, update), shaken, mix)

    def g(self, update: int, *, jitter: bool) -> Batch:
        """The batch of G's update number `update`."""
        s = self.structure
        mix = self._mix(G_JITTER_STREAM + 8, update, s.uniforms * s.unrolled)
        real = self._real(G_STREAM + 16, update) if s.g_sees_real else self._no_real
        return Batch(real, self._noise(G_STREAM, update), self._jitter(G_JITTER_STREAM, update, jitter), mix)

    def _jitter(self, stream: int, update: int, wanted: bool) -> Tensor:
        if not wanted:
            return self._no_jitter
        return self._counters.normal(stream, update, 2, self.spec.batch, self.spec.dim).transpose(0, 1)

    def _mix(self, stream: int, update: int, columns: int) -> Tensor:
        return self._counters.uniform(stream, update, self.spec.batch, columns) if columns else self._no_mix

    def _noise(self, stream: int, update: int) -> Tensor:
        shape = self.spec.batch, self.spec.noise_dim
        if self.spec.noise == "uniform":
            return 2 * self._counters.uniform(stream, update, *shape) - 1
        normal = self._counters.normal(stream, update, *shape)
        if self._centres is None:
            return normal
        pick = self._counters.uniform(stream + 48, update, self.spec.batch)
        mode = (pick * len(self._centres)).long().clamp(max=len(self._centres) - 1)
        return self._centres[mode] + MODE_STD * normal

    def _real(self, stream: int, update: int) -> Tensor:
        pick = self._counters.uniform(stream, update, self.spec.batch)
        eps = self._counters.normal(stream + 16, update, self.spec.batch, self.spec.dim)
        return self._sampler(pick, eps)


class _Mixture:
    """Samples of a Gaussian mixture from uniforms `[E, B]` and normals `[E, B, d]`."""

    def __init__(self, weights: Tensor, means: Tensor, roots: Tensor) -> None:
        self.edges, self.means, self.roots = weights.cumsum(0), means, roots

    def __call__(self, pick: Tensor, eps: Tensor) -> Tensor:
        k = torch.searchsorted(self.edges, pick).clamp(max=len(self.means) - 1)
        return self.means[k] + (self.roots[k] @ eps[..., None])[..., 0]


class _Pool:
    """Samples drawn again from a pool of them."""

    def __init__(self, pool: Tensor) -> None:
        self.pool = pool

    def __call__(self, pick: Tensor, eps: Tensor) -> Tensor:
        return self.pool[(pick * len(self.pool)).long().clamp(max=len(self.pool) - 1)]


def _sampler(distribution: Distribution, device: torch.device) -> _Mixture | _Pool:
    mixture = distribution.gaussian_mixture()
    if mixture is None:
        pool = distribution.sample(POOL, np.random.default_rng(0))
        return _Pool(torch.tensor(pool, dtype=torch.float32, device=device))
    parts = (mixture.weights, mixture.means, mixture.factors)
    return _Mixture(*[torch.tensor(part, dtype=torch.float32, device=device) for part in parts])
