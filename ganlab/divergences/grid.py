"""Integrals over panels of the line: Gauss-Kronrod in each, all panels at once, refined where it is needed.

The rule is G7/K15 (Kronrod 1965); its error estimate is QUADPACK's (Piessens et al. 1983, routine QK15): the difference
of the two nested sums, sharpened by how far the integrand is from constant on the panel, and never below rounding.
Shapes: n panels of 15 nodes; values are [..., n, 15], so several integrands share one set of nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.bool_] | NDArray[np.intp]

_NODES = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691258380,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
)
_KRONROD = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
)
_GAUSS = (
    0.129484966168869693270611432679082,
    0.279705391489276667901467771423780,
    0.381830050505118944950369775488975,
)
NODES: Array = np.array([*(-x for x in _NODES), 0.0, *_NODES[::-1]])
KRONROD: Array = np.array([*_KRONROD, 0.209482141084727828012999174891714, *_KRONROD[::-1]])
GAUSS: Array = np.zeros(15)
GAUSS[1::2] = [*_GAUSS, 0.417959183673469387755102040816327, *_GAUSS[::-1]]
_RULES = np.stack([KRONROD, GAUSS], axis=1)
ROUNDING = 4 * float(np.finfo(np.float64).eps)
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Panels:
    """Intervals [low, high], each [n]."""

    low: Array
    high: Array

    def __len__(self) -> int:
        return len(self.low)

    @cached_property
    def half(self) -> Array:
        return (self.high - self.low) / 2

    @cached_property
    def x(self) -> Array:
        """The nodes [n, 15], ascending and strictly inside: at an end a density may jump or vanish."""
        x = (self.low + self.half)[:, None] + self.half[:, None] * NODES
        np.maximum(x[:, 0], np.nextafter(self.low, np.inf), out=x[:, 0])
        np.minimum(x[:, -1], np.nextafter(self.high, -np.inf), out=x[:, -1])
        return x

    def integrals(self, values: Array) -> tuple[Array, Array]:
        """Integral and estimated error of each panel, each [..., n]."""
        both = values @ _RULES
        kronrod, gauss = both[..., 0], both[..., 1]
        around = values - kronrod[..., None] / 2
        spread = np.abs(around, out=around) @ KRONROD
        spread += _TINY  # of a constant, which has no error
        share = np.minimum(200.0 * np.abs(kronrod - gauss) / spread, 1.0)
        spread *= share * np.sqrt(share)
        spread += ROUNDING * np.abs(kronrod)
        return kronrod * self.half, spread * self.half

    def cut(self, at: Array | None = None) -> Panels:
        """Each panel in two: in the middle, or at a point [n] inside."""
        middle = self.low + self.half if at is None else at
        return Panels(np.concatenate([self.low, middle]), np.concatenate([middle, self.high]))

    def take(self, index: Index) -> Panels:
        """The panels at an index or mask."""
        return Panels(self.low[index], self.high[index])

    @staticmethod
    def joined(parts: Sequence[Panels]) -> tuple[Panels, NDArray[np.intp]]:
        """All panels, ascending, and the order that sorted them."""
        low = np.concatenate([panels.low for panels in parts])
        order = np.argsort(low)
        return Panels(low[order], np.concatenate([panels.high for panels in parts])[order]), order

    @cached_property
    def blur(self) -> Array:
        """How much of its width rounding moves a node [n]: what a narrow mode far from 0 can be known to."""
        return np.spacing(np.maximum(np.abs(self.low), np.abs(self.high))) / (2.0 * self.half)

    @cached_property
    def divisible(self) -> NDArray[np.bool_]:
        """Whether a panel is still wide enough to have 15 different nodes in each half."""
        return self.high - self.low > 1e3 * np.spacing(np.maximum(np.abs(self.low), np.abs(self.high)))


def panels_between(edges: Array) -> Panels:
    """The panels between neighbouring edges, ascending; those without room for two nodes are left out."""
    roomy = np.diff(edges) > 4 * np.spacing(np.abs(edges[1:]))
    return Panels(edges[:-1][roomy], edges[1:][roomy])


# --- refinement -------------------------------------------------------------------------------------------------

TOLERANCE = 1e-10  # of an integral, absolute or relative, whichever is larger
PASSES = 60  # each halves the panels that need it; 52 halvings exhaust a float
MOST = (
    4_000  # panels halved in one pass: an integrand that asks for more is noise, and its error stays as it is
)


class Sampled(Protocol):
    """Functions of x at the nodes of panels: values [..., n, 15]."""

    @property
    def panels(self) -> Panels: ...

    def take(self, index: Index) -> Self:
        """The panels at an index or mask [n]."""

    def joined(self, others: Sequence[Self]) -> Self:
        """The panels of all, ascending."""


S = TypeVar("S", bound=Sampled)


@dataclass(frozen=True)
class Integral:
    """A value and its estimated absolute error."""

    value: float
    error: float

    def __add__(self, other: Integral) -> Integral:
        return Integral(self.value + other.value, self.error + other.error)


def integrate(
    values: Callable[[S], Array], start: S, sample: Callable[[Panels], S], tolerance: float = TOLERANCE
) -> Integral:
    """∫ values over the panels of `start`; those of them that need it are halved and sampled again until none does."""
    current, kept, kept_error = start, 0.0, 0.0
    for _ in range(PASSES):
        integral, error = current.panels.integrals(values(current))
        total, total_error = kept + float(integral.sum()), kept_error + float(error.sum())
        allowed = tolerance * max(1.0, abs(total))
        if not total_error > allowed:
            break
        bad = (error > allowed / (2 * len(start.panels))) & current.panels.divisible
        if not 0 < np.count_nonzero(bad) <= max(MOST, len(start.panels)):
            break
        kept += float(integral[~bad].sum())
        kept_error += float(error[~bad].sum())
        current = sample(current.panels.take(bad).cut())
    return Integral(total, total_error)


def refined(
    values: Callable[[S], Array], start: S, sample: Callable[[Panels], S], tolerance: float = TOLERANCE
) -> tuple[S, list[Integral]]:
    """One grid for many integrands, values [m, n, 15]: a sampling on which each is known to the tolerance, and each."""
    good: list[S] = []
    current, kept, kept_error = start, np.zeros(1), np.zeros(1)
    for _ in range(PASSES):
        integral, error = current.panels.integrals(values(current))
        total, total_error = kept + integral.sum(axis=1), kept_error + error.sum(axis=1)
        allowed = tolerance * np.maximum(1.0, np.abs(total))
        wanting = total_error > allowed
        if not wanting.any():
            break
        worst = (error[wanting] > allowed[wanting, None] / (2 * len(start.panels))).any(axis=0)
        bad = worst & current.panels.divisible
        if not 0 < np.count_nonzero(bad) <= MOST:
            break
        kept, kept_error = kept + integral[:, ~bad].sum(axis=1), kept_error + error[:, ~bad].sum(axis=1)
        good.append(current.take(~bad))
        current = sample(current.panels.take(bad).cut())
    found = [Integral(float(value), float(doubt)) for value, doubt in zip(total, total_error, strict=True)]
    return (current.joined(good) if good else start), found


def split(start: S, at: Array, sample: Callable[[Panels], S]) -> S:
    """The same sampling, ascending, with further edges at points `at` inside its panels."""
    panels = start.panels
    inside = np.searchsorted(panels.low, at) - 1
    inside, at = inside[at > panels.low[inside]], at[at > panels.low[inside]]
    if not len(at):
        return start
    hit = np.unique(inside)
    edges = np.sort(np.concatenate([panels.low[hit], at])), np.sort(np.concatenate([at, panels.high[hit]]))
    rest = np.delete(np.arange(len(panels)), hit)
    return sample(Panels(*edges)).joined([start.take(rest)])
