"""Random numbers by counter: block k of stream t of member seed s is a function of (s, t, k) alone.

So a run's random state is how many updates it has done, rewinding is free, and a member of an ensemble sees exactly the
batches that it would see alone. Blocks hold many updates, because drawing a few numbers at a time costs more than the
training step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from ganlab.gan.step import DBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from ganlab.gan.spec import GanSpec

D_STREAM, G_STREAM, JITTER_STREAM, INITIAL_STREAM, VIEW_STREAM = range(5)
BLOCK_NUMBERS = (
    65_536  # random numbers per member and block: a fraction of a millisecond to draw, 256 KB to keep
)
BLOCK_UPDATES = 64


def rng(seed: int, stream: int, block: int = 0) -> np.random.Generator:
    """The generator of one block of one stream of one member."""
    return np.random.default_rng((seed, stream, block))


def draw_noise(spec: GanSpec, generator: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    """Noise z `[*shape, noise_dim]`: N(0, I), or uniform on [-1, 1]."""
    size = (*shape, spec.noise_dim)
    if spec.noise == "normal":
        return generator.standard_normal(size, dtype=np.float32)
    return 2 * generator.random(size, dtype=np.float32) - 1


class Batches:
    """The batches of a run: `d(i)` for D's update i, `g(i)` for G's, each with a leading member axis."""

    def __init__(
        self, spec: GanSpec, seeds: Sequence[int], device: torch.device, *, mix: bool, paired: bool
    ) -> None:
        self.spec, self.seeds, self.device, self.mix, self.paired = spec, tuple(seeds), device, mix, paired
        numbers = spec.batch * (spec.dim + spec.noise_dim)
        self.size = max(1, min(BLOCK_UPDATES, BLOCK_NUMBERS // numbers))
        self._blocks: dict[int, tuple[int, list[Tensor]]] = {}
        members, batch, dim = len(self.seeds), spec.batch, spec.dim
        self._no_jitter = torch.zeros(2, members, batch, dim, device=device)
        self._no_mix = torch.zeros(members, batch, 1, device=device)
        self._no_real = torch.zeros(members, batch, dim, device=device)

    def d(self, update: int, *, jitter: bool) -> DBatch:
        """The batch of D's update number `update` (from 0); instance noise is drawn only when asked for."""
        block, i = divmod(update, self.size)
        real, noise, *mix = self._block(D_STREAM, block)
        shaken = self._block(JITTER_STREAM, block)[0][i] if jitter else self._no_jitter
        return DBatch(real[i], noise[i], shaken, mix[0][i] if mix else self._no_mix)

    def g(self, update: int) -> tuple[Tensor, Tensor]:
        """(real, noise) of G's update number `update`; real is drawn only for an objective that uses it."""
        block, i = divmod(update, self.size)
        noise, *real = self._block(G_STREAM, block)
        return (real[0][i] if real else self._no_real), noise[i]

    def _block(self, stream: int, block: int) -> list[Tensor]:
        held = self._blocks.get(stream)
        if held is None or held[0] != block:
            members = [self._draw(stream, rng(seed, stream, block)) for seed in self.seeds]
            axis = 2 if stream == JITTER_STREAM else 1
            parts = [
                torch.from_numpy(np.stack(part, axis)).to(self.device) for part in zip(*members, strict=True)
            ]
            held = self._blocks[stream] = (block, parts)
        return held[1]

    def _draw(self, stream: int, generator: np.random.Generator) -> list[NDArray[np.float32]]:
        spec, size = self.spec, self.size
        if stream == JITTER_STREAM:
            return [generator.standard_normal((size, 2, spec.batch, spec.dim), dtype=np.float32)]
        noise = draw_noise(spec, generator, size, spec.batch)
        if stream == G_STREAM:
            return [noise, self._real(generator)] if self.paired else [noise]
        parts = [self._real(generator), noise]
        return [*parts, generator.random((size, spec.batch, 1), dtype=np.float32)] if self.mix else parts

    def _real(self, generator: np.random.Generator) -> NDArray[np.float32]:
        spec = self.spec
        real = spec.distribution.sample(self.size * spec.batch, generator)
        return real.astype(np.float32).reshape(self.size, spec.batch, spec.dim)
