"""Random numbers by counter: block k of stream t of member seed s is a function of (s, t, k) alone.

So a run's random state is how many updates it has done, rewinding is free, and a member of an ensemble sees exactly the
batches that it would see alone. Blocks hold many updates, because drawing a few numbers at a time costs more than the
training step.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch

from ganlab.gan.losses import Batch
from ganlab.gan.structure import Structure

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from ganlab.gan.spec import GanSpec

D_STREAM, G_STREAM, JITTER_STREAM, INITIAL_STREAM, VIEW_STREAM, G_JITTER_STREAM, REFERENCE_STREAM = range(7)
BLOCK_NUMBERS = (
    65_536  # random numbers per member and block: a fraction of a millisecond to draw, 256 KB to keep
)
BLOCK_UPDATES = 64
MODE_STD = 0.1  # of each mode of mixture noise


def rng(seed: int, stream: int, block: int = 0) -> np.random.Generator:
    """The generator of one block of one stream of one member."""
    return np.random.default_rng((seed, stream, block))


def noise_centres(spec: GanSpec) -> NDArray[np.float32]:
    """Centres `[noise_modes, noise_dim]` of mixture noise, about as far out as N(0, I) is.

    Evenly on a circle in the first two dimensions; with one dimension, evenly on a line. Xiao et al. 2018 (BourGAN)
    place them by the distances in the data; what matters is that the noise falls into pieces.
    """
    k = np.arange(spec.noise_modes)
    centres = np.zeros((len(k), spec.noise_dim), np.float32)
    if spec.noise_dim == 1:
        centres[:, 0] = (k - (len(k) - 1) / 2) * (2 * sqrt(3) / len(k))
    else:
        angle = 2 * np.pi * k / len(k)
        centres[:, 0], centres[:, 1] = sqrt(2) * np.cos(angle), sqrt(2) * np.sin(angle)
    return centres


def draw_noise(spec: GanSpec, generator: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    """Noise z `[*shape, noise_dim]`: N(0, I), uniform on [-1, 1], or a mixture of `noise_modes` small normals."""
    size = (*shape, spec.noise_dim)
    if spec.noise == "uniform":
        return 2 * generator.random(size, dtype=np.float32) - 1
    normal = generator.standard_normal(size, dtype=np.float32)
    if spec.noise == "normal":
        return normal
    mode = generator.integers(spec.noise_modes, size=shape)
    return noise_centres(spec)[mode] + np.float32(MODE_STD) * normal


class Batches:
    """The batches of a run: `d(i)` for D's update i, `g(i)` for G's, each with a leading member axis.

    Members with the same seed see the same batches, which are drawn once.
    """

    def __init__(self, spec: GanSpec, seeds: Sequence[int], device: torch.device) -> None:
        self.spec, self.device, self.structure = spec, device, Structure.of(spec)
        self.seeds = tuple(dict.fromkeys(seeds))
        shared = [self.seeds.index(seed) for seed in seeds]
        self._shared = None if len(self.seeds) == len(seeds) else torch.tensor(shared, device=device)
        numbers = spec.batch * (spec.dim + spec.noise_dim)
        self.size = max(1, min(BLOCK_UPDATES, BLOCK_NUMBERS // numbers))
        self._blocks: dict[int, tuple[int, list[Tensor]]] = {}
        members, batch, dim = len(seeds), spec.batch, spec.dim
        self._no_jitter = torch.zeros(2, members, batch, dim, device=device)
        self._no_mix = torch.zeros(members, batch, 1, device=device)
        self._no_real = torch.zeros(members, batch, dim, device=device)

    def d(self, update: int, *, jitter: bool) -> Batch:
        """The batch of D's update number `update` (from 0); instance noise is drawn only when asked for."""
        block, i = divmod(update, self.size)
        noise, real, *mix = (self._members(part[i]) for part in self._block(D_STREAM, block))
        return Batch(
            real, noise, self._jitter(JITTER_STREAM, update, jitter), mix[0] if mix else self._no_mix
        )

    def g(self, update: int, *, jitter: bool) -> Batch:
        """The batch of G's update number `update`; real samples and uniforms are drawn only where they are used."""
        block, i = divmod(update, self.size)
        noise, *more = (self._members(part[i]) for part in self._block(G_STREAM, block))
        real = more.pop(0) if self.structure.g_sees_real else self._no_real
        return Batch(
            real, noise, self._jitter(G_JITTER_STREAM, update, jitter), more[0] if more else self._no_mix
        )

    def _jitter(self, stream: int, update: int, wanted: bool) -> Tensor:
        block, i = divmod(update, self.size)
        return self._members(self._block(stream, block)[0][i], axis=1) if wanted else self._no_jitter

    def _members(self, part: Tensor, axis: int = 0) -> Tensor:
        return part if self._shared is None else part.index_select(axis, self._shared)

    def _block(self, stream: int, block: int) -> list[Tensor]:
        held = self._blocks.get(stream)
        if held is None or held[0] != block:
            members = [self._draw(stream, rng(seed, stream, block)) for seed in self.seeds]
            axis = 2 if stream in (JITTER_STREAM, G_JITTER_STREAM) else 1
            parts = [
                torch.from_numpy(np.stack(part, axis)).to(self.device) for part in zip(*members, strict=True)
            ]
            held = self._blocks[stream] = (block, parts)
        return held[1]

    def _draw(self, stream: int, generator: np.random.Generator) -> list[NDArray[np.float32]]:
        spec, size, s = self.spec, self.size, self.structure
        if stream in (JITTER_STREAM, G_JITTER_STREAM):
            return [generator.standard_normal((size, 2, spec.batch, spec.dim), dtype=np.float32)]
        parts = [draw_noise(spec, generator, size, spec.batch)]
        if stream == D_STREAM or s.g_sees_real:
            parts.append(self._real(generator))
        if s.uniforms and (stream == D_STREAM or s.unrolled):
            parts.append(generator.random((size, spec.batch, s.uniforms), dtype=np.float32))
        return parts

    def _real(self, generator: np.random.Generator) -> NDArray[np.float32]:
        spec = self.spec
        real = spec.distribution.sample(self.size * spec.batch, generator)
        return real.astype(np.float32).reshape(self.size, spec.batch, spec.dim)
