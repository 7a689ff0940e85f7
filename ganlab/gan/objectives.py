"""Objectives: what D and G each minimise.

Notation: a = D(x) and b = D(G(z)) are outputs of D `[E, B, k]`, in the order (real, fake); k is 1 but for objectives
that compare features. A loss is per sample `[E, B, 1]`, or `[E, 1, 1]` where it compares whole batches; the step
averages it. σ is the logistic function, so log σ(a) = −softplus(−a).

Adding one is adding one row here; picker, command line, documentation and tests read this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import log
from typing import TYPE_CHECKING

import numpy as np
import scipy

from ganlab.gan import kernel_losses as kernels
from ganlab.gan.functional import softplus
from ganlab.gan.kernel_losses import Explicit
from ganlab.registry import Registry

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Array = NDArray[np.float64]

Loss = Callable[["Tensor", "Tensor"], "Tensor"]

FEATURES = 8  # outputs of a D that embeds samples instead of judging them


def _probability(output: Array) -> Array:
    return np.asarray(scipy.special.expit(output))


@dataclass(frozen=True)
class Objective:
    """One row.

    `loss_d(a, b)` is D's loss, `loss_g(a, b)` G's; an objective without them has no discriminator. `value(a, b)` is
    the reading V; its mean is at most the f-divergence
    whose generator is named by `best` (a row of `ganlab.divergences.generators`), and is it for the optimal D. `threshold` is the output of D that says "undecided"; None
    means that outputs have no absolute scale (a critic). `probability(output)` is the p/(p + q) that an output stands
    for. `clips`: weights of D are clipped to ±clip. `paired`: `loss_g` uses a as well; otherwise it is handed b twice.
    `outputs`: k; with more than one, `score(h, a, b)` `[E, m, 1]` is the critic's value of points with features h.
    `explicit` is added to G's loss, times kl_weight beside a discriminator. `targets`: D's loss is that of a
    classifier with targets 1 and 0, which label smoothing changes.
    """

    name: str
    label: str
    formula_g: str
    source: str
    formula_d: str = ""
    optimal_d: str = ""
    loss_d: Loss | None = None
    loss_g: Loss | None = None
    value: Loss = lambda a, b: a - b
    best: str | None = None
    threshold: float | None = 0.0
    probability: Callable[[Array], Array] = _probability
    clips: bool = False
    paired: bool = False
    targets: bool = False
    outputs: int = 1
    score: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None
    explicit: Explicit | None = None

    @property
    def adversarial(self) -> bool:
        """Whether there is a discriminator."""
        return self.loss_d is not None

    @property
    def g_sees_real(self) -> bool:
        """Whether G's loss needs real samples."""
        return self.paired or self.explicit is not None


OBJECTIVES: Registry[Objective] = Registry("objective")


# -- classifiers and critics -----------------------------------------------------------------------------------------


def _log_odds_value(a: Tensor, b: Tensor) -> Tensor:
    """V(D, G) = E log σ(a) + E log(1 − σ(b)), at most 2·JS − ln 4 (Goodfellow et al. 2014, theorem 1)."""
    return -softplus(-a) - softplus(b)


OBJECTIVES.add(
    Objective(
        name="non_saturating",
        label="Non-saturating GAN",
        loss_d=lambda a, b: softplus(-a) + softplus(b),
        loss_g=lambda a, b: softplus(-b),
        formula_d=r"-\mathbb{E}\log D(x) - \mathbb{E}\log(1 - D(G(z)))",
        formula_g=r"-\mathbb{E}\log D(G(z))",
        optimal_d=r"D^*(x) = \frac{p(x)}{p(x) + q(x)}",
        source="Goodfellow et al. 2014, section 3",
        value=_log_odds_value,
        best="gan",
        targets=True,
    )
)

OBJECTIVES.add(
    Objective(
        name="minimax",
        label="Minimax GAN (saturating)",
        loss_d=lambda a, b: softplus(-a) + softplus(b),
        loss_g=lambda a, b: -softplus(b),
        formula_d=r"-\mathbb{E}\log D(x) - \mathbb{E}\log(1 - D(G(z)))",
        formula_g=r"\mathbb{E}\log(1 - D(G(z)))",
        optimal_d=r"D^*(x) = \frac{p(x)}{p(x) + q(x)}",
        source="Goodfellow et al. 2014, equation 1",
        value=_log_odds_value,
        best="gan",
        targets=True,
    )
)

