"""Integrals over a `Tree` of cells: sums over cells, refined until parents and children agree.

A cell is accepted when the sum over its four children differs from its own value by little; the children's sum is taken
and the difference counted as its error. For smooth integrands that is the error of the parent, several digits above
that of what is taken.

|p − q| has a kink along the curve p = q. In the cells it crosses, p − q and log p − log q are polynomials through the
nodes; the curve is found as the root of the second on every line along the axis it crosses faster, lines are split
there, and the other axis is split where the curve leaves the cell. So every piece is smooth, and no density is
evaluated for it. Where the curve turns back within a cell, parent and children differ, and it is refined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.plane_mesh import NODES, WEIGHTS, Indices, Level, Tree, W, X

Array = NDArray[np.float64]
Values = Callable[[Array, Array], Array]
"""Values at nodes [C, N] from log p and log q [C, N]."""
CellValues = Callable[[Level, Indices], Array]
"""Integrals over cells [n]."""

TOLERANCE = 2e-7  # of the integral, or absolute below 1; the error of what is taken is smaller by far
DEEPEST = 40
MOST_CELLS = 40_000  # of one integral: 4 million nodes
ROUNDING = 1e-14


@dataclass(frozen=True)
class Integral:
    """A value, its estimated error, and how many cells were accepted."""

    value: float
    error: float
    cells: int


def smooth(values: Values) -> CellValues:
    """Integrals by the nodes of a cell."""

    def over(level: Level, index: Indices) -> Array:
        found = values(level.log_p[index], level.log_q[index])
        return np.asarray(found @ WEIGHTS * level.cells.area[index])

    return over


def integrate(tree: Tree, over: CellValues, tolerance: float = TOLERANCE, scale: float = 1.0) -> Integral:
    """The integral over all cells of a tree, with an error below `tolerance` times max(|value|, scale) if it can."""
    index: Indices = np.arange(len(tree.levels[0].cells))
    own = over(tree.levels[0], index)
    value, error, cells = 0.0, 0.0, 0
    for depth in range(DEEPEST):
        children = tree.children(depth, index)
        parts = over(tree.levels[depth + 1], children.ravel()).reshape(-1, 4)
        sums = parts.sum(axis=1)
        gaps = np.abs(sums - own)
        budget = tolerance * max(abs(value + float(sums.sum())), scale) - error
        last = depth == DEEPEST - 1 or 4 * len(index) + cells > MOST_CELLS
        done = np.ones(len(index), dtype=bool) if last else _acceptable(gaps, budget / 2)
        value += float(sums[done].sum())
        error += float(gaps[done].sum())
        cells += int(done.sum())
        if done.all():
            break
        index, own = children[~done].ravel(), parts[~done].ravel()
    return Integral(value, error + ROUNDING * abs(value), cells)


def _acceptable(gaps: Array, budget: float) -> NDArray[np.bool_]:
    """The cells with the smallest gaps, as many as fit into the budget."""
    order = np.argsort(gaps)
    fits = np.cumsum(gaps[order]) <= budget
    accepted = np.zeros(len(gaps), dtype=bool)
    accepted[order[fits]] = True
    return accepted


# --- the kink of |p − q| --------------------------------------------------------------------------------------------

POWERS = np.arange(NODES)
TO_POWERS = np.linalg.inv(np.vander(X, NODES, increasing=True))  # values at nodes to coefficients of powers
LEFT, RIGHT = (-1.0) ** POWERS, np.ones(NODES)
BISECTIONS, STEPS = 4, 4
LEAST = 1e-12  # of a cell: no strip is narrower


def kinked(level: Level, index: Indices) -> Array:
    """∫ |p − q| over cells [n]."""
    log_p, log_q = level.log_p[index], level.log_q[index]
    gap = np.exp(log_p) - np.exp(log_q)
    with np.errstate(invalid="ignore"):
        ratio = log_p - log_q
    crossed = np.isfinite(ratio).all(axis=1) & (ratio.min(axis=1) < 0.0) & (ratio.max(axis=1) > 0.0)
    found = np.abs(gap) @ WEIGHTS
    if crossed.any():
        shape = (-1, NODES, NODES)
        found[crossed] = _crossed(ratio[crossed].reshape(shape), gap[crossed].reshape(shape))
    return np.asarray(found * level.cells.area[index])


def _crossed(ratio: Array, gap: Array) -> Array:
    """∫ |gap| over [−1, 1]² [M], from its values and those of ratio (of the same sign) at the nodes [M, n, n]."""
    along_x = np.abs(ratio[:, -1] - ratio[:, 0]).mean(axis=1)
    along_y = np.abs(ratio[:, :, -1] - ratio[:, :, 0]).mean(axis=1)
    turn = along_x > along_y
    ratio, gap = (np.where(turn[:, None, None], a.transpose(0, 2, 1), a) for a in (ratio, gap))
    ratio, gap = (np.einsum("ki,mij,lj->mkl", TO_POWERS, a, TO_POWERS, optimize=True) for a in (ratio, gap))
    exits = np.stack([_root(ratio @ end) for end in (LEFT, RIGHT)], axis=1)
    ends = np.full((len(ratio), 1), 1.0)
    edges = np.concatenate([-ends, np.sort(exits, axis=1), ends], axis=1)
    half, middle = np.diff(edges, axis=1) / 2, (edges[:, 1:] + edges[:, :-1]) / 2
    cell, strip = np.nonzero(half > LEAST)
    half, middle = half[cell, strip], middle[cell, strip]
    powers = (middle[:, None] + half[:, None] * X)[:, :, None] ** POWERS  # [S, n, n]: lines of every strip
    lines = (powers @ ratio[cell]).reshape(-1, NODES), (powers @ gap[cell]).reshape(-1, NODES)
    inner = _split(*lines).reshape(-1, NODES)
    return np.asarray(np.bincount(cell, half * (inner @ W), minlength=len(ratio)), dtype=np.float64)


def _split(ratio: Array, gap: Array) -> Array:
    """∫ |gap| over [−1, 1] [S] of polynomials [S, n], cut at the root of ratio."""
    root = _root(ratio)
    antiderivative = gap / (POWERS + 1.0)
    low = -(antiderivative @ LEFT)
    middle = _at(antiderivative, root) * root
    return np.asarray(np.abs(middle - low) + np.abs(antiderivative @ RIGHT - middle))


def _at(coefficients: Array, x: Array) -> Array:
    """Polynomials [S, n] at x [S]."""
    value = coefficients[:, -1].copy()
    for k in range(coefficients.shape[1] - 2, -1, -1):
        value *= x
        value += coefficients[:, k]
    return value


def _root(coefficients: Array) -> Array:
    """The root of polynomials [S, n] that have another sign at 1 than at −1; 1 for all others. [S]."""
    found = np.ones(len(coefficients))
    at_left, at_right = coefficients @ LEFT, coefficients @ RIGHT
    mixed = np.flatnonzero(at_left * at_right < 0.0)
    if len(mixed):
        found[mixed] = _bracketed(coefficients[mixed], np.sign(at_left[mixed]))
    return found


def _bracketed(coefficients: Array, sign: Array) -> Array:
    """Bisection, then Newton's method within what is left of the bracket."""
    low, high = np.full(len(sign), -1.0), np.full(len(sign), 1.0)
    slopes = coefficients[:, 1:] * POWERS[1:]
    x = np.zeros(len(sign))
    for turn in range(BISECTIONS + STEPS):
        value = _at(coefficients, x)
        before = value * sign > 0.0
        low, high = np.where(before, x, low), np.where(before, high, x)
        half = (low + high) / 2
        if turn < BISECTIONS:
            x = half
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            step = x - value / _at(slopes, x)
        x = np.where((step >= low) & (step <= high), step, half)
    return x
