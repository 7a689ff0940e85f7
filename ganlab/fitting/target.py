"""P in units of its own: where it is, how its tails fall, and where an integral over it has to look closely.

Everything here is in standard coordinates y = (x − centre)/scale, so that a fit takes the same course for P and for
P moved or stretched. Densities are natural logarithms, per unit of y.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from ganlab.distributions.mixture import Mixture

if TYPE_CHECKING:
    from ganlab.distributions import Distribution

Array = NDArray[np.float64]

LEVELS = (-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0)  # normal quantiles at which every component is cut first
BEYOND = (-12.0, -10.0, 0.0, 10.0, 12.0)  # standard deviations: √p is still 1e-8 where p is 1e-16
OUTLASTED = (-40.0, -24.0, -16.0, *BEYOND, 16.0, 24.0, 40.0)  # log p bends where a wider component takes over
NARROW = 0.5  # of the widest component is what it may outlast
ORDER = 10  # nodes of a panel
TOLERANCE = 1e-11  # absolute, of the integrals by which panels are split
DEEPEST = 14  # halvings of a panel
MOST = 600  # panels
PIECES = 400  # panels where they have to be fine
LEAST = 1e-15  # levels nearer to 0 or 1 are this far from them: no mass that matters lies beyond
FAR = 1e100  # where a tail is its leading term
NORMAL_SPAN = 2 * scipy.special.ndtri(0.95)

NODES, WEIGHTS = np.polynomial.legendre.leggauss(ORDER)


class Target:
    """The distribution that Q is fitted to; it has one dimension and a density."""

    def __init__(self, p: Distribution) -> None:
        self.p = p
        low, high = p.quantile([0.05, 0.95])
        self.centre, self.scale = float(low + high) / 2, float(high - low) / NORMAL_SPAN

    @property
    def leaves(self) -> tuple[Distribution, ...]:
        """The components that P is made of."""
        return self.p.components if isinstance(self.p, Mixture) else (self.p,)

    @cached_property
    def widest(self) -> float:
        """The largest spread among the components that have one peak, in the units of the data; 0 without any."""
        modes = [leaf.modes() for leaf in self.leaves]
        return max((float(m.spreads.max()) for m in modes if m is not None), default=0.0)

    def outside(self, y: Array) -> Array:
        """x of y."""
        return self.centre + self.scale * y

    def inside(self, x: Array) -> Array:
        """y of x."""
        return (np.asarray(x, dtype=np.float64) - self.centre) / self.scale

    def logpdf(self, y: Array) -> Array:
        """log p at y of any shape, −inf outside the support; where y is absurd, what comes of it."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.p.logpdf(self.outside(y).reshape(-1)).reshape(y.shape) + math.log(self.scale)

    def cdf(self, y: Array) -> Array:
        """P(Y ≤ y), y `[n]`."""
        return self.p.cdf(self.outside(y))

    def quantile(self, u: Array) -> Array:
        """y at levels u `[n]`."""
        return self.inside(self.p.quantile(u))

    def levels(self, y: Array) -> Array:
        """F at y `[n]`, kept where quantiles are finite and exact."""
        return np.clip(self.cdf(y), LEAST, 1 - LEAST)

    def normal_scores(self, y: Array) -> Array:
        """Φ⁻¹(F(y)) `[n]`: where the monotone map takes y to a standard normal."""
        return np.asarray(scipy.special.ndtri(self.levels(y)))

    # --- tails ------------------------------------------------------------------------------------------------------

    @cached_property
    def full_support(self) -> bool:
        """Whether p > 0 everywhere: it is when both tails are, since gaps come with families that end somewhere."""
        return bool(np.isfinite(self.logpdf(np.array([-FAR, FAR]))).all())

    @cached_property
    def has_variance(self) -> bool:
        """Whether E y² is finite: a power-law tail y^−s needs s > 3."""
        with np.errstate(invalid="ignore"):
            slope = [
                np.diff(self.logpdf(sign * FAR * np.array([1.0, 2.0])))[0] / math.log(2) for sign in (-1, 1)
            ]
        return all(math.isnan(s) or s < -3 - 1e-9 for s in slope)  # nan: −inf twice, no tail at all

    @cached_property
    def tail_std(self) -> float:
        """τ where the heavier tail falls like exp(−y²/2τ²): 0 where P is bounded, inf where it falls more slowly."""
        log_p = self.logpdf(np.array([-FAR, FAR]))
        heaviest = float(log_p.max())
        if heaviest == -math.inf:
            return 0.0
        tau = math.sqrt(FAR * FAR / (-2 * heaviest))
        return tau if tau < FAR**0.25 else math.inf

    # --- where to look ----------------------------------------------------------------------------------------------

    @cached_property
    def window(self) -> tuple[float, float]:
        """What is worth looking at."""
        low, high = self.inside(self.p.bounds()[0])
        return float(low), float(high)

    @cached_property
    def breakpoints(self) -> Array:
        """Ends of panels `[K + 1]` on each of which p, p·log p, p·y², p·z² and log p are integrated to rounding.

        Cut first at quantiles of every component, which finds narrow modes, ends of supports and kinks, then halved
        where the Gauss-Legendre rule and the same rule on both halves disagree.
        """
        edges = _distinct(np.concatenate([_cuts(self, leaf) for leaf in self.leaves]))
        edges = np.concatenate([self._tail(edges, -1), edges, self._tail(edges, 1)])
        for _ in range(DEEPEST):
            split = self._rough(edges)
            if not split.any() or len(edges) + split.sum() > MOST:
                break
            edges = np.sort(np.concatenate([edges, _middle(edges[:-1], edges[1:])[split]]))
        return edges

    def _tail(self, edges: Array, side: int) -> Array:
        """Panels that grow fourfold, outward until what p·y³ leaves there is small; none for a light tail."""
        end, width = (edges[0] if side < 0 else edges[-1]), edges[-1] - edges[0]
        out = end + side * width * (4.0 ** np.arange(1, 25) - 1)
        with np.errstate(over="ignore", divide="ignore"):
            left = self.logpdf(out) + 3 * np.log(np.abs(out))
        return np.sort(out[left > math.log(1e-14)])

    def _rough(self, edges: Array) -> NDArray[np.bool_]:
        """Which panels `[K]` need halving."""
        half = _middle(edges[:-1], edges[1:])
        whole = self._integrals(edges[:-1], edges[1:])
        halves = self._integrals(edges[:-1], half) + self._integrals(half, edges[1:])
        return np.asarray((np.abs(whole - halves) > TOLERANCE * np.maximum(1, np.abs(whole))).any(0))

    def _integrals(self, low: Array, high: Array) -> Array:
        """∫ of p, p·log p, p·y², log p and p·z² (z the normal score, for W2) over panels `[5, K]`."""
        y, weights = panel_nodes(low, high)
        log_p = self.logpdf(y)
        inside = log_p > -math.inf
        finite = np.where(inside, log_p, 0.0)
        p = np.exp(log_p)
        z = self.normal_scores(y.ravel()).reshape(y.shape)
        functions = np.stack([p, p * finite, p * y**2, finite * 1e-3, p * z**2 * 1e-2])
        return (functions * weights).sum(-1)

    @cached_property
    def nodes(self) -> tuple[Array, Array]:
        """Nodes y `[n]` and weights `[n]` over P's own panels."""
        y, weights = panel_nodes(self.breakpoints[:-1], self.breakpoints[1:])
        return y.ravel(), weights.ravel()

    def fine_nodes(self, width: float) -> tuple[Array, Array, Array]:
        """Nodes, weights and variances `[n]`: P as points to whatever is smooth over `width`.

        Panels are cut to that width where P is dense. What is left of a tail stands for the stretch around it, which
        its variance says; a point has 0.
        """
        edges = self.breakpoints
        density = self._integrals(edges[:-1], edges[1:])[0] / np.diff(edges)
        pieces = np.ceil(np.diff(edges) / width)
        first = np.argsort(-density)
        affordable = np.empty(len(pieces), dtype=bool)
        affordable[first] = np.cumsum(pieces[first]) <= PIECES
        counts = np.where(affordable, pieces, 1).astype(int)
        parts = [
            np.linspace(a, b, n, endpoint=False) for (a, b), n in zip(pairwise(edges), counts, strict=True)
        ]
        fine = np.append(np.concatenate(parts), edges[-1])
        y, weights = panel_nodes(fine[:-1], fine[1:])
        coarse = np.repeat(~affordable, counts)[:, None]
        return y.ravel(), weights.ravel(), np.where(coarse, weights**2 / 12, 0.0).ravel()


