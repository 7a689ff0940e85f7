"""A pair (P, Q): one problem, with everything cached that several divergences share."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import Distribution, DistributionError, parse
from ganlab.divergences.generators import Generator
from ganlab.divergences.results import Answer, DivergenceError

Array = NDArray[np.float64]


class Pair(Protocol):
    """What a divergence may ask. Order is (P, Q) = (real, generated); d = dim, points x are [n, d] ([n] in 1-D).

    Every answer is in nats or in the units of the data. It is inf (with a reason) exactly where the divergence is, and
    nan (with a reason) where it cannot be had, such as a ratio of densities of uploaded samples.
    """

    @property
    def p(self) -> Distribution: ...
    @property
    def q(self) -> Distribution: ...
    @property
    def dim(self) -> int: ...

    def f_divergence(self, generator: Generator, flipped: bool = False) -> Answer:
        """∫ q f(p/q), flipped ∫ p f(q/p); mass of P where q = 0 costs f′(∞) per unit, mass of Q where p = 0 f(0)."""

    def log_power(self, alpha: float) -> Answer:
        """log ∫ p^α q^(1−α)."""

    def wasserstein(self, order: int) -> Answer:
        """W1 or W2, the distance."""

    def sliced(self, order: int, directions: int) -> Answer:
        """Sliced Wasserstein distance (the root of the mean over equally spaced directions); 2-D only."""

    def energy2(self) -> Answer:
        """Squared energy distance 2 E|X−Y| − E|X−X′| − E|Y−Y′|; in 1-D 2∫(F−G)², which may exist without means."""

    def mmd2(self, kernel: str, bandwidth: float) -> Answer:
        """Squared maximum mean discrepancy; `kernel` is the name of a row of KERNELS."""

    def log_densities(self, x: ArrayLike) -> tuple[Array, Array]:
        """log p and log q at x, each [n]; DistributionError where there is no density."""

    def witness(self, x: ArrayLike, kernel: str, bandwidth: float) -> Array:
        """E k(X, x) − E k(Y, x) with X ~ P, Y ~ Q at x -> [n]."""

    def cdf_gap(self, x: ArrayLike) -> Array | None:
        """F − G at x [n] -> [n]; None in more dimensions than one."""


def distribution_of(name: str, given: Distribution | str) -> Distribution:
    """A distribution from itself or from its text; DistributionError from the parser, DivergenceError otherwise."""
    if isinstance(given, str):
        try:
            return parse(given)
        except DistributionError as error:
            raise DistributionError(f"{name}: {error.message}", error.position, error.parameter) from error
    if isinstance(given, Distribution):
        return given
    raise DivergenceError(
        f"{name}: should be a distribution or its text. Received {type(given).__name__} {given!r:.60}."
    )


def pair_of(p: Distribution | str, q: Distribution | str) -> Pair:
    """The pair of two distributions, or of their texts: a `LinePair` in 1-D, a `PlanePair` in 2-D.

    Raises DistributionError for a text that cannot be parsed and DivergenceError when the dimensions differ.
    """
    p, q = distribution_of("p", p), distribution_of("q", q)
    if p.dim != q.dim:
        raise DivergenceError(f"p and q: dimensions should be equal. Received {p.dim} and {q.dim}.")
    if p.dim == 1:
        from ganlab.divergences.line import LinePair

        return LinePair(p, q)
    from ganlab.divergences.plane import PlanePair

    return PlanePair(p, q)
