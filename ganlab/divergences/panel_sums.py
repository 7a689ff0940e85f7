"""∫∫ k(|x − y|) f(x) f(y) dx dy over panels of the line, however narrow or peaked the kernel is.

Two panels that lie apart see a kernel that is smooth between them: the sum over all pairs of their nodes is as good as
the rule. Near each other they may not. What a panel of width H has with itself is 2H² ∫₀¹ k(Ht) A(t) dt with the
autocorrelation A(t) = ∫₀^(1−t) f(s) f(s + t) ds; what two neighbours have is an integral over the distances from their
facing ends. Both are taken over octaves that shrink towards distance 0 until they are finer than the kernel. There f is
its own polynomial through the nodes of its panel, and A a quadratic form of the values there.

Shapes: n panels of 15 nodes, m pairs of panels, g nodes in octaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.grid import GAUSS, KRONROD, NODES, ROUNDING, Integral, Panels

Array = NDArray[np.float64]
Kernel = Callable[[Array], Array]

_RULES = np.stack([KRONROD, GAUSS])
_SHARE = (1.0 + NODES) / 2  # the nodes of (0, 1)
_ROWS = 120  # nodes at once: 8 panels
_BLOCK = 1 << 18  # pairs of nodes at once
_NEAR = 0.6  # of the wider of two panels: how far apart they must be
_WORTH = 1e-12  # of the square of the whole mass: what a pair of panels may hold and be left as it is
_MOST_OCTAVES = 24


def double_integral(kernel: Kernel, scale: float, panels: Panels, values: Array) -> Integral:
    """∫∫ k(|x − y|) f f from values of f [n, 15], panels ascending; `kernel` maps distances >= 0 to k, in any shape.

    `scale` is how wide the kernel is. The error is the difference to Gauss's seven nodes, sharpened as for a single
    integral.
    """
    weights = values * panels.half[:, None] * _RULES[:, None]
    mass = np.abs(weights[0]).sum(axis=1)
    pairs = _near(panels, mass)
    both = _all_pairs(kernel, panels.x, weights)
    both += _neighbours(kernel, scale, panels, values, pairs) - _pairs_by_nodes(
        kernel, panels.x, weights, pairs
    )
    both += _own_integrals(kernel, scale, panels, values, mass) - _own_by_nodes(kernel, panels, weights)
    value, gap = float(both[0]), abs(float(both[0] - both[1]))
    size = float(mass.sum()) ** 2 * float(kernel(np.zeros(1))[0])
    sharper = size * (200.0 * gap / size) ** 1.5 if size > 0.0 else gap
    blur = float(mass @ panels.blur) / max(float(mass.sum()), 1e-300)
    return Integral(value, min(gap, sharper) + (ROUNDING + blur) * size)


# --- by nodes -----------------------------------------------------------------------------------------------------


def _all_pairs(kernel: Kernel, x: Array, weights: Array) -> Array:
    """Σᵢⱼ wᵢwⱼ k(|xᵢ − xⱼ|) over all nodes, by each rule [2]; every pair is met once."""
    flat, rules = x.ravel(), weights.reshape(2, -1)
    total = np.zeros(2)
    for start in range(0, len(flat), _ROWS):
        rows = slice(start, start + _ROWS)
        matrix = kernel(np.abs(flat[rows, None] - flat[start:]))
        right = rules[:, start:].copy()
        right[:, : len(flat[rows])] /= 2.0
        total += 2.0 * np.einsum("ri,ir->r", rules[:, rows], matrix @ right.T)
    return total


def _own_by_nodes(kernel: Kernel, panels: Panels, weights: Array) -> Array:
    """What the sum over all pairs has from pairs inside one panel [2]."""
    gaps = panels.half[:, None, None] * np.abs(NODES[:, None] - NODES)
    return np.einsum("rni,nij,rnj->r", weights, kernel(gaps), weights, optimize=True)


def _pairs_by_nodes(kernel: Kernel, x: Array, weights: Array, pairs: NearPairs) -> Array:
    """What it has from pairs of near panels [2]."""
    left, right = pairs.left, pairs.right
    gaps = x[right][:, None, :] - x[left][:, :, None]
    return 2.0 * np.einsum("rmi,mij,rmj->r", weights[:, left], kernel(gaps), weights[:, right], optimize=True)


# --- near panels --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class NearPairs:
    """Indices [m] of panels that lie next to each other, left and right, and the share of all pairs that each holds."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    worth: Array


def _near(panels: Panels, mass: Array) -> NearPairs:
    """Pairs of panels that are closer than most of the wider one, where they hold anything."""
    apart = panels.low[None, :] - panels.high[:, None]
    width = np.maximum.outer(panels.half, panels.half) * 2.0
    share = np.multiply.outer(mass, mass) / max(float(mass.sum()) ** 2, 1e-300)
    left, right = np.nonzero(np.triu((share > _WORTH) & (apart < _NEAR * width), k=1))
    return NearPairs(left, right, share[left, right])