OBJECTIVES.add(
    Objective(
        name="least_squares",
        label="Least squares GAN",
        loss_d=lambda a, b: 0.5 * ((a - 1).square() + b.square()),
        loss_g=lambda a, b: 0.5 * (b - 1).square(),
        formula_d=r"\tfrac12\mathbb{E}(D(x) - 1)^2 + \tfrac12\mathbb{E}\,D(G(z))^2",
        formula_g=r"\tfrac12\mathbb{E}(D(G(z)) - 1)^2",
        optimal_d=r"D^*(x) = \frac{p(x)}{p(x) + q(x)}",
        source="Mao et al. 2017, equation 9 (a = 0, b = c = 1)",
        threshold=0.5,
        probability=lambda output: np.clip(output, 0.0, 1.0),
        targets=True,
    )
)

OBJECTIVES.add(
    Objective(
        name="hinge",
        label="Hinge GAN",
        loss_d=lambda a, b: (1 - a).relu() + (1 + b).relu(),
        loss_g=lambda a, b: -b,
        formula_d=r"\mathbb{E}\max(0, 1 - D(x)) + \mathbb{E}\max(0, 1 + D(G(z)))",
        formula_g=r"-\mathbb{E}\,D(G(z))",
        optimal_d=r"D^*(x) = \operatorname{sign}(p(x) - q(x))",
        source="Lim and Ye 2017; Miyato et al. 2018, equations 16-17",
    )
)

OBJECTIVES.add(
    Objective(
        name="wgan",
        label="Wasserstein GAN",
        loss_d=lambda a, b: b - a,
        loss_g=lambda a, b: -b,
        formula_d=r"\mathbb{E}\,D(G(z)) - \mathbb{E}\,D(x)",
        formula_g=r"-\mathbb{E}\,D(G(z))",
        optimal_d=r"\|D^*\|_L \le 1,\ \mathbb{E}\,D^*(x) - \mathbb{E}\,D^*(G(z)) = W_1(P, Q)",
        source="Arjovsky et al. 2017, algorithm 1",
        threshold=None,
        clips=True,
    )
)

OBJECTIVES.add(
    Objective(
        name="relativistic",
        label="Relativistic GAN (paired)",
        loss_d=lambda a, b: softplus(b - a),
        loss_g=lambda a, b: softplus(a - b),
        formula_d=r"-\mathbb{E}\log\sigma\big(D(x) - D(G(z))\big)",
        formula_g=r"-\mathbb{E}\log\sigma\big(D(G(z)) - D(x)\big)",
        optimal_d=r"D^*(x) - D^*(y) = \log\frac{p(x)\,q(y)}{q(x)\,p(y)}",
        source="Jolicoeur-Martineau 2019, equation 7 (RpSGAN)",
        threshold=None,
        paired=True,
    )
)


# -- f-divergences: a discriminator whose loss is a bound (Nowozin et al. 2016, table 2) -----------------------------


@dataclass(frozen=True)
class _F:
    """T = g_f(v) of D's output v, and f*(T) written out in v, so that neither overflows where it need not."""

    name: str
    label: str
    t: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]
    formula_t: str
    formula_conjugate: str
    optimal: str
    best: str
    probability: Callable[[Array], Array]
    threshold: float = 0.0

    def row(self) -> Objective:
        """As an objective: D raises the bound E T(a) − E f*(T(b)) ≤ D_f(P‖Q), G lowers it."""
        t, conjugate = self.t, self.conjugate
        bound = rf"\mathbb{{E}}\big[{self.formula_conjugate}\big]_{{v = D(G(z))}}"
        return Objective(
            name=f"f_{self.name}",
            label=f"f-GAN: {self.label}",
            loss_d=lambda a, b: conjugate(b) - t(a),
            loss_g=lambda a, b: -conjugate(b),
            formula_d=rf"-\mathbb{{E}}\big[{self.formula_t}\big]_{{v = D(x)}} + {bound}",
            formula_g=f"-{bound}",
            optimal_d=self.optimal,
            source="Nowozin et al. 2016, equation 6 and table 2",
            value=lambda a, b: t(a) - conjugate(b),
            best=self.best,
            threshold=self.threshold,
            probability=self.probability,
        )


def _pearson_probability(v: Array) -> Array:
    """p/(p + q) with p/q = 1 + v/2, which an output below −2 leaves at 0."""
    ratio = np.maximum(1 + v / 2, 0.0)
    return np.asarray(ratio / (1 + ratio))


