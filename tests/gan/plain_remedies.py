"""Remedies for mode collapse a second time: what happens to batches, samples and averages, in loops."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, pi, sin, sqrt
from typing import Protocol

import torch
from torch import Tensor, nn


class Schedule(Protocol):
    """The fields of a spec that say how much instance noise there is."""

    instance_noise: float
    instance_noise_until: int


def packs(x: Tensor, m: int) -> Tensor:
    """Lin et al. 2018: each m consecutive samples are one, [B, d] to [B/m, m·d]."""
    assert len(x) % m == 0
    return torch.stack([torch.cat([x[i + j] for j in range(m)]) for i in range(0, len(x), m)])


def noise_level(spec: Schedule, updates: int) -> float:
    """The standard deviation of instance noise after so many updates of D (Sønderby et al. 2017)."""
    if spec.instance_noise_until <= 0:
        return spec.instance_noise
    return spec.instance_noise * max(0.0, 1 - updates / spec.instance_noise_until)


class Replay:
    """Shrivastava et al. 2017, section 2.3: a memory of generated samples, of which D sees some again.

    It holds 128 blocks of an eighth of a batch, rounded up: 16 batches when 8 divides the batch.
    """

    def __init__(self, memory: Tensor) -> None:
        self.memory = memory.clone()

    def mixed(self, fresh: Tensor, uniforms: Tensor, share: float) -> Tensor:
        """The fresh rows, some of them replaced; uniforms [B, 3]."""
        result = fresh.clone()
        for i, (chance, which, _) in enumerate(uniforms.tolist()):
            if chance < share:
                result[i] = self.memory[int(which * len(self.memory))]
        return result

    def remember(self, fresh: Tensor, uniforms: Tensor) -> None:
        """Overwrite one block by the first of the fresh rows."""
        length = -(-len(fresh) // 8)
        assert len(self.memory) == 128 * length
        start = length * int(uniforms[0, 2].item() * 128)
        for i in range(length):
            self.memory[start + i] = fresh[i].detach()


def matched(real: Tensor, fake: Tensor) -> Tensor:
    """Salimans et al. 2016, section 3.1: the squared distance of the mean features."""
    return ((real.mean(0) - fake.mean(0)) ** 2).sum()


def half_square(gradients: Iterable[Tensor | None]) -> Tensor:
    """½‖v‖² of a field (Mescheder et al. 2017, equation 14)."""
    return torch.stack([g.square().sum() for g in gradients if g is not None]).sum() / 2


class Average:
    """The exponential moving average of a network's parameters."""

    def __init__(self, net: nn.Module) -> None:
        self.rows = [p.detach().clone() for p in net.parameters()]

    def follow(self, net: nn.Module, beta: float) -> None:
        for row, p in zip(self.rows, net.parameters(), strict=True):
            row.copy_(beta * row + (1 - beta) * p.detach())

    def put(self, net: nn.Module) -> nn.Module:
        """The network with the averaged parameters."""
        with torch.no_grad():
            for row, p in zip(self.rows, net.parameters(), strict=True):
                p.copy_(row)
        return net


def mixture_centres(modes: int, noise_dim: int) -> list[list[float]]:
    """Centres of mixture noise: on a circle of radius √2, or evenly on a line when there is one dimension."""
    if noise_dim == 1:
        return [[(k - (modes - 1) / 2) * 2 * sqrt(3) / modes] for k in range(modes)]
    angles = [2 * pi * k / modes for k in range(modes)]
    return [[sqrt(2) * cos(a), sqrt(2) * sin(a)] + [0.0] * (noise_dim - 2) for a in angles]
