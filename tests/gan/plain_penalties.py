"""Penalties on D a second time, plainly: one sample at a time, with autograd.

The critic is anything that maps samples `[n, d]` to `[n, 1]` or `[n]`. Where its output at one sample depends on the
others (minibatch discrimination; it says so by `joint = True`), a sample's slope is that of the sum over the batch,
as `autograd.grad(outputs, inputs, ones)` of the papers' programs has it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Critic = Callable[[Tensor], Tensor]
Each = Callable[[Critic, Tensor, Tensor, Tensor], list[Tensor]]
Term = Callable[[Critic, Tensor, Tensor, Tensor], Tensor]


def followed(x: Tensor) -> Tensor:
    """Something to take slopes at; when unrolled, a generated sample stays a function of G."""
    return x if x.requires_grad else x.clone().requires_grad_(True)


def slope(critic: Critic, x: Tensor) -> Tensor:
    """dD/dx at one sample [d]."""
    x = followed(x)
    (gradient,) = torch.autograd.grad(critic(x[None]).squeeze(), x, create_graph=True)
    return gradient


def slopes(critic: Critic, points: list[Tensor]) -> list[Tensor]:
    """dD/dx at each of some samples."""
    if not getattr(critic, "joint", False):
        return [slope(critic, x) for x in points]
    together = followed(torch.stack(points))
    return list(torch.autograd.grad(critic(together).sum(), together, create_graph=True)[0])


def length(gradient: Tensor) -> Tensor:
    return (gradient.square().sum() + 1e-12).sqrt()


def between(real: Tensor, fake: Tensor, mix: Tensor) -> list[Tensor]:
    """Points on the lines from generated to real samples; mix [B, U] may have more rows than there are packs."""
    return [mix[i, 0] * x + (1 - mix[i, 0]) * y for i, (x, y) in enumerate(zip(real, fake, strict=True))]


def beside(real: Tensor, mix: Tensor) -> list[Tensor]:
    """DRAGAN's points: from a real sample some of the way to a noisy copy of it."""
    n, d = real.shape
    spread = ((real - real.mean()) ** 2).mean().sqrt()
    width = n * d // len(mix)  # of a sample; n may be packs of them
    noise = mix[:, 1 : 1 + width].reshape(n, d)
    copies = [x + spread * v / 2 for x, v in zip(real, noise, strict=True)]
    return [x + mix[i, 0] * (copy - x) for i, (x, copy) in enumerate(zip(real, copies, strict=True))]


def halved_squares(critic: Critic, points: Tensor) -> list[Tensor]:
    return [s.square().sum() / 2 for s in slopes(critic, list(points))]


def one_centred(critic: Critic, points: list[Tensor]) -> list[Tensor]:
    return [(length(s) - 1) ** 2 for s in slopes(critic, points)]


def r1_r2(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> list[Tensor]:
    both = zip(halved_squares(critic, real), halved_squares(critic, fake), strict=True)
    return [x + y for x, y in both]


def zero_gp(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> list[Tensor]:
    return [s.square().sum() for s in slopes(critic, between(real, fake, mix))]


def lipschitz(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> list[Tensor]:
    excess = [length(s) - 1 for s in slopes(critic, between(real, fake, mix))]
    return [torch.where(e > 0, e, 0 * e) ** 2 for e in excess]


# One number per sample (or pack); mix [B, U] is uniform: column 0 is u, columns 1 to d are v.
EACH: dict[str, Each] = {
    # Gulrajani et al. 2017, algorithm 1.
    "wgan_gp": lambda critic, real, fake, mix: one_centred(critic, between(real, fake, mix)),
    # Mescheder et al. 2018, equations 9 and 10.
    "r1": lambda critic, real, fake, mix: halved_squares(critic, real),
    "r2": lambda critic, real, fake, mix: halved_squares(critic, fake),
    # Huang et al. 2024 (R3GAN): both.
    "r1_r2": r1_r2,
    # Thanh-Tung et al. 2019.
    "zero_gp": zero_gp,
    # Kodali et al. 2017, algorithm 1, and the authors' program.
    "dragan": lambda critic, real, fake, mix: one_centred(critic, beside(real, mix)),
    # Petzka et al. 2018, equation 8.
    "lipschitz": lipschitz,
}


def averaged(each: Each) -> Term:
    return lambda critic, real, fake, mix: torch.stack(each(critic, real, fake, mix)).mean()


TERMS: dict[str, Term | None] = {"none": None} | {name: averaged(each) for name, each in EACH.items()}
