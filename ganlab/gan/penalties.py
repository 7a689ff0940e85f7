"""Penalties on D: a term λ·E[r] added to D's loss, computed for each sample and then averaged.

`r(critic, real, fake, mix)` takes the critic (a function from `[E, B, d]` to logits `[E, B, 1]`), the two batches
`[E, B, d]` in the order (real, fake) and uniform numbers `mix [E, B, 1]`; it returns `[E, B]`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlab.gan.functional import input_gradient
from ganlab.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

Critic = Callable[["Tensor"], "Tensor"]


@dataclass(frozen=True)
class Penalty:
    """One row; `weight` is the λ of the paper. With `replaces_clipping`, a clipping objective stops clipping."""

    name: str
    label: str
    formula: str
    source: str
    term: Callable[[Critic, Tensor, Tensor, Tensor], Tensor] | None = None
    weight: float = 0.0
    replaces_clipping: bool = False


def _norm_squared(gradient: Tensor) -> Tensor:
    """‖∇D‖² of each sample: over the feature axis only, never over the batch."""
    return gradient.square().sum(-1)


def _one_centred(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    between = mix * real + (1 - mix) * fake
    # The root's slope is infinite at 0; the constant keeps the second derivative finite there.
    return ((_norm_squared(input_gradient(critic, between)) + 1e-12).sqrt() - 1).square()


def _zero_centred_on_real(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return 0.5 * _norm_squared(input_gradient(critic, real))


PENALTIES: Registry[Penalty] = Registry("penalty")

PENALTIES.add(Penalty(name="none", label="None", formula="0", source=""))

PENALTIES.add(
    Penalty(
        name="wgan_gp",
        label="Gradient penalty (WGAN-GP)",
        formula=r"\lambda\,\mathbb{E}\big(\|\nabla D(\hat x)\| - 1\big)^2,\ \hat x = u x + (1 - u) G(z)",
        source="Gulrajani et al. 2017, equation 3",
        term=_one_centred,
        weight=0.1,  # igul222's value for toy data; 10 in the paper is for images
        replaces_clipping=True,
    )
)

PENALTIES.add(
    Penalty(
        name="r1",
        label="R1",
        formula=r"\tfrac{\lambda}{2}\,\mathbb{E}\|\nabla D(x)\|^2",
        source="Mescheder et al. 2018, equation 9",
        term=_zero_centred_on_real,
        weight=0.1,
        replaces_clipping=True,
    )
)
