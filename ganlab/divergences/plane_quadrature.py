"""Integrals over a `Tree` of cells: sums over cells, refined until parents and children agree.

A cell is accepted when the sum over its four children differs from its own value by little; the children's sum is taken
and twice the difference counted as its error. For smooth integrands the difference is the error of the parent, several
digits above that of what is taken; where log q has a crease, which falls between nodes as it likes, it is about right.

|p − q| has a kink along the curve p = q. In the cells it crosses, p − q and log p − log q are polynomials through the
nodes; the curve is found as the root of the second on every line along the axis it crosses faster, lines are split
there, and the other axis is split where the curve leaves the cell. So every piece is smooth, and no density is
evaluated for it. Where the curve turns back within a cell it is refined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.plane_mesh import NODES, WEIGHTS, Flags, Indices, Level, Tree, W, X

Array = NDArray[np.float64]
Values = Callable[[Array, Array], Array]
"""Values at nodes [C, N] from log p and log q [C, N]."""
CellValues = Callable[[Level, Indices], tuple[Array, Array]]
"""Integrals over cells [n], and how far each may be off by what its nodes do not show [n]."""

TOLERANCE = 2e-7  # of the integral, or absolute below 1
SAFETY = 2.0
DEEPEST = 40
MOST_REFINED = 12_000  # cells of one integral beyond the first mesh; what is left then is in the error
ROUNDING = 1e-14


@dataclass(frozen=True)
class Integral:
    """A value, its estimated error, and how many cells were accepted."""

    value: float
    error: float
    cells: int


def smooth(values: Values) -> CellValues:
    """Integrals by the nodes of a cell."""

    def over(level: Level, index: Indices) -> tuple[Array, Array]:
        found = values(level.log_p[index], level.log_q[index])
        return found @ WEIGHTS * level.cells.area[index], np.zeros(len(index))

    return over


def integrate(tree: Tree, over: CellValues, tolerance: float = TOLERANCE, scale: float = 1.0) -> Integral:
    """The integral over all cells of a tree, with an error below `tolerance` times max(|value|, scale) if it can."""
    index: Indices = np.arange(len(tree.levels[0].cells))
    own, _ = over(tree.levels[0], index)
    value, error, cells, refined = 0.0, 0.0, 0, 0
    for depth in range(DEEPEST):
        children = tree.children(depth, index)
        parts, doubts = (a.reshape(-1, 4) for a in over(tree.levels[depth + 1], children.ravel()))
        sums = parts.sum(axis=1)
        gaps = SAFETY * np.abs(sums - own) + doubts.sum(axis=1)
        budget = tolerance * max(abs(value + float(sums.sum())), scale) - error
        last = depth == DEEPEST - 1 or refined > MOST_REFINED
        done = np.ones(len(index), dtype=bool) if last else _acceptable(gaps, budget / 2)
        value += float(sums[done].sum())
        error += float(gaps[done].sum())
        cells += int(done.sum())
        if done.all():
            break
        index, own = children[~done].ravel(), parts[~done].ravel()
        refined += len(index)
    return Integral(value, error + ROUNDING * abs(value), cells)


def _acceptable(gaps: Array, budget: float) -> Flags:
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
EVEN = np.linspace(-1.0, 1.0, 24)[:, None] ** POWERS  # from coefficients to values where signs are looked at
BISECTIONS, STEPS = 4, 4
FLATTEST = 0.2  # of the steepest crossing in a cell
LEAST = 1e-12  # of a cell: no strip is narrower
MARGIN = 0.1  # of the range of log p/q over the nodes: the curve may pass between the outermost and the edge


def kinked(level: Level, index: Indices) -> tuple[Array, Array]:
    """∫ |p − q| over cells [n]; all of it is in doubt where the curve is not simple."""
    log_p, log_q = level.log_p[index], level.log_q[index]
    gap = np.exp(log_p) - np.exp(log_q)
    with np.errstate(invalid="ignore"):
        ratio = log_p - log_q
    finite = np.isfinite(ratio).all(axis=1)
    low, high = (np.where(finite, end, np.nan) for end in (ratio.min(axis=1), ratio.max(axis=1)))
    room = MARGIN * (high - low)
    crossed = (low < room) & (high > -room)
    found, doubt = np.abs(gap) @ WEIGHTS, np.zeros(len(index))
    if crossed.any():
        shape = (-1, NODES, NODES)
        found[crossed], simple = _crossed(ratio[crossed].reshape(shape), gap[crossed].reshape(shape))
        doubt[crossed] = np.where(simple, 0.0, found[crossed])
    area = level.cells.area[index]
    return found * area, doubt * area


def _crossed(ratio: Array, gap: Array) -> tuple[Array, Flags]:
    """∫ |gap| over [−1, 1]² [M], from its values and those of ratio (of the same sign) at the nodes [M, n, n].

    And whether that can be relied on: along one axis every line is crossed once at most, and both ends are.
    """
    ratio, gap = (TO_POWERS @ a @ TO_POWERS.T for a in (ratio, gap))
    turn, simple = _orientation(ratio)
    ratio, gap = (np.where(turn[:, None, None], a.transpose(0, 2, 1), a) for a in (ratio, gap))
    exits = np.stack([_root(ratio @ end) for end in (LEFT, RIGHT)], axis=1)
    ends = np.full((len(ratio), 1), 1.0)
    edges = np.concatenate([-ends, np.sort(exits, axis=1), ends], axis=1)
    half, middle = np.diff(edges, axis=1) / 2, (edges[:, 1:] + edges[:, :-1]) / 2
    cell, strip = np.nonzero(half > LEAST)
    half, middle = half[cell, strip], middle[cell, strip]
    powers = (middle[:, None] + half[:, None] * X)[:, :, None] ** POWERS  # [S, n, n]: lines of every strip
    lines = (powers @ ratio[cell]).reshape(-1, NODES), (powers @ gap[cell]).reshape(-1, NODES)
    inner = _split(*lines).reshape(-1, NODES)
    return np.bincount(cell, half * (inner @ W), minlength=len(ratio)).astype(np.float64), simple


def _orientation(ratio: Array) -> tuple[Flags, Flags]:
    """Whether lines should run along x instead of y, and whether the curve is simple along the axis chosen [M].

    They run where the curve is crossed most steeply at its flattest; nearly along a line it might be crossed twice.
    """
    values = EVEN @ ratio @ EVEN.T
    above = values > 0.0
    along_x, along_y = above[:, 1:] != above[:, :-1], above[:, :, 1:] != above[:, :, :-1]
    lines_x, lines_y = along_x.sum(axis=1), along_y.sum(axis=2)  # how often each line is crossed
    x_is_simple = (lines_x.max(axis=1) <= 1) & (lines_y[:, [0, -1]].max(axis=1) <= 1)
    y_is_simple = (lines_y.max(axis=1) <= 1) & (lines_x[:, [0, -1]].max(axis=1) <= 1)
    (flat_x, steep_x), (flat_y, steep_y) = (
        _slopes(values, axis, crossed) for axis, crossed in ((1, along_x), (2, along_y))
    )
    turn = np.where(x_is_simple == y_is_simple, flat_x > flat_y, x_is_simple)
    clear = np.where(turn, flat_x, flat_y) >= FLATTEST * np.maximum(steep_x, steep_y)
    return turn, (x_is_simple | y_is_simple) & clear


def _slopes(values: Array, axis: int, crossed: Flags) -> tuple[Array, Array]:
    """The smallest and the largest step along an axis where the sign changes [M]; inf and 0 where it does not."""
    steps = np.abs(np.diff(values, axis=axis))
    flat = np.where(crossed, steps, np.inf).min(axis=(1, 2))
    return flat, np.where(crossed, steps, 0.0).max(axis=(1, 2))


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