def _neighbours(kernel: Kernel, scale: float, panels: Panels, values: Array, pairs: NearPairs) -> Array:
    """2 ∫∫ k(d + H₁s + H₂r) f₁ f₂ over the distances s, r from the facing ends of all near pairs, by each rule [2].

    The first of a pair is the wider one, and what is asked of it is halved until it is as wide as the second.
    """
    width = 2.0 * panels.half
    ends = values[pairs.left][:, ::-1], values[pairs.right]  # by the distance from the facing end
    swap = width[pairs.left] < width[pairs.right]
    one, two = (np.where(swap[:, None], *each) for each in (ends[::-1], ends))
    wide, narrow = (f(width[pairs.left], width[pairs.right]) for f in (np.maximum, np.minimum))
    apart = np.maximum(panels.low[pairs.right] - panels.high[pairs.left], 0.0)
    halvings = np.minimum(np.round(np.log2(wide / narrow)), _octaves_for(wide / scale, pairs.worth)).astype(
        np.intp
    )
    counts = np.maximum(_octaves_for(wide / scale, pairs.worth) - halvings, 0)
    total = np.zeros(2)
    for first, count in np.unique(np.stack([halvings, counts]), axis=1).T:
        cells = _cells(int(first), int(count))
        index = np.flatnonzero((halvings == first) & (counts == count))
        rows = max(1, _BLOCK // (cells.size * len(NODES) ** 2))
        for start in range(0, len(index), rows):
            m = index[start : start + rows]
            total += _over_cells(kernel, cells, apart[m], wide[m], narrow[m], one[m], two[m])
    return 2.0 * total


@dataclass(frozen=True, eq=False)
class Cells:
    """Rectangles [c] of distances (s, r) in units of the widths: nodes [c, 15] and polynomials there [c, 15, 15]."""

    s: Array
    r: Array
    area: Array
    at_s: Array
    at_r: Array

    @property
    def size(self) -> int:
        return len(self.area)


@cache
def _cells(first: int, count: int) -> Cells:
    """(0, 1)² but for a corner by octaves: `first` of them in s alone, then `count` in both, three squares each."""
    boxes = [(0.5**i / 2, 0.5**i, 0.0, 1.0) for i in range(first)]
    side = 0.5**first
    for k in range(count):
        half = 0.5 ** (k + 1)
        for low, high in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
            boxes.append((side * low * half, side * (low + 1.0) * half, high * half, (high + 1.0) * half))
    boxes.append((0.0, side * 0.5**count, 0.0, 0.5**count))
    s0, s1, r0, r1 = np.array(boxes).T
    s, r = (low[:, None] + (high - low)[:, None] * _SHARE for low, high in ((s0, s1), (r0, r1)))
    shape = (len(boxes), len(NODES), len(NODES))
    return Cells(s, r, (s1 - s0) * (r1 - r0) / 4, *(_lagrange(t.ravel()).reshape(shape) for t in (s, r)))


def _over_cells(
    kernel: Kernel, cells: Cells, apart: Array, wide: Array, narrow: Array, one: Array, two: Array
) -> Array:
    """∫∫ k f₁ f₂ over the cells of pairs [m], by each rule [2]."""
    f = np.einsum("cga,ma->mcg", cells.at_s, one * wide[:, None])
    h = np.einsum("cga,ma->mcg", cells.at_r, two * narrow[:, None])
    along = apart[:, None, None] + wide[:, None, None] * cells.s
    matrix = kernel(along[..., :, None] + (narrow[:, None, None] * cells.r)[..., None, :])
    form = "mcg,mcgk,mck,c->"
    return np.array([np.einsum(form, f * w, matrix, h * w, cells.area, optimize=True) for w in _RULES])


def _own_integrals(kernel: Kernel, scale: float, panels: Panels, values: Array, mass: Array) -> Array:
    """Σ over panels of 2H² ∫ k(Ht) A(t) dt, octave by octave for those that need it, by each rule [2]."""
    width = 2.0 * panels.half
    counts = _octaves_for(width / scale, np.square(mass / max(float(mass.sum()), 1e-300)))
    total = np.zeros(2)
    for octave in range(int(counts.max()) + 1):
        for low, high, chosen in ((0.5, 1.0, counts > octave), (0.0, 1.0, counts == octave)):
            index = np.flatnonzero(chosen)
            if len(index):
                t = 2.0**-octave * (low + (high - low) * _SHARE)
                weights = 2.0**-octave * (high - low) / 2 * _RULES
                found = values[index]
                correlation = np.einsum("na,gab,nb->ng", found, _forms(octave, low), found, optimize=True)
                terms = np.square(width[index])[:, None] * kernel(width[index, None] * t) * correlation
                total += 2.0 * (terms @ weights.T).sum(axis=0)
    return total


# --- octaves ------------------------------------------------------------------------------------------------------


def _octaves_for(ratio: Array, worth: Array) -> NDArray[np.intp]:
    """How many octaves [m] take panels below the width of the kernel, or what is left below what is worth it."""
    with np.errstate(divide="ignore"):
        needed = np.ceil(np.log2(ratio)) + 1.0
        enough = np.ceil(np.log2(worth / _WORTH) / 2)
    return np.clip(np.minimum(needed, enough), 0, _MOST_OCTAVES).astype(np.intp)


@cache
def _forms(octave: int, low: float) -> Array:
    """The forms of A(t) at the nodes of 2^−octave·(low, 1), [15, 15, 15]: A = f C f for the values f of a panel."""
    t = 2.0**-octave * (low + (1.0 - low) * _SHARE)
    s = (1.0 - t)[:, None] * _SHARE
    one, two = (_lagrange(at.ravel()).reshape(15, 15, 15) for at in (s, s + t[:, None]))
    return np.einsum("gi,gia,gib->gab", (1.0 - t)[:, None] * KRONROD / 2, one, two)


def _lagrange(s: Array) -> Array:
    """The polynomials that are 1 at one node of (0, 1) and 0 at the others, at s [g] -> [g, 15]."""
    gaps = _SHARE[:, None] - _SHARE
    np.fill_diagonal(gaps, 1.0)
    distance = s[:, None] - _SHARE
    exact = np.abs(distance) < 1e-15
    terms = 1.0 / gaps.prod(axis=1) / np.where(exact, 1.0, distance)
    found = terms / terms.sum(axis=1, keepdims=True)
    hit = exact.any(axis=1)
    found[hit] = exact[hit]
    return found
