"""What a fit descends on: one row each, for both models. Readable without torch.

`of(problem, q) -> [E]` asks the problem (`ganlab.fitting.gaussian`, `ganlab.fitting.kernel`), which knows P and how to
integrate; `shown` turns what is descended on into the value with the row's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ganlab.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

Model = Literal["gaussian", "generator"]


class Problem(Protocol):
    """P and a kind of model: the divergences between them, differentiable, each `[E]`."""

    def f_divergence(self, name: str, q: Any) -> Tensor:
        """A row of `ganlab.gan.explicit.F_DIVERGENCES`."""
        ...

    def w2_squared(self, q: Any) -> Tensor:
        """W2² in squared units of P's scale."""
        ...

    def mmd2(self, q: Any) -> Tensor:
        """MMD² under the Gaussian kernel of the spec's bandwidth."""
        ...


ROUNDING = 1e-9


def _same(value: Tensor) -> Tensor:
    return value


def _not_below_zero(value: Tensor) -> Tensor:
    """What rounding alone makes negative is 0."""
    return value.where((value >= 0) | ~(value >= -ROUNDING), value.new_zeros(()))


@dataclass(frozen=True)
class FitObjective:
    """One row; the name is that of the same divergence in `ganlab.divergences.DIVERGENCES`.

    `units`: "nats", "none" or "x" (units of the data). `limit`: what the best Q of a family too small for P does.
    """

    name: str
    label: str
    symbol: str
    formula: str
    units: Literal["nats", "none", "x"]
    limit: str
    source: str
    of: Callable[[Problem, Any], Tensor]
    models: tuple[Model, ...] = ("gaussian", "generator")
    shown: Callable[[Tensor], Tensor] = _same


FIT_OBJECTIVES: Registry[FitObjective] = Registry("fit objective")

FIT_OBJECTIVES.add(
    FitObjective(
        name="kl_pq",
        label="Forward KL, KL(P‖Q)",
        symbol=r"\mathrm{KL}(P\|Q)",
        formula=r"\int p\log\frac pq",
        units="nats",
        limit="Covers all of P's mass: q may not be near 0 where p is not. One Gaussian gets P's mean and variance.",
        source="maximum likelihood; Bishop 2006, section 10.1.2",
        of=lambda problem, q: problem.f_divergence("kl", q),
        shown=_not_below_zero,
    )
)
FIT_OBJECTIVES.add(
    FitObjective(
        name="kl_qp",
        label="Reverse KL, KL(Q‖P)",
        symbol=r"\mathrm{KL}(Q\|P)",
        formula=r"\int q\log\frac qp",
        units="nats",
        limit="Seeks a mode: q pays for mass where p has little, and nothing for modes that it leaves out.",
        source="variational inference; Bishop 2006, section 10.1.2",
        of=lambda problem, q: problem.f_divergence("reverse_kl", q),
        shown=_not_below_zero,
    )
)
FIT_OBJECTIVES.add(
    FitObjective(
        name="js",
        label="Jensen-Shannon",
        symbol=r"\mathrm{JS}(P,Q)",
        formula=r"\tfrac12\mathrm{KL}(P\|M)+\tfrac12\mathrm{KL}(Q\|M),\ M=\tfrac12(P+Q)",
        units="nats",
        limit="Between the two; bounded by ln 2, so far from P it is flat and its gradient vanishes.",
        source="Lin 1991; what an ideal discriminator's G minimises (Goodfellow et al. 2014, theorem 1)",
        of=lambda problem, q: problem.f_divergence("js", q),
        shown=_not_below_zero,
    )
)
FIT_OBJECTIVES.add(
    FitObjective(
        name="chi2_pq",
        label="Pearson χ², χ²(P‖Q)",
        symbol=r"\chi^2(P\|Q)",
        formula=r"\int\frac{(p-q)^2}{q}",
        units="none",
        limit="Covers even more than forward KL: infinite where q's tail is too light against p's.",
        source="Nowozin et al. 2016, table 1; Mao et al. 2017",
        of=lambda problem, q: problem.f_divergence("pearson", q),
        shown=_not_below_zero,
        models=("gaussian",),
    )
)
FIT_OBJECTIVES.add(
    FitObjective(
        name="tv",
        label="Total variation",
        symbol=r"\mathrm{TV}(P,Q)",
        formula=r"\tfrac12\int|p-q|",
        units="none",
        limit="Counts misplaced mass, wherever it is: it settles for the mode that one Gaussian can have whole.",
        source="Nowozin et al. 2016, table 1",
        of=lambda problem, q: problem.f_divergence("tv", q),
        shown=_not_below_zero,
    )
)
FIT_OBJECTIVES.add(
    FitObjective(
        name="hellinger2",
        label="Hellinger²",
        symbol=r"H^2(P,Q)",
        formula=r"1-\int\sqrt{pq}",
        units="none",
        limit="Between the two, as JS; symmetric and bounded by 1.",
        source="Nowozin et al. 2016, table 1",
        of=lambda problem, q: problem.f_divergence("hellinger2", q),
        shown=_not_below_zero,
    )
)
FIT_OBJECTIVES.add(
    FitObjective(
        name="w2",
        label="Wasserstein W₂",
        symbol=r"W_2(P,Q)",
        formula=r"\sqrt{\int_0^1 (F^{-1}(u)-G^{-1}(u))^2\,du}",
        units="x",
        limit="Moves mass as little as possible: P's mean and σ = ∫ F⁻¹(u) Φ⁻¹(u) du; a gradient from any distance.",
        source="descends on W₂²; Peyré and Cuturi 2019, remark 2.30",
        of=lambda problem, q: problem.w2_squared(q),
        shown=lambda value: value.sqrt(),
    )
)
FIT_OBJECTIVES.add(
    FitObjective(
        name="mmd2",
        label="MMD², Gaussian kernel",
        symbol=r"\mathrm{MMD}^2(P,Q)",
        formula=r"\mathbb{E}k(X,X')+\mathbb{E}k(Y,Y')-2\,\mathbb{E}k(X,Y)",
        units="none",
        limit="Compares P and Q as the kernel sees them: finer details than its bandwidth weigh little.",
        source="Gretton et al. 2012, equation 1; Li et al. 2015",
        of=lambda problem, q: problem.mmd2(q),
    )
)
