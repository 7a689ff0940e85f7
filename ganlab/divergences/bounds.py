"""Inequalities (and one equation) between divergences: one row each, checked against the values on every page.

Each side is a function of values in nats, of which it takes those that it needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ganlab.divergences.results import LN2, Value
from ganlab.registry import Registry


@dataclass(frozen=True)
class Held:
    """A bound with the numbers of one comparison: left ≤ right (or =), up to `slack` of numerical error."""

    bound: Bound
    left: float
    right: float
    slack: float

    @property
    def holds(self) -> bool:
        """Whether it does; inf ≤ inf counts."""
        below = self.left <= self.right + self.slack
        return below and (not self.bound.equal or self.right <= self.left + self.slack)


@dataclass(frozen=True)
class Bound:
    """One row: `left` ≤ `right` (= where `equal`), each a function of the values (nats) in `needs`, in that order."""

    name: str
    label: str
    formula: str
    source: str
    needs: tuple[str, ...]
    left: Callable[..., float]
    right: Callable[..., float]
    units: str = "none"
    equal: bool = False

    def holds(self, values: Mapping[str, Value]) -> bool | None:
        """Whether it holds between these values; None where one that it needs is missing or undefined."""
        held = self.between(values)
        return None if held is None else held.holds

    def between(self, values: Mapping[str, Value]) -> Held | None:
        """Both sides as numbers; None where one of the values is missing or undefined."""
        found = [values.get(name) for name in self.needs]
        if any(value is None or math.isnan(value.value) for value in found):
            return None
        numbers = [value.value for value in found if value is not None]
        doubt = sum(value.error or 0.0 for value in found if value is not None)
        left, right = self.left(*numbers), self.right(*numbers)
        # A root is steep near 0, where an error of ε moves it by √ε.
        slack = 1e-12 + doubt + math.sqrt(doubt) * (doubt < 1.0)
        return Held(self, left, right, slack)


BOUNDS: Registry[Bound] = Registry("bound")

BOUNDS.add(
    Bound(
        name="pinsker",
        label="Pinsker",
        formula=r"\mathrm{TV}\le\sqrt{\tfrac12\mathrm{KL}(P\|Q)}",
        source="Pinsker 1964; Csiszár 1967",
        needs=("tv", "kl_pq"),
        left=lambda tv, kl: tv,
        right=lambda tv, kl: math.sqrt(max(kl, 0.0) / 2.0),
    )
)

BOUNDS.add(
    Bound(
        name="bretagnolle_huber",
        label="Bretagnolle-Huber",
        formula=r"\mathrm{TV}\le\sqrt{1-e^{-\mathrm{KL}(P\|Q)}}",
        source="Bretagnolle and Huber 1979; Canonne 2022",
        needs=("tv", "kl_pq"),
        left=lambda tv, kl: tv,
        right=lambda tv, kl: math.sqrt(-math.expm1(-max(kl, 0.0))),
    )
)

BOUNDS.add(
    Bound(
        name="hellinger_below",
        label="Hellinger below total variation",
        formula=r"H^2\le\mathrm{TV}",
        source="Le Cam 1973; Tsybakov 2009, lemma 2.3",
        needs=("hellinger2", "tv"),
        left=lambda h2, tv: h2,
        right=lambda h2, tv: tv,
    )
)

BOUNDS.add(
    Bound(
        name="hellinger_above",
        label="Total variation below Hellinger",
        formula=r"\mathrm{TV}\le\sqrt{H^2(2-H^2)}",
        source="Le Cam 1973; Tsybakov 2009, lemma 2.3",
        needs=("tv", "hellinger2"),
        left=lambda tv, h2: tv,
        right=lambda tv, h2: math.sqrt(max(h2 * (2.0 - h2), 0.0)),
    )
)

BOUNDS.add(
    Bound(
        name="js_tv",
        label="Jensen-Shannon below total variation",
        formula=r"\mathrm{JS}\le\ln 2\cdot\mathrm{TV}",
        source="Lin 1991, theorem 3",
        needs=("js", "tv"),
        left=lambda js, tv: js,
        right=lambda js, tv: LN2 * tv,
        units="nats",
    )
)

BOUNDS.add(
    Bound(
        name="kl_chi2",
        label="Kullback-Leibler below χ²",
        formula=r"\mathrm{KL}(P\|Q)\le\ln(1+\chi^2(P\|Q))",
        source="Gibbs and Su 2002, theorem 5",
        needs=("kl_pq", "chi2_pq"),
        left=lambda kl, chi2: kl,
        right=lambda kl, chi2: math.log1p(chi2),
        units="nats",
    )
)

BOUNDS.add(
    Bound(
        name="hellinger_kl",
        label="Hellinger below Kullback-Leibler",
        formula=r"2H^2\le\mathrm{KL}(P\|Q)",
        source="Tsybakov 2009, lemma 2.4",
        needs=("hellinger2", "kl_pq"),
        left=lambda h2, kl: 2.0 * h2,
        right=lambda h2, kl: kl,
        units="nats",
    )
)

BOUNDS.add(
    Bound(
        name="w1_w2",
        label="Wasserstein distances",
        formula=r"W_1\le W_2",
        source="Villani 2009, remark 6.6",
        needs=("w1", "w2"),
        left=lambda w1, w2: w1,
        right=lambda w1, w2: w2,
        units="x",
    )
)

BOUNDS.add(
    Bound(
        name="jeffreys_sum",
        label="Jeffreys is the sum",
        formula=r"J(P,Q)=\mathrm{KL}(P\|Q)+\mathrm{KL}(Q\|P)",
        source="Jeffreys 1946",
        needs=("jeffreys", "kl_pq", "kl_qp"),
        left=lambda jeffreys, pq, qp: jeffreys,
        right=lambda jeffreys, pq, qp: pq + qp,
        units="nats",
        equal=True,
    )
)

BOUNDS.add(
    Bound(
        name="tv_js",
        label="Total variation below Jensen-Shannon",
        formula=r"\tfrac12\mathrm{TV}^2\le\mathrm{JS}",
        source="Pinsker's inequality for P and Q against M, where TV is half as large",
        needs=("tv", "js"),
        left=lambda tv, js: tv * tv / 2.0,
        right=lambda tv, js: js,
        units="nats",
    )
)

BOUNDS.add(
    Bound(
        name="js_jeffreys",
        label="Jensen-Shannon below Jeffreys",
        formula=r"\mathrm{JS}\le\tfrac14 J(P,Q)",
        source="Lin 1991, theorem 1",
        needs=("js", "jeffreys"),
        left=lambda js, jeffreys: js,
        right=lambda js, jeffreys: jeffreys / 4.0,
        units="nats",
    )
)

BOUNDS.add(
    Bound(
        name="energy_w1",
        label="Energy distance below Wasserstein-1",
        formula=r"\mathcal E^2\le 2W_1",
        source="on the line 2∫(F−G)² ≤ 2∫|F−G|, as |F−G| ≤ 1; in general by the triangle inequality",
        needs=("energy2", "w1"),
        left=lambda energy2, w1: energy2,
        right=lambda energy2, w1: 2.0 * w1,
        units="x",
    )
)
