"""Divergences of the batches themselves: without a discriminator, or beside one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ganlab.gan import kernel_losses as kernels
from ganlab.gan.kernel_losses import Explicit
from ganlab.gan.objectives.base import OBJECTIVES, Objective

if TYPE_CHECKING:
    from torch import Tensor

OBJECTIVES.add(
    Objective(
        name="moment_matching",
        label="Moment matching (no D)",
        formula_g=r"\mathrm{MMD}^2_k(x, G(z)),"
        r"\ k = \tfrac15\textstyle\sum_s e^{-\|x-y\|^2 / 2(sh)^2},\ s = 1, 2, 4, 8, 16",
        source="Li, Swersky and Zemel 2015; Dziugaite et al. 2015",
        threshold=None,
        explicit=Explicit(
            loss=lambda x, y, h: kernels.mmd2(kernels.gaussians(h), x, y),
            score=lambda at, x, y, h: kernels.witness(kernels.gaussians(h), at, x, y),
        ),
    )
)


def _explicit(name: str, label: str, formula: str, loss: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
    OBJECTIVES.add(
        Objective(
            name=f"explicit_{name}",
            label=f"{label} itself (no D)",
            formula_g=formula,
            source="kernel densities of both batches, Parzen 1962; each sample leaves itself out",
            explicit=Explicit(loss, kernels.log_ratio),
        )
    )


_explicit("kl", "KL(P‖Q)", r"\mathbb{E}_x\log\frac{\hat p(x)}{\hat q(x)}", kernels.kde_kl)
_explicit(
    "reverse_kl", "KL(Q‖P)", r"\mathbb{E}_z\log\frac{\hat q(G(z))}{\hat p(G(z))}", kernels.kde_reverse_kl
)
_explicit(
    "js",
    "JS",
    r"\tfrac12\mathbb{E}_x\log\frac{\hat p(x)}{\hat m(x)} + \tfrac12\mathbb{E}_z\log\frac{\hat q(G(z))}{\hat m(G(z))},"
    r"\ \hat m = \tfrac12(\hat p + \hat q)",
    kernels.kde_js,
)

OBJECTIVES.add(
    replace(
        OBJECTIVES["non_saturating"],
        name="kl_regularised",
        label="KL-regularised GAN",
        formula_g=r"-\mathbb{E}\log D(G(z)) + \lambda\,\mathbb{E}_z\log\frac{\hat q(G(z))}{\hat p(G(z))}",
        source="Goodfellow et al. 2014, section 3, and KL(Q‖P) of kernel densities (Parzen 1962)",
        explicit=Explicit(kernels.kde_reverse_kl, kernels.log_ratio),
    )
)
