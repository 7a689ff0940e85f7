"""Two log-densities at the nodes of panels, and steep integrands of them: p^α q^(1−α), p (p/q)^k (ln p/q)^j.

Symbols: p, q densities, u = p/q.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences import grid
from ganlab.divergences.generators import Generator
from ganlab.divergences.grid import Integral, Panels
from ganlab.divergences.stable import log_power, log_ratio

Array = NDArray[np.float64]
INF = math.inf
_VANISHED = 1e4  # stands for an infinite log-ratio where only its sign matters
_SEEN = 3.0  # nats between neighbouring nodes: a peak that falls faster is not resolved
_UNSEEN = 50.0  # nats: what the width of a peak narrower than rounding may take off the log of its height


@dataclass(frozen=True, eq=False)
class Densities:
    """log p and log q at the nodes of panels, each [n, 15]."""

    panels: Panels
    log_p: Array
    log_q: Array

    @cached_property
    def p(self) -> Array:
        return np.exp(self.log_p)

    @cached_property
    def q(self) -> Array:
        return np.exp(self.log_q)

    def excess(self, generator: Generator, flipped: bool) -> Array:
        """q (f(u) − f′(1)(u − 1)), with P and Q exchanged when flipped."""
        return (
            generator.excess(self.log_q, self.log_p) if flipped else generator.excess(self.log_p, self.log_q)
        )

    def take(self, index: grid.Index) -> Densities:
        return Densities(self.panels.take(index), self.log_p[index], self.log_q[index])

    def joined(self, others: Sequence[Densities]) -> Densities:
        """The panels of all, ascending."""
        every = [self, *others]
        panels, order = Panels.joined([d.panels for d in every])
        log_p, log_q = (
            np.concatenate(logs)[order] for logs in zip(*((d.log_p, d.log_q) for d in every), strict=True)
        )
        return Densities(panels, log_p, log_q)


@dataclass(frozen=True)
class Steep:
    """An integrand that grows like p (p/q)^k (ln p/q)^j; with P and Q exchanged if swapped."""

    k: float
    j: int
    swapped: bool

    @property
    def alpha(self) -> float:
        """The α of p^α q^(1−α)."""
        return -self.k if self.swapped else 1.0 + self.k

    def log_size(self, log_p: Array, log_q: Array) -> Array:
        """Its logarithm; −inf where either density vanishes."""
        if self.swapped:
            log_p, log_q = log_q, log_p
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = log_p - log_q
            size = log_p + self.k * ratio + self.j * np.log(np.abs(ratio))
        return np.where(np.isfinite(size), size, -INF)


@dataclass(frozen=True, eq=False)
class Reach:
    """A grid for a steep integrand, the ends at which it had to stop, and the log of the largest term on it."""

    densities: Densities
    cut: tuple[int, ...]
    steep: Steep
    log_size: float


def steep_of(generator: Generator, flipped: bool) -> Steep | None:
    """How f grows; None where it is bounded both ways."""
    if generator.growth_infinity is not None:
        return Steep(*generator.growth_infinity, flipped)
    if generator.growth_zero is not None:
        return Steep(*generator.growth_zero, not flipped)
    return None


def log_integral(start: Densities, alpha: float, sample: Callable[[Panels], Densities]) -> Integral:
    """log ∫ p^α q^(1−α) and its error. What is taken out of the exponent is raised until the rest is about 1."""
    start = _with_summit(start, alpha, sample)
    exponent = log_power(start.log_p, start.log_q, alpha)
    level = float(exponent.max())
    level += math.log(float(start.panels.integrals(np.exp(exponent - level))[0].sum()))
    for _ in range(10):
        found, highest = _scaled(start, alpha, level, sample)
        if (
            not found.value
        ):  # the peak is too narrow for the first nodes to see, and its height most of a logarithm
            ends = np.concatenate([start.panels.low, start.panels.high])
            beside = sample(Panels(ends, ends))
            return Integral(max(level, float(log_power(beside.log_p, beside.log_q, alpha).max())), _UNSEEN)
        total = level + math.log(found.value)
        if abs(total - level) < 0.5:
            break
        level = max(total, highest)
    return Integral(total, found.error / found.value)


def _with_summit(start: Densities, alpha: float, sample: Callable[[Panels], Densities]) -> Densities:
    """The same with panels halved around the highest exponent until the nodes beside it are nearly as high."""
    for _ in range(grid.PASSES):
        exponent = log_power(start.log_p, start.log_q, alpha)
        highest = int(exponent.max(axis=1).argmax())
        row = exponent[highest]
        top = int(row.argmax())
        beside = row[max(top - 1, 0) : top + 2]
        if beside.max() - beside.min(initial=INF, where=np.isfinite(beside)) <= _SEEN:
            break
        if not start.panels.divisible[highest]:
            break
        around = slice(max(highest - 1, 0), highest + 2)
        start = grid.split(start, start.panels.low[around] + start.panels.half[around], sample)
    return start


def _scaled(
    start: Densities, alpha: float, level: float, sample: Callable[[Panels], Densities]
) -> tuple[Integral, float]:
    """∫ p^α q^(1−α) e^−level, and the highest exponent met; an exponent too high for a float is cut."""
    highest = [level]

    def values(d: Densities) -> Array:
        exponent = log_power(d.log_p, d.log_q, alpha)
        highest.append(float(exponent.max()))
        return np.exp(np.minimum(exponent - level, 600.0))

    return grid.integrate(values, start, sample), max(highest)


def bounded_ratio(log_p: Array, log_q: Array) -> Array:
    """log p − log q, 0 where both vanish, and finite where one does."""
    return np.clip(log_ratio(log_p, log_q), -_VANISHED, _VANISHED)
