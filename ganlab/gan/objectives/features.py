"""Features: D embeds samples, and batches are compared as wholes."""

from __future__ import annotations

from functools import partial

from ganlab.gan import kernel_losses as kernels
from ganlab.gan.objectives.base import OBJECTIVES, Objective

FEATURES = 8  # outputs of a D that embeds samples instead of judging them

OBJECTIVES.add(
    Objective(
        name="energy",
        label="Cramér GAN (energy distance)",
        loss_d=lambda a, b: -kernels.energy2(a, b),
        loss_g=kernels.energy2,
        formula_d=r"-\big(2\mathbb{E}\|D(x) - D(y)\| - \mathbb{E}\|D(x) - D(x')\| - \mathbb{E}\|D(y) - D(y')\|\big)",
        formula_g=r"2\mathbb{E}\|D(x) - D(y)\| - \mathbb{E}\|D(x) - D(x')\| - \mathbb{E}\|D(y) - D(y')\|",
        optimal_d=r"\text{the features, } D: \mathbb{R}^d \to \mathbb{R}^8\text{, that tell the batches apart best}",
        source="Bellemare et al. 2017, section 4, with two whole batches",
        value=kernels.energy2,
        threshold=None,
        clips=True,
        paired=True,
        outputs=FEATURES,
        score=kernels.energy_score,
    )
)

OBJECTIVES.add(
    Objective(
        name="mmd_gan",
        label="MMD-GAN (learned kernel)",
        loss_d=lambda a, b: -kernels.mmd2(kernels.rational_quadratic, a, b),
        loss_g=partial(kernels.mmd2, kernels.rational_quadratic),
        formula_d=r"-\mathrm{MMD}^2_k(D(x), D(G(z)))",
        formula_g=r"\mathrm{MMD}^2_k(D(x), D(G(z)))",
        optimal_d=r"\text{the kernel } k(D(\cdot), D(\cdot)) \text{ that tells the batches apart best}",
        source="Li et al. 2017; kernel of Bińkowski et al. 2018, section 4",
        value=partial(kernels.mmd2, kernels.rational_quadratic),
        threshold=None,
        clips=True,
        paired=True,
        outputs=FEATURES,
        score=partial(kernels.witness, kernels.rational_quadratic),
    )
)
