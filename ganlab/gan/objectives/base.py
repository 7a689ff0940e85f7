"""What a row of the table of objectives is.

Notation: a = D(x) and b = D(G(z)) are outputs of D `[E, B, k]`, in the order (real, fake); k is 1 but for objectives
that compare features. A loss is per sample `[E, B, 1]`, or `[E, 1, 1]` where it compares whole batches; the step
averages it. σ is the logistic function, so log σ(a) = −softplus(−a).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from ganlab.gan.functional import softplus
from ganlab.gan.kernel_losses import Explicit
from ganlab.registry import Registry

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Array = NDArray[np.float64]

Loss = Callable[["Tensor", "Tensor"], "Tensor"]


def probability(output: Array) -> Array:
    return np.asarray(scipy.special.expit(output))


def log_odds_value(a: Tensor, b: Tensor) -> Tensor:
    """V(D, G) = E log σ(a) + E log(1 − σ(b)), at most 2·JS − ln 4 (Goodfellow et al. 2014, theorem 1)."""
    return -softplus(-a) - softplus(b)


@dataclass(frozen=True)
class Objective:
    """One row.

    `loss_d(a, b)` is D's loss, `loss_g(a, b)` G's; an objective without them has no discriminator. `value(a, b)` is
    the reading V; its mean is at most the f-divergence whose generator is named by `best` (a row of
    `ganlab.divergences.generators`), and is it for the optimal D.
    `threshold` is the output of D that says "undecided"; None means that outputs have no absolute scale (a critic).
    `probability(output)` is the p/(p + q) that an output stands for.
    `clips`: weights of D are clipped to ±clip. `paired`: `loss_g` uses a as well; otherwise it is handed b twice.
    `targets`: D's loss is that of a classifier with targets 1 and 0, which label smoothing changes.
    `outputs`: k; with more than one, `score(h, a, b)` `[E, m, 1]` is the critic's value of points with features h.
    `zero_sum`: G's loss is D's with the sign changed, less what does not depend on G; through an unrolled D all of it
    does. `explicit` is added to G's loss, times kl_weight beside a discriminator.
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
    probability: Callable[[Array], Array] = probability
    clips: bool = False
    paired: bool = False
    targets: bool = False
    zero_sum: bool = False
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
