"""What D and G minimise, from parameters and a batch: objective, penalty, constraint and remedies put together.

Symbols: E members, B samples of a batch, d the dimension of the data, z of the noise, m the samples in a pack, w = d or
d + z the numbers of one row of D's input. Losses are `[E, 1]`. Nothing here takes a gradient of parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn.functional import pad

from ganlab.gan.networks import closeness, features, forward, unpack
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spectral import Vectors, divided
from ganlab.gan.structure import HYPER, Structure

if TYPE_CHECKING:
    from torch import Tensor

Parameters = Sequence["Tensor"]


class Batch(NamedTuple):
    """Real samples `[E, B, d]`, noise `[E, B, z]`, instance noise for both `[2, E, B, d]`, uniforms `[E, B, U]`."""

    real: Tensor
    noise: Tensor
    jitter: Tensor
    mix: Tensor


class Hyper:
    """The hyperparameter tensor `[E, len(HYPER), 1]` by name, each `[E, 1]`."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def __getattr__(self, name: str) -> Tensor:
        return self._tensor[:, HYPER.index(name)]


class Rows(NamedTuple):
    """What D is shown `[E, B, w]`, real and generated, and the samples `[E, B, d]` that G made of the noise."""

    real: Tensor
    fake: Tensor
    samples: Tensor


def instance_noise(hyper: Hyper, t: Tensor) -> Tensor:
    """Standard deviation `[E, 1]` after t updates of D `[E, 1]`: falls to 0 in a straight line, or stays."""
    until = hyper.instance_noise_until
    left = (1 - t / until.clamp(min=1)).clamp(min=0)
    return hyper.instance_noise * torch.where(until > 0, left, torch.ones_like(left))


def generators(s: Structure, theta: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Parameters of G, and of the inference network (none of them without one), from their packed row."""
    count = s.g_net.parameters
    return unpack(theta[:, :count], s.g_net), unpack(theta[:, count:], s.f_net) if s.f_net else []


def rows(s: Structure, g: Parameters, f: Parameters, batch: Batch) -> Rows:
    """Real and generated rows; with an inference network F these are (x, F(x)) and (G(z), z)."""
    samples = forward(s.g_net, g, batch.noise)
    if s.f_net is None:
        return Rows(batch.real, samples, samples)
    with torch.no_grad():  # F learns from its reconstruction only
        inferred = forward(s.f_net, f, batch.real)
    return Rows(torch.cat([batch.real, inferred], -1), torch.cat([samples, batch.noise], -1), samples)


def shaken(s: Structure, shown: Rows, sigma: Tensor, jitter: Tensor) -> Rows:
    """With instance noise on the samples (an inferred or given noise z stays as it is)."""
    beside = s.width - s.dim
    real, fake = (pad(sigma.unsqueeze(-1) * part, (0, beside)) for part in jitter.unbind(0))
    return shown._replace(real=shown.real + real, fake=shown.fake + fake)


class Judge:
    """D with its parameters: rows in, outputs `[E, B/m, k]` out."""

    def __init__(self, s: Structure, parameters: Parameters, vectors: Vectors | None = None) -> None:
        """`vectors` are those of spectral normalisation, which divides the weights."""
        self.s, self.net = s, s.d_net
        self.parameters = parameters if vectors is None else divided(s.d_net, parameters, vectors)

    def packed(self, x: Tensor) -> Tensor:
        """Rows `[E, B, w]` as packs `[E, B/m, m·w]`."""
        return x.reshape(x.shape[0], -1, self.s.pack * x.shape[2])

    def __call__(self, packs: Tensor, company: Tensor | None = None) -> Tensor:
        """Outputs for packs; `company` stands in for the rest of the batch in minibatch discrimination."""
        return forward(self.net, self.parameters, packs, company=company)

    def features(self, packs: Tensor) -> Tensor:
        """The last hidden activations."""
        return features(self.net, self.parameters, packs)

    def judged(self, f: Tensor) -> Tensor:
        """Outputs from features, for a batch whose features are wanted as well."""
        seen = torch.cat([f, closeness(self.parameters[-3], f)], -1) if self.net.kernels else f
        return torch.baddbmm(self.parameters[-1], seen, self.parameters[-2])


def d_loss(
    s: Structure, judge: Judge, hyper: Hyper, shown: Rows, mix: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """D's loss, and its outputs on real and on generated packs."""
    objective, penalty = OBJECTIVES[s.objective], PENALTIES[s.penalty]
    assert objective.loss_d is not None, "an objective without a discriminator trains none"
    real, fake = judge.packed(shown.real), judge.packed(shown.fake)
    a, b = judge(real), judge(fake)
    each = objective.loss_d(a, b).mean(1)
    if (
        objective.targets
    ):  # (1 − s)·L(a; 1) + s·L(a; 0) = L(a; 1) + s·a for cross-entropy, and up to s² for squares
        each = each + hyper.label_smoothing * a.mean(1)
    if penalty.term is not None:
        term = penalty.term(_critic(s, judge, real, fake), real, fake, _uniforms(s, judge, mix))
        each = each + hyper.penalty_weight * term.mean(1, keepdim=True)
    return each, a, b


def _critic(s: Structure, judge: Judge, real: Tensor, fake: Tensor) -> Callable[[Tensor], Tensor]:
    """One value per pack: D itself, or the score of its features against both batches."""
    score = OBJECTIVES[s.objective].score
    if score is None:
        return judge
    return lambda x: score(judge(x), judge(real), judge(fake))


def _uniforms(s: Structure, judge: Judge, mix: Tensor) -> Tensor:
    """`[E, B/m, 1]`, with numbers for each number of a pack behind them where the penalty shakes."""
    one = mix[:, : s.packs, :1]
    if not PENALTIES[s.penalty].shaken:
        return one
    return torch.cat([one, judge.packed(mix[..., 1 : 1 + s.width])], -1)


def g_loss(s: Structure, judge: Judge, hyper: Hyper, shown: Rows, batch_real: Tensor) -> Tensor:
    """G's loss as a function of its samples; what the inference network adds is in `reconstruction`."""
    objective = OBJECTIVES[s.objective]
    each = torch.zeros_like(hyper.lr_g)
    if objective.explicit is not None:
        term = objective.explicit.loss(batch_real, shown.samples, hyper.bandwidth.unsqueeze(-1))[:, 0]
        each = hyper.kl_weight * term if objective.adversarial else term
    if objective.loss_g is None:
        return each
    real, fake = judge.packed(shown.real), judge.packed(shown.fake)
    f = judge.features(fake)
    b = judge.judged(f)
    if s.unrolled and objective.zero_sum:  # Metz et al. 2017, equation 8: all of −L_D, at the unrolled D
        assert objective.loss_d is not None
        each = each - objective.loss_d(judge(real), b).mean(1)
    else:
        each = each + objective.loss_g(judge(real) if objective.paired else b, b).mean(1)
    if s.feature_matching:
        gap = (judge.features(real).mean(1) - f.mean(1)).square().sum(-1, keepdim=True)
        each = each + hyper.feature_matching * (gap - each)
    return each


def reconstruction(s: Structure, f: Parameters, hyper: Hyper, samples: Tensor, noise: Tensor) -> Tensor:
    """λ·E‖z − F(G(z))‖² (Srivastava et al. 2017, equation 4)."""
    assert s.f_net is not None
    gap = noise - forward(s.f_net, f, samples)
    return hyper.inference_weight * gap.square().sum(-1).mean(1, keepdim=True)
