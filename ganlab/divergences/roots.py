"""Where a function on a grid changes its sign: kinks of |f|, found all at once.

An integral of |f| changes by the product of |f| and the step at a root only, so that roots need not be exact. Shapes: n
nodes, k roots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_CLOSE = 1e-11  # |value|·|step| below which a root is left alone
_CHORDS = 3  # before roots are bracketed instead
_STEPS = 40
_NEAR = 0.2  # of its value is how close to zero a parabola must take a minimum to be looked at


@dataclass(frozen=True, eq=False)
class Roots:
    """Where a function changes its sign, ascending [k], and what is left there: |value|·|last step| [k]."""

    x: Array
    left: Array


def sign_changes(x: Array, values: Array, function: Function, breaks: Array) -> Roots:
    """Roots between neighbouring nodes x [n], ascending, from the values there; `function` [m] -> [m].

    Where the function is smooth, inverse interpolation through four nodes and one evaluation are enough; the others are
    bracketed. A pair of roots between two nodes shows as a minimum of |values| that a parabola takes to zero: there the
    function is asked once more, as it is on either side of each of its `breaks`, where a change of sign is no root.
    """
    beside = 0.0
    if len(breaks):
        beside = 4.0 * float(
            np.spacing(np.abs(breaks).max())
        )  # the next float may be taken for the break itself
        x, values = _inserted(x, values, np.concatenate([breaks - beside, breaks + beside]), function)
    x, values = _with_vertices(x, values, function)
    positive = values > 0.0
    index = np.flatnonzero(positive[1:] != positive[:-1])
    index = index[x[index + 1] - x[index] > 3.0 * beside]
    if not len(index):
        return Roots(np.empty(0), np.empty(0))
    root, left = _interpolated(x, values, index, function)
    rest = np.flatnonzero(~(left <= _CLOSE))
    if len(rest):
        low, high = index[rest], index[rest] + 1
        root[rest], left[rest] = _bracketed(x[low], x[high], values[low], values[high], function)
    return Roots(root, left)


def _interpolated(
    x: Array, values: Array, index: NDArray[np.intp], function: Function
) -> tuple[Array, Array]:
    """Inverse cubic interpolation around each bracket (x[i], x[i + 1]), then steps along chords."""
    around = np.clip(index + np.arange(-1, 3)[:, None], 0, len(x) - 1)
    at, f = x[around], values[around]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = f[None] / (f[None] - f[:, None])
        share[np.arange(4), np.arange(4)] = 1.0
        root = (at * share.prod(axis=1)).sum(axis=0)
        chord = (at[2] - at[1]) / (f[2] - f[1])
        root = np.where((root >= at[1]) & (root <= at[2]), root, (at[1] + at[2]) / 2)
        value, left = function(root), np.full_like(root, np.inf)
        for _ in range(_CHORDS):
            before, root = root, np.clip(root - value * chord, at[1], at[2])
            left = np.where(chord == 0.0, left, np.abs(value * (root - before)))
            if (left <= _CLOSE).all():
                break
            last, value = value, function(root)
            chord = np.where(left <= _CLOSE, 0.0, (root - before) / (value - last))
    return root, left


def _bracketed(a: Array, b: Array, fa: Array, fb: Array, function: Function) -> tuple[Array, Array]:
    """Regula falsi in all brackets at once, in the Illinois variant (Dowell and Jarratt 1971)."""
    root, left, stayed = a, np.full_like(a, np.inf), np.zeros(len(a), dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        for step in range(_STEPS):
            before, root = root, b - fb * (b - a) / (fb - fa)
            root = np.where((root >= a) & (root <= b), root, (a + b) / 2)
            at_root = function(root)
            left = np.abs(at_root * (root - before))
            if step and (left <= _CLOSE).all():
                break
            lower = (at_root > 0.0) == (fa > 0.0)
            again = np.where(
                (stayed == lower) & (step > 0), 0.5, 1.0
            )  # an end that stays twice loses half its weight
            a, fa = np.where(lower, root, a), np.where(lower, at_root, fa * again)
            b, fb = np.where(lower, b, root), np.where(lower, fb * again, at_root)
            stayed = lower
    return root, left


def _with_vertices(x: Array, values: Array, function: Function) -> tuple[Array, Array]:
    """The nodes, and one more at every minimum of |values| that comes close to zero without a change of sign."""
    size = np.abs(values)
    low = size[1:-1]
    minimum = (low < size[:-2]) & (low < size[2:]) & (low > 0.0)
    index = np.flatnonzero(minimum)
    if not len(index):
        return x, values
    x0, x1, x2 = (x[index + k] for k in range(3))
    f0, f1, f2 = (values[index + k] for k in range(3))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope = (f1 - f0) / (x1 - x0)
        bend = ((f2 - f1) / (x2 - x1) - slope) / (x2 - x0)
        vertex = (x0 + x1) / 2 - slope / (2.0 * bend)
        height = f0 + (vertex - x0) * (slope + bend * (vertex - x1))
        near = (height / f1 < _NEAR) & (f0 * f1 > 0.0) & (f1 * f2 > 0.0) & (vertex > x0) & (vertex < x2)
    return _inserted(x, values, vertex[near], function) if near.any() else (x, values)


def _inserted(x: Array, values: Array, more: Array, function: Function) -> tuple[Array, Array]:
    """Nodes, ascending, and values, with those at `more`."""
    joined = np.concatenate([x, more])
    order = np.argsort(joined)
    return joined[order], np.concatenate([values, function(more)])[order]
