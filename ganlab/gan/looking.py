"""Looking at a run: samples, what D says about points, what G receives there. None of it disturbs the training.

Some discriminators judge a sample only beside others (packs, minibatch discrimination, features compared as batches).
At a point of the stage the others are reference samples, fixed for a run: real ones, and what G makes of fixed noise.

Symbols: E members, n points `[E, n, d]`, B the size of a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from ganlab.gan.batches import REFERENCE_STREAM, draw_noise, rng
from ganlab.gan.losses import Hyper, Judge, Rows, g_loss, generators, reconstruction
from ganlab.gan.networks import forward, unpack
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.step import Network, vectors
from ganlab.gan.structure import Structure

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.gan.spec import GanSpec

POPULATION = 1000  # noise vectors behind the statistics of batch norm
COMPANIES = 8  # sets of pack mates over which an output is averaged


class Reference(NamedTuple):
    """Real samples `[E, B, d]`, noise `[E, B, z]`, and noise for the statistics of batch norm `[E, 1000, z]`."""

    real: Tensor
    noise: Tensor
    population: Tensor

    @classmethod
    def of(cls, spec: GanSpec, seeds: Sequence[int], device: torch.device) -> Reference:
        """The reference of each seed, from a stream of its own."""
        members = [rng(seed, REFERENCE_STREAM) for seed in seeds]
        parts = [
            [spec.distribution.sample(spec.batch, r).astype(np.float32) for r in members],
            [draw_noise(spec, r, spec.batch) for r in members],
            [draw_noise(spec, r, POPULATION) for r in members],
        ]
        return cls(*[torch.from_numpy(np.stack(part)).to(device) for part in parts])


class Look:
    """The networks of one moment."""

    def __init__(self, s: Structure, d: Network, g: Network, hyper: Tensor, reference: Reference) -> None:
        self.s, self.hyper, self.reference = s, Hyper(hyper), reference
        self.objective = OBJECTIVES[s.objective]
        self.g, self.f = generators(s, g.extra if s.ema else g.theta)
        self.judge = Judge(s, unpack(d.theta, s.d_net), vectors(s, d.theta, d.extra))

    def generate(self, noise: Tensor) -> Tensor:
        """Samples `[E, n, d]`: of the averaged generator where there is one; batch norm by the population."""
        population = self.reference.population if self.s.g_norm else None
        return forward(self.s.g_net, self.g, noise, population=population)

    def fake(self) -> Tensor:
        """Reference samples of G `[E, B, d]`."""
        return self.generate(self.reference.noise)

    def rows(self, x: Tensor) -> Tensor:
        """Points as rows of D's input: with the noise that the inference network finds for them, if there is one."""
        return x if self.s.f_net is None else torch.cat([x, forward(self.s.f_net, self.f, x)], -1)

    def fake_rows(self) -> Tensor:
        """Reference samples of G as rows of D's input `[E, B, w]`."""
        return torch.cat([self.fake(), self.reference.noise], -1) if self.s.inference else self.fake()

    def score(self, x: Tensor) -> Tensor:
        """D's output at points `[E, n]`: a logit, a critic's value, or what stands in for D where there is none."""
        explicit = self.objective.explicit
        if not self.objective.adversarial:
            assert explicit is not None
            at = explicit.score(x, self.reference.real, self.fake(), self.hyper.bandwidth.unsqueeze(-1))
            return at[..., 0]
        at = self.rows(x)
        return torch.stack([self._judged(packs) for packs in self._packs(at)]).mean(0)[..., 0]

    def _packs(self, x: Tensor) -> list[Tensor]:
        """Each row `[E, n, w]` with different sets of generated rows in the other places of its pack."""
        if self.s.pack == 1:
            return [x]
        rows = self.fake_rows()
        mates = self.s.pack - 1
        count = rows.shape[1] // mates
        sets = [
            rows[:, i * mates : (i + 1) * mates].flatten(1)[:, None] for i in range(min(COMPANIES, count))
        ]
        return [torch.cat([x, mate.expand(-1, x.shape[1], -1)], -1) for mate in sets]

    def _judged(self, packs: Tensor) -> Tensor:
        fake = self.judge.packed(self.fake_rows()) if self.s.kernels or self.objective.score else None
        out = self.judge(packs, fake[:, 1:] if self.s.kernels and fake is not None else None)
        if self.objective.score is None:
            return out
        assert fake is not None
        real = self.judge.packed(self.rows(self.reference.real))
        return self.objective.score(out, self.judge(real), self.judge(fake))

    def pull(self, x: Tensor) -> Tensor:
        """What G receives at points `[E, n, d]`: −∇ₓ of its loss, per sample, in a batch filled up with G's samples."""
        most = max(1, self.s.batch // 2)
        return torch.cat([self._pull(part) for part in torch.split(x, most, 1)], 1)

    def _pull(self, x: Tensor) -> Tensor:
        n = x.shape[1]
        others = self.reference.noise[:, n:]
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            samples = torch.cat([x, self.generate(others)], 1)
            rows, noise = samples, others
            if self.s.f_net is not None:
                noise = torch.cat([forward(self.s.f_net, self.f, x).detach(), others], 1)
                rows = torch.cat([samples, noise], -1)
            real = self.reference.real
            shown = Rows(self.rows(real), rows, samples)
            each = g_loss(self.s, self.judge, self.hyper, shown, real)
            if self.s.inference:
                each = each + reconstruction(self.s, self.f, self.hyper, samples, noise)
            (gradient,) = torch.autograd.grad(each.sum(), x)
        return -self.s.batch * gradient
