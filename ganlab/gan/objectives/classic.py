"""Classifiers and critics: D answers each sample with one number. The place for a new objective of this kind."""

from __future__ import annotations

import numpy as np

from ganlab.gan.functional import softplus
from ganlab.gan.objectives.base import OBJECTIVES, Objective, log_odds_value

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
        value=log_odds_value,
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
        value=log_odds_value,
        best="gan",
        zero_sum=True,
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
        zero_sum=True,
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
