"""Entropic optimal transport between two samples, and the Sinkhorn divergence, which is that without its bias.

Symbols: x [n, d] from P, y [m, d] from Q, weights 1/n and 1/m, c_ij = ‖xᵢ−yⱼ‖², ε > 0 in units of c.

OT_ε = min over plans π of ⟨π, c⟩ + ε KL(π‖P⊗Q) = mean f + mean g at the fixed point of
f_i = −ε log mean_j e^((g_j − c_ij)/ε) and the same for g (Sinkhorn and Knopp 1967; Cuturi 2013).

The iteration runs with the matrix K = e^((f⊕g−c)/ε) and two scalings, and takes the scalings into f and g before they
grow large: as safe as logarithms throughout, and several times faster (Schmitzer 2019, algorithm 2). ε starts at the
largest cost and falls to its value by halves, each time from the potentials that are there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.checks import checked_positive
from ganlab.divergences.from_samples import checked_pair
from ganlab.divergences.results import DivergenceError
from ganlab.divergences.transport import costs

Array = NDArray[np.float64]
Floats = NDArray[Any]

MOST_PAIRS = 25_000_000  # 5,000 by 5,000: K takes 100 MB in float32
DOUBLE_PAIRS = 4_000_000  # up to here K is float64
RELATIVE_EPSILON = 0.05  # of the mean cost, where no ε is given
TOLERANCE = 1e-7  # of the marginals, in total variation
MOST_ROUNDS = 1000  # at the last ε
ROUNDS = 20  # between two looks at the rate, and at each larger ε
ABSORB = 40.0  # largest |log| of a scaling before it goes into the potentials
BLOCK = 1 << 18  # costs held at once
ROWS = 64


@dataclass(frozen=True, eq=False)
class Entropic:
    """OT_ε in squared units, its potentials f [n] and g [m], the rounds taken, and how far the marginals are off."""

    value: float
    potential_x: Array
    potential_y: Array
    rounds: int
    residual: float


@dataclass(frozen=True, eq=False)
class Sinkhorn:
    """S_ε = OT_ε(x, y) − ½OT_ε(x, x) − ½OT_ε(y, y), in squared units: a cost like W2², not its root.

    `potential_x` [n] and `potential_y` [m] are those of S_ε, with mean f + mean g = S_ε; `crossed`, `own_x` and `own_y`
    the three terms; `residual` the largest error of a marginal, in total variation.
    """

    divergence: float
    potential_x: Array
    potential_y: Array
    epsilon: float
    crossed: Entropic
    own_x: Entropic
    own_y: Entropic

    @property
    def residual(self) -> float:
        return max(self.crossed.residual, self.own_x.residual, self.own_y.residual)


def sinkhorn(
    x: ArrayLike, y: ArrayLike, epsilon: float | None = None, tolerance: float = TOLERANCE
) -> Sinkhorn:
    """Sinkhorn divergence (Feydy et al. 2019, eq. 3) for the squared Euclidean cost; up to 5,000 by 5,000 points.

    It is ≥ 0, 0 for a sample and itself, W2² as ε → 0 and the squared distance of the means as ε → ∞. `epsilon` is in
    squared units of the data, 5 % of the mean cost unless given; the rounds needed grow like 1/ε.
    """
    (a, b), eps = checked_pair(x, y), _checked_epsilon(epsilon, x, y)
    crossed = entropic(a, b, eps, tolerance)
    own_x, own_y = (entropic(c, None, eps, tolerance) for c in (a, b))
    f = crossed.potential_x - own_x.potential_x
    g = crossed.potential_y - own_y.potential_y
    return Sinkhorn(float(f.mean() + g.mean()), f, g, eps, crossed, own_x, own_y)


def _checked_epsilon(epsilon: float | None, x: ArrayLike, y: ArrayLike) -> float:
    return default_epsilon(*checked_pair(x, y)) if epsilon is None else checked_positive("epsilon", epsilon)


def default_epsilon(x: Array, y: Array) -> float:
    """5 % of the mean of ‖xᵢ−yⱼ‖² over all pairs of points [n, d] and [m, d]; 1.0 where all coincide."""
    shift = float(np.square(x.mean(axis=0) - y.mean(axis=0)).sum())
    return RELATIVE_EPSILON * (float(x.var(axis=0).sum() + y.var(axis=0).sum()) + shift) or 1.0


def entropic(x: ArrayLike, y: ArrayLike | None, epsilon: float, tolerance: float = TOLERANCE) -> Entropic:
    """OT_ε of two samples; with y None of x with itself, whose two potentials are one. It is above 0 even then."""
    a, b = checked_pair(x, x if y is None else y)
    eps = _checked_epsilon(epsilon, a, b)
    checked_positive("tolerance", tolerance)
    if len(a) * len(b) > MOST_PAIRS:
        raise DivergenceError(
            f"x, y: should make at most {MOST_PAIRS:,} pairs. Received {len(a)} and {len(b)} points."
        )
    problem = _Problem(a, b, symmetric=y is None)
    for step in _larger(problem.largest, eps):
        problem.approach(step)
    rounds, residual = problem.solve(eps, tolerance)
    f, g = problem.f, problem.g
    return Entropic(float(f.mean() + g.mean()), f, g, rounds, residual)


def _larger(largest: float, epsilon: float) -> list[float]:
    """From the largest cost down to 2ε by halves."""
    halves = math.ceil(math.log2(largest / epsilon)) if largest > epsilon else 0
    return [epsilon * 2.0**k for k in range(halves, 0, -1)]


class _Problem:
    """Potentials of one problem on their way to the fixed point."""

    def __init__(self, x: Array, y: Array, symmetric: bool) -> None:
        self.x, self.y, self.symmetric = x, y, symmetric
        self.f, self.g = np.zeros(len(x)), np.zeros(len(y))
        self.largest = self._largest_cost()
        kind = np.float64 if len(x) * len(y) <= DOUBLE_PAIRS else np.float32
        self.matrix: Floats = np.empty((len(x), len(y)), dtype=kind)

    def _rows(self) -> list[slice]:
        size = max(1, BLOCK // len(self.y))
        return [slice(i, min(i + size, len(self.x))) for i in range(0, len(self.x), size)]

    def _largest_cost(self) -> float:
        return max(float(costs(self.x[rows], self.y, 2).max()) for rows in self._rows())

    def _fill(self, epsilon: float) -> None:
        """K = e^((f⊕g−c)/ε)."""
        for rows in self._rows():
            power = (self.f[rows, None] + self.g - costs(self.x[rows], self.y, 2)) / epsilon
            self.matrix[rows] = np.exp(power, out=power)

    def _soft(self, epsilon: float) -> None:
        """One round in logarithms, from any potentials: f from g, then g from f (their mean where they are one)."""
        m = len(self.y)
        f, shift = np.empty_like(self.f), np.full(m, -np.inf)
        for rows in self._rows():
            power = (self.g - costs(self.x[rows], self.y, 2)) / epsilon
            f[rows] = -epsilon * (_log_sum_exp(power, axis=1) - math.log(m))
        if self.symmetric:
            self.f = self.g = (self.f + f) / 2
            return
        self.f = f
        for rows in self._rows():
            power = (self.f[rows, None] - costs(self.x[rows], self.y, 2)) / epsilon
            np.logaddexp(shift, _log_sum_exp(power, axis=0), out=shift)
        self.g = -epsilon * (shift - math.log(len(self.x)))

    def approach(self, epsilon: float) -> None:
        """Some rounds at a larger ε than is wanted, where they are quick."""
        self._soft(epsilon)
        self._fill(epsilon)
        self._rounds(epsilon, relaxation=1.0)

    def solve(self, epsilon: float, tolerance: float) -> tuple[int, float]:
        """Rounds at one ε until the marginals are right to `tolerance`; how many it took, and the error left.

        Plain rounds shrink the error by a factor η, which is close to 1 for a small ε. Steps that are ω times as long
        shrink it by ω − 1 at best, at ω = 2/(1+√(1−η)) (Thibault et al. 2021): η is read off the rounds so far.
        """
        self._soft(epsilon)
        rounds, relaxation = 1, 1.0
        while rounds < MOST_ROUNDS:
            self._fill(epsilon)
            errors = self._rounds(epsilon, relaxation)
            rounds += len(errors)
            if errors[-1] <= tolerance:
                break
            relaxation = _relaxation(errors, relaxation)
        self._soft(epsilon)
        self._fill(epsilon)
        return rounds, self._error()

    def _error(self) -> float:
        """How far the marginal of x is off, in total variation; that of y is exact after a plain round."""
        row = _times(self.matrix, np.ones(len(self.y), dtype=self.matrix.dtype)) / len(self.y)
        return float(np.abs(row - 1.0).mean() / 2)

    def _rounds(self, epsilon: float, relaxation: float) -> list[float]:
        """Some rounds with scalings u, v of K, which end in f and g; the error of the marginal of x before each."""
        n, m = self.matrix.shape
        u, v = (np.ones(size, dtype=self.matrix.dtype) for size in (n, m))
        errors = []
        for _ in range(ROUNDS):
            row = (
                u * _times(self.matrix, v) / m
            )  # n times the mass that leaves each point: 1 at the fixed point
            errors.append(float(np.abs(row - 1.0).mean() / 2))
            if self.symmetric:
                u = v = u / np.sqrt(row)
            else:
                u = u * row**-relaxation
                v = v * (v * _times_transposed(self.matrix, u) / n) ** -relaxation
            if max(_reach(u), _reach(v)) > ABSORB:
                break
        self.f = self.f + epsilon * np.log(u.astype(np.float64))
        self.g = self.f if self.symmetric else self.g + epsilon * np.log(v.astype(np.float64))
        return errors


def _relaxation(errors: list[float], used: float) -> float:
    """The best ω for the rate λ seen with ω = `used`: η = (λ+ω−1)²/(λω²) would be that of plain rounds."""
    if len(errors) < ROUNDS:
        return used
    rate = (errors[-1] / errors[-ROUNDS // 2]) ** (1.0 / (ROUNDS // 2 - 1))
    if rate >= 1.0:
        return 1.0 + (used - 1.0) / 2
    plain = min((rate + used - 1.0) ** 2 / (rate * used**2), 1.0 - 1e-8)
    return max(used, 2.0 / (1.0 + math.sqrt(1.0 - plain)))


def _reach(scaling: Floats) -> float:
    """Largest |log|; inf where it has run out of the range of floats."""
    with np.errstate(divide="ignore"):
        return float(np.abs(np.log(scaling)).max())


def _times(matrix: Floats, v: Floats) -> Floats:
    """matrix @ v in blocks so small that BLAS keeps to one thread: several cost more than they give here."""
    blocks = [matrix[i : i + ROWS] @ v for i in range(0, len(matrix), ROWS)]
    return np.concatenate(blocks)


def _times_transposed(matrix: Floats, u: Floats) -> Floats:
    """u @ matrix, likewise."""
    total = np.zeros(matrix.shape[1], dtype=matrix.dtype)
    for i in range(0, len(matrix), ROWS):
        total += u[i : i + ROWS] @ matrix[i : i + ROWS]
    return total


def _log_sum_exp(power: Array, axis: int) -> Array:
    top = power.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(power - top).sum(axis=axis)) + np.squeeze(top, axis=axis))
