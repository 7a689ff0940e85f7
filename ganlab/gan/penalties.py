"""Penalties on D: a term λ·E[r] added to D's loss, computed for each sample and then averaged.

`r(critic, real, fake, mix)` takes the critic (a function from `[E, n, w]` to values `[E, n, 1]`), the two batches
`[E, n, w]` in the order (real, fake) and uniform numbers on [0, 1): `mix [E, n, 1]`, or `[E, n, 1 + w]` where the row
says that it is `shaken`. It returns `[E, n]`. What D sees at once, a pack of samples or a sample with its noise, is one
point of w numbers here.
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
    """One row; `weight` is the λ of the paper. With `replaces_clipping`, a clipping objective stops clipping.

    `shaken`: the term needs uniform numbers for each number of a point, too.
    """

    name: str
    label: str
    formula: str
    source: str
    term: Callable[[Critic, Tensor, Tensor, Tensor], Tensor] | None = None
    weight: float = 0.0
    replaces_clipping: bool = False
    shaken: bool = False

    def uniforms(self, width: int) -> int:
        """Uniform numbers that it needs for each sample of so many numbers."""
        return 0 if self.term is None else 1 + width * self.shaken


def _norm_squared(gradient: Tensor) -> Tensor:
    """‖∇D‖² of each sample: over the feature axis only, never over the batch."""
    return gradient.square().sum(-1)


def _norm(gradient: Tensor) -> Tensor:
    """‖∇D‖; the root's slope is infinite at 0, and the constant keeps the second derivative finite there."""
    return (_norm_squared(gradient) + 1e-12).sqrt()


def _between(real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return mix * real + (1 - mix) * fake


def _one_centred(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return (_norm(input_gradient(critic, _between(real, fake, mix))) - 1).square()


def _at_most_one(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return (_norm(input_gradient(critic, _between(real, fake, mix))) - 1).relu().square()


def _around_real(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    spread = (real - real.mean((1, 2), keepdim=True)).square().mean((1, 2), keepdim=True).sqrt()
    near = real + mix[..., :1] * 0.5 * spread * mix[..., 1:]
    return (_norm(input_gradient(critic, near)) - 1).square()


def _zero_centred_between(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return _norm_squared(input_gradient(critic, _between(real, fake, mix)))


def _zero_centred_on_real(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return 0.5 * _norm_squared(input_gradient(critic, real))


def _zero_centred_on_fake(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return 0.5 * _norm_squared(input_gradient(critic, fake))


def _zero_centred_on_both(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return _zero_centred_on_real(critic, real, fake, mix) + _zero_centred_on_fake(critic, real, fake, mix)


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

PENALTIES.add(
    Penalty(
        name="r2",
        label="R2",
        formula=r"\tfrac{\lambda}{2}\,\mathbb{E}\|\nabla D(G(z))\|^2",
        source="Mescheder et al. 2018, equation 10",
        term=_zero_centred_on_fake,
        weight=0.1,
        replaces_clipping=True,
    )
)

PENALTIES.add(
    Penalty(
        name="r1_r2",
        label="R1 and R2",
        formula=r"\tfrac{\lambda}{2}\,\mathbb{E}\|\nabla D(x)\|^2 + \tfrac{\lambda}{2}\,\mathbb{E}\|\nabla D(G(z))\|^2",
        source="Huang et al. 2024 (R3GAN), section 2",
        term=_zero_centred_on_both,
        weight=0.1,
        replaces_clipping=True,
    )
)

PENALTIES.add(
    Penalty(
        name="zero_gp",
        label="Zero-centred gradient penalty",
        formula=r"\lambda\,\mathbb{E}\|\nabla D(\hat x)\|^2,\ \hat x = u x + (1 - u) G(z)",
        source="Thanh-Tung et al. 2019, section 5",
        term=_zero_centred_between,
        weight=0.1,
        replaces_clipping=True,
    )
)

PENALTIES.add(
    Penalty(
        name="dragan",
        label="DRAGAN",
        formula=r"\lambda\,\mathbb{E}\big(\|\nabla D(\hat x)\| - 1\big)^2,\ \hat x = x + \tfrac12 u s v",
        source="Kodali et al. 2017, algorithm 1",
        term=_around_real,
        weight=0.1,
        replaces_clipping=True,
        shaken=True,
    )
)

PENALTIES.add(
    Penalty(
        name="lipschitz",
        label="Lipschitz penalty (WGAN-LP)",
        formula=r"\lambda\,\mathbb{E}\max\big(0, \|\nabla D(\hat x)\| - 1\big)^2,\ \hat x = u x + (1 - u) G(z)",
        source="Petzka et al. 2018, equation 8",
        term=_at_most_one,
        weight=0.1,
        replaces_clipping=True,
    )
)
