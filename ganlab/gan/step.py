"""The training step: pure functions of tensors with a leading member axis.

`d_update` and `g_update` are one update of D and of G; an iteration is some of the first and then some of the second
(`ganlab.gan.training`). Eager, compiled and CUDA-graph execution all run these two functions.

Members never interact, so the gradient of the sum of the members' losses is each member's own gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch

from ganlab.gan.networks import Sizes, mlp, pack, unpack
from ganlab.gan.objectives import OBJECTIVES, Objective
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.gan.spec import GanSpec

HYPER = (
    "lr_d",
    "beta1_d",
    "beta2_d",
    "lr_g",
    "beta1_g",
    "beta2_g",
    "penalty_weight",
    "clip",
    "instance_noise",
)
"""Rows of the hyperparameter tensor `[E, 9, 1]`: changing one never recompiles."""

D_INFO = ("loss_d", "value", "accuracy_real", "accuracy_fake", "grad_d")
G_INFO = ("loss_g", "grad_g")


class Structure(NamedTuple):
    """What a compiled step depends on: everything of a spec that is not a number in a tensor."""

    g_sizes: Sizes
    g_activation: str
    d_sizes: Sizes
    d_activation: str
    objective: str
    penalty: str
    optimiser_d: str
    optimiser_g: str
    batch: int

    @classmethod
    def of(cls, spec: GanSpec) -> Structure:
        """The structure of a spec."""
        dim = spec.dim
        return cls(
            (spec.noise_dim, *spec.g_hidden, dim),
            spec.g_activation,
            (dim, *spec.d_hidden, 1),
            spec.d_activation,
            spec.objective,
            spec.penalty,
            spec.optimiser_d,
            spec.optimiser_g,
            spec.batch,
        )

    @property
    def clips(self) -> bool:
        """Weights of D are clipped: the objective asks for it and no penalty takes its place."""
        return OBJECTIVES[self.objective].clips and not PENALTIES[self.penalty].replaces_clipping


class Network(NamedTuple):
    """What the next update of one network needs: parameters and moments `[E, P]`, updates done `[E, 1]`."""

    theta: Tensor
    m: Tensor
    v: Tensor
    t: Tensor


class DBatch(NamedTuple):
    """Real samples `[E, B, d]`, noise `[E, B, z]`, instance noise for both `[2, E, B, d]`, mix `[E, B, 1]`."""

    real: Tensor
    noise: Tensor
    jitter: Tensor
    mix: Tensor


Update = Callable[..., Sequence["Tensor"]]


def _hyper(hyper: Tensor, name: str) -> Tensor:
    """One hyperparameter `[E, 1]`."""
    return hyper[:, HYPER.index(name)]


def _gradient(
    loss: Callable[[list[Tensor]], tuple[Tensor, Tensor]], theta: Tensor, sizes: Sizes
) -> tuple[Tensor, ...]:
    """Gradient `[E, P]` of `Σ_members loss` at theta, and what else the loss returns.

    `torch.autograd.grad` on detached leaves: as pure as `torch.func.grad` and twice as fast in eager.
    """
    with torch.enable_grad():
        leaves = [part.detach().requires_grad_() for part in unpack(theta, sizes)]
        value, info = loss(leaves)
        gradients = torch.autograd.grad(value, leaves)
    return pack(gradients), info.detach()


def _norm(gradient: Tensor) -> Tensor:
    return gradient.square().sum(1, keepdim=True).sqrt()


def _scores(objective: Objective, a: Tensor, b: Tensor) -> list[Tensor]:
    """Value V(D, G) and D's accuracy on real and on generated, each `[E, 1]`, from logits `[E, B, 1]`."""
    if objective.log_odds:
        value = -(torch.nn.functional.softplus(-a) + torch.nn.functional.softplus(b)).mean(1)
    else:
        value = (a - b).mean(1)
    threshold = (a.mean(1, keepdim=True) + b.mean(1, keepdim=True)) / 2
    if objective.threshold is not None:
        threshold = torch.full_like(threshold, objective.threshold)
    return [value, (a > threshold).float().mean(1), (b < threshold).float().mean(1)]


def d_update(s: Structure, d: Network, g_theta: Tensor, hyper: Tensor, batch: DBatch) -> tuple[Tensor, ...]:
    """One update of D: (theta, m, v, t, info `[E, 5]` in the order of `D_INFO`)."""
    objective, penalty = OBJECTIVES[s.objective], PENALTIES[s.penalty]
    jitter = hyper[:, HYPER.index("instance_noise"), :, None] * batch.jitter
    fake = mlp(unpack(g_theta, s.g_sizes), batch.noise, s.g_activation) + jitter[1]
    real = batch.real + jitter[0]

    def loss(parameters: list[Tensor]) -> tuple[Tensor, Tensor]:
        def critic(x: Tensor) -> Tensor:
            return mlp(parameters, x, s.d_activation)

        a, b = critic(real), critic(fake)
        each = objective.loss_d(a, b).mean(1)
        if penalty.term is not None:
            term = penalty.term(critic, real, fake, batch.mix)
            each = each + _hyper(hyper, "penalty_weight") * term.mean(1, keepdim=True)
        return each.sum(), torch.cat([each, *_scores(objective, a, b)], 1)

    gradient, info = _gradient(loss, d.theta, s.d_sizes)
    t = d.t + 1
    betas = _hyper(hyper, "beta1_d"), _hyper(hyper, "beta2_d")
    update = OPTIMISERS[s.optimiser_d].update
    theta, m, v = update(d.theta, d.m, d.v, gradient, t, _hyper(hyper, "lr_d"), *betas)
    if s.clips:
        bound = _hyper(hyper, "clip")
        theta = torch.minimum(torch.maximum(theta, -bound), bound)
    return theta, m, v, t, torch.cat([info, _norm(gradient)], 1)


def g_update(
    s: Structure, g: Network, d_theta: Tensor, hyper: Tensor, real: Tensor, noise: Tensor
) -> tuple[Tensor, ...]:
    """One update of G: (theta, m, v, t, info `[E, 2]` in the order of `G_INFO`)."""
    objective = OBJECTIVES[s.objective]
    critic = unpack(d_theta, s.d_sizes)

    def loss(parameters: list[Tensor]) -> tuple[Tensor, Tensor]:
        b = mlp(critic, mlp(parameters, noise, s.g_activation), s.d_activation)
        each = objective.loss_g(mlp(critic, real, s.d_activation) if objective.paired else b, b).mean(1)
        return each.sum(), each

    gradient, info = _gradient(loss, g.theta, s.g_sizes)
    t = g.t + 1
    betas = _hyper(hyper, "beta1_g"), _hyper(hyper, "beta2_g")
    theta, m, v = OPTIMISERS[s.optimiser_g].update(
        g.theta, g.m, g.v, gradient, t, _hyper(hyper, "lr_g"), *betas
    )
    return theta, m, v, t, torch.cat([info, _norm(gradient)], 1)


def pull(s: Structure, d_theta: Tensor, x: Tensor) -> Tensor:
    """What the generator receives at `x [E, m, d]`: −∇ₓ of its loss, per sample (∇ₓD can differ)."""
    critic = unpack(d_theta, s.d_sizes)
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        b = mlp(critic, x, s.d_activation)
        (gradient,) = torch.autograd.grad(OBJECTIVES[s.objective].loss_g(b, b).sum(), x)
    return -gradient
