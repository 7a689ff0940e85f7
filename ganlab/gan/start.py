"""The first state of a run: initial weights, vectors of spectral normalisation, a memory of G's first samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from ganlab.gan import replay, spectral
from ganlab.gan.batches import INITIAL_STREAM, draw_noise, rng
from ganlab.gan.iteration import State
from ganlab.gan.losses import generators
from ganlab.gan.networks import Net, forward, initial, unpack
from ganlab.gan.step import Network
from ganlab.gan.structure import Structure

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.gan.spec import GanSpec

D, G, F, VECTORS, MEMORY = range(5)  # what a generator of the initial stream is for


def start(spec: GanSpec, seeds: Sequence[int], device: torch.device) -> State:
    """The state before the first update, drawn on the host, so that it is the same on every device."""
    s = Structure.of(spec)
    d, g = _weights(s.d_net, seeds, D), _weights(s.g_net, seeds, G)
    if s.f_net is not None:
        g = torch.cat([g, _weights(s.f_net, seeds, F)], 1)
    extra = torch.cat([_vectors(s, d, seeds), _memory(s, spec, g, seeds)], 1)
    return State(0, 0, 0, _network(d, extra, device), _network(g, g if s.ema else g[:, :0], device))


def _weights(net: Net, seeds: Sequence[int], which: int) -> Tensor:
    return torch.from_numpy(np.stack([initial(net, rng(seed, INITIAL_STREAM, which)) for seed in seeds]))


def _vectors(s: Structure, d: Tensor, seeds: Sequence[int]) -> Tensor:
    if s.constraint != "spectral_norm":
        return d[:, :0]
    each = [
        spectral.first(s.d_net, unpack(d[i : i + 1], s.d_net), rng(seed, INITIAL_STREAM, VECTORS))
        for i, seed in enumerate(seeds)
    ]
    return torch.from_numpy(np.stack(each))


def _memory(s: Structure, spec: GanSpec, g: Tensor, seeds: Sequence[int]) -> Tensor:
    if not s.replay:
        return g[:, :0]
    drawn = [draw_noise(spec, rng(seed, INITIAL_STREAM, MEMORY), replay.memory_rows(s)) for seed in seeds]
    noise = torch.from_numpy(np.stack(drawn))
    with torch.no_grad():
        samples = forward(s.g_net, generators(s, g)[0], noise)
    return (torch.cat([samples, noise], -1) if s.inference else samples).flatten(1)


def _network(theta: Tensor, extra: Tensor, device: torch.device) -> Network:
    theta = theta.to(device)
    zeros = torch.zeros_like(theta)
    return Network(theta, zeros, zeros, torch.zeros(len(theta), 1, device=device), extra.to(device))
