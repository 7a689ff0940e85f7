"""f-divergences: a discriminator whose loss is a bound (Nowozin et al. 2016, table 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from ganlab.gan.functional import softplus
from ganlab.gan.objectives.base import OBJECTIVES, Objective, probability

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Array = NDArray[np.float64]


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
            zero_sum=True,
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
        lambda v: probability(v - 1),
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
        probability,
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
        lambda v: probability(v / 2),
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
        lambda v: probability(2 * v),
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
        probability,
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
        probability,
    ),
)
for _f in F_GANS:
    OBJECTIVES.add(_f.row())