F_GANS = (
    _F(
        "kl",
        "KL(P‖Q)",
        lambda v: v,
        lambda v: (v - 1).exp(),
        "v",
        "e^{v-1}",
        r"D^*(x) = 1 + \log\frac{p(x)}{q(x)}",
        "kl",
        lambda v: _probability(v - 1),
        threshold=1.0,
    ),
    _F(
        "reverse_kl",
        "KL(Q‖P)",
        lambda v: -(-v).exp(),
        lambda v: v - 1,
        "-e^{-v}",
        "v - 1",
        r"D^*(x) = \log\frac{p(x)}{q(x)}",
        "reverse_kl",
        _probability,
    ),
    _F(
        "pearson",
        "χ²(P‖Q)",
        lambda v: v,
        lambda v: v.square() / 4 + v,
        "v",
        r"\tfrac14 v^2 + v",
        r"D^*(x) = 2\left(\frac{p(x)}{q(x)} - 1\right)",
        "pearson",
        _pearson_probability,
    ),
    _F(
        "neyman",
        "χ²(Q‖P)",
        lambda v: 1 - (-v).exp(),
        lambda v: 2 - 2 * (-v / 2).exp(),
        "1 - e^{-v}",
        "2 - 2e^{-v/2}",
        r"D^*(x) = 2\log\frac{p(x)}{q(x)}",
        "neyman",
        lambda v: _probability(v / 2),
    ),
    _F(
        "hellinger2",
        "2·Hellinger²",
        lambda v: 1 - (-v).exp(),
        lambda v: v.exp() - 1,
        "1 - e^{-v}",
        "e^v - 1",
        r"D^*(x) = \tfrac12\log\frac{p(x)}{q(x)}",
        "hellinger",
        lambda v: _probability(2 * v),
    ),
    _F(
        "js",
        "2·JS",
        lambda v: log(2.0) - softplus(-v),
        lambda v: softplus(v) - log(2.0),
        r"\log 2\sigma(v)",
        r"-\log 2\sigma(-v)",
        r"D^*(x) = \log\frac{p(x)}{q(x)}",
        "jensen_shannon",
        _probability,
    ),
    _F(
        "tv",
        "TV",
        lambda v: v.tanh() / 2,
        lambda v: v.tanh() / 2,
        r"\tfrac12\tanh v",
        r"\tfrac12\tanh v",
        r"\tanh D^*(x) = \operatorname{sign}(p(x) - q(x))",
        "total_variation",
        _probability,
    ),
)
for _f in F_GANS:
    OBJECTIVES.add(_f.row())


# -- features: D embeds samples, and batches are compared as wholes --------------------------------------------------

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


# -- no discriminator: G lowers a divergence between the batches themselves ------------------------------------------

OBJECTIVES.add(
    Objective(
        name="moment_matching",
        label="Moment matching (no D)",
        formula_g=r"\mathrm{MMD}^2_k(x, G(z)),\ k = \tfrac15\textstyle\sum_s e^{-\|x-y\|^2 / 2(sh)^2},\ s = 1, 2, 4, 8, 16",
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
    r"\tfrac12\mathbb{E}_x\log\frac{\hat p(x)}{\hat m(x)} + \tfrac12\mathbb{E}_z\log\frac{\hat q(G(z))}{\hat m(G(z))},\ "
    r"\hat m = \tfrac12(\hat p + \hat q)",
    kernels.kde_js,
)

OBJECTIVES.add(
    Objective(
        name="kl_regularised",
        label="KL-regularised GAN",
        loss_d=lambda a, b: softplus(-a) + softplus(b),
        loss_g=lambda a, b: softplus(-b),
        formula_d=r"-\mathbb{E}\log D(x) - \mathbb{E}\log(1 - D(G(z)))",
        formula_g=r"-\mathbb{E}\log D(G(z)) + \lambda\,\mathbb{E}_z\log\frac{\hat q(G(z))}{\hat p(G(z))}",
        optimal_d=r"D^*(x) = \frac{p(x)}{p(x) + q(x)}",
        source="Goodfellow et al. 2014, section 3, and KL(Q‖P) of kernel densities (Parzen 1962)",
        value=_log_odds_value,
        best="gan",
        targets=True,
        explicit=Explicit(kernels.kde_reverse_kl, kernels.log_ratio),
    )
)
