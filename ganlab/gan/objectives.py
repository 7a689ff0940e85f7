"""Objectives: what D and G each minimise.

Notation: a = D(x) and b = D(G(z)) are logits `[E, B, 1]`, in the order (real, fake). A loss is per sample; the step
averages it over the batch. σ is the logistic function, so log σ(a) = −softplus(−a).

Adding one is adding one row here; picker, command line, documentation and tests read this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlab.gan.functional import softplus
from ganlab.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

Loss = Callable[["Tensor", "Tensor"], "Tensor"]


@dataclass(frozen=True)
class Objective:
    """One row.

    `loss_d(a, b)` is D's loss per sample, `loss_g(a, b)` G's. `threshold` is the output of D that says "undecided";
    None means that outputs have no absolute scale (a critic). `log_odds`: the best D is log p/q, so that the value
    V(D, G) = E log σ(a) + E log(1 − σ(b)) can be read from it. `clips`: weights of D are clipped to ±clip. `paired`:
    `loss_g` uses a as well; otherwise it is handed b twice and D is not evaluated on real samples.
    """

    name: str
    label: str
    loss_d: Loss
    loss_g: Loss
    formula_d: str
    formula_g: str
    optimal_d: str
    source: str
    threshold: float | None = 0.0
    log_odds: bool = False
    clips: bool = False
    paired: bool = False


OBJECTIVES: Registry[Objective] = Registry("objective")

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
        log_odds=True,
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
        log_odds=True,
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