def panel_nodes(low: Array, high: Array) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights `[K, ORDER]` of panels."""
    half = (high - low)[:, None] / 2
    return (high + low)[:, None] / 2 + half * NODES, half * WEIGHTS


def _middle(low: Array, high: Array) -> Array:
    """Where panels `[K]` are cut in two: in the middle, or at equal ratios far out in a tail."""
    ratio = np.divide(high, low, out=np.ones_like(low), where=low != 0)
    far = (ratio > 8) | ((ratio > 0) & (ratio < 1 / 8))
    return np.where(far, np.sign(low) * np.sqrt(np.where(far, low * high, 0.0)), (low + high) / 2)


def _distinct(edges: Array) -> Array:
    """Sorted, without those that rounding alone tells from their neighbours."""
    edges = np.unique(edges)
    gap = np.diff(edges, prepend=-np.inf)
    return edges[gap > 1e-12 * np.maximum(1, np.abs(edges))]


def _cuts(target: Target, leaf: Distribution) -> Array:
    """Quantiles, ends of the support, peak and far tails of one component."""
    levels = np.concatenate([[0.0], scipy.special.ndtr(LEVELS), [1.0]])
    modes = leaf.modes()
    peaks = np.empty(0)
    if modes is not None and len(modes) == 1:
        narrow = modes.spreads[0] < NARROW * target.widest
        peaks = modes.centres[0, 0] + modes.spreads[0] * np.array(OUTLASTED if narrow else BEYOND)
    quantiles = leaf.quantile(levels)
    low, high = quantiles[0], quantiles[-1]
    cuts = np.concatenate([quantiles, peaks[(peaks > low) & (peaks < high)]])
    return target.inside(cuts[np.isfinite(cuts)])
