"""∫∫ k(|x − y|) f(x) f(y) dx dy over panels of the line, for a kernel that need not be smooth at 0.

Between two panels k is smooth, and the sum over all pairs of nodes is as good as the rule. What a panel of width H has
with itself is 2H² ∫₀¹ k(Ht) A(t) dt with the autocorrelation A(t) = ∫₀^(1−t) f(s) f(s + t) ds of f on it, which is a
quadratic form of the values of f at the nodes: f is their polynomial.

Shapes: n panels of 15 nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.grid import GAUSS, KRONROD, NODES, ROUNDING, Integral, Panels

Array = NDArray[np.float64]
_ROWS = 120  # nodes at once: 8 panels


def double_integral(kernel: Callable[[Array], Array], panels: Panels, values: Array) -> Integral:
    """∫∫ k(|x − y|) f f from values of f [n, 15]; `kernel` maps distances to k, in any shape.

    The error is the difference to Gauss's seven nodes, sharpened as for a single integral.
    """
    rules = np.stack([KRONROD, GAUSS])
    weights = (values * panels.half[:, None] * rules[:, None]).reshape(2, -1)
    fine, rough = _all_pairs(kernel, panels.x.ravel(), weights) - _own_pairs(kernel, panels, weights)
    own_fine, own_rough = _own_integrals(kernel, panels, values, rules)
    value, gap = fine + own_fine, abs(fine + own_fine - rough - own_rough)
    size = float(np.abs(weights[0]).sum()) ** 2 * float(kernel(np.zeros(1))[0])
    sharper = size * (200.0 * gap / size) ** 1.5 if size > 0.0 else gap
    return Integral(float(value), float(min(gap, sharper)) + ROUNDING * size)


def _all_pairs(kernel: Callable[[Array], Array], x: Array, weights: Array) -> Array:
    """Σᵢⱼ wᵢwⱼ k(|xᵢ − xⱼ|) for each row of weights [2, m] -> [2]; every pair is met once."""
    total = np.zeros(2)
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        matrix = kernel(np.abs(x[rows, None] - x[None, start:]))
        right = weights[:, start:].copy()
        right[:, : len(x[rows])] /= 2.0
        total += 2.0 * np.einsum("ri,ri->r", weights[:, rows], (matrix @ right.T).T)
    return total


def _own_pairs(kernel: Callable[[Array], Array], panels: Panels, weights: Array) -> Array:
    """What the sum over all pairs has from pairs inside one panel [2]."""
    own = weights.reshape(2, len(panels), len(NODES))
    gaps = panels.half[:, None, None] * np.abs(NODES[:, None] - NODES)
    return np.einsum("rni,nij,rnj->r", own, kernel(gaps), own, optimize=True)


def _own_integrals(kernel: Callable[[Array], Array], panels: Panels, values: Array, rules: Array) -> Array:
    """Σ over panels of 2H² ∫ k(Ht) A(t) dt by each rule [2]."""
    count, width = len(NODES), 2.0 * panels.half
    correlation = np.einsum(
        "nja,na->nj", (values @ _forms()).reshape(len(panels), count, count), values, optimize=True
    )
    kernels = kernel(width[:, None] * (1.0 + NODES) / 2)
    terms = 2.0 * np.square(width)[:, None] * kernels * correlation
    return (terms @ (rules.T / 2)).sum(axis=0)


@cache
def _forms() -> Array:
    """The forms of A(t) at the nodes t of (0, 1), as [15, 15·15]: f @ forms is [n, 15 nodes t · 15], then times f."""
    share = (1.0 + NODES) / 2
    found = np.empty((len(NODES), len(NODES), len(NODES)))
    for j, t in enumerate(share):
        s = (1.0 - t) * share
        found[:, j] = np.einsum("i,ia,ib->ab", (1.0 - t) * KRONROD / 2, _lagrange(s), _lagrange(s + t))
    return found.reshape(len(NODES), -1)


def _lagrange(s: Array) -> Array:
    """The polynomials that are 1 at one node of (0, 1) and 0 at the others, at s [m] -> [m, 15]."""
    share = (1.0 + NODES) / 2
    gaps = share[:, None] - share
    np.fill_diagonal(gaps, 1.0)
    weights = 1.0 / gaps.prod(axis=1)
    distance = s[:, None] - share
    exact = np.isclose(distance, 0.0, rtol=0.0, atol=1e-15)
    terms = weights / np.where(exact, 1.0, distance)
    found = terms / terms.sum(axis=1, keepdims=True)
    hit = exact.any(axis=1)
    found[hit] = exact[hit]
    return found
