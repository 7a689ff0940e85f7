"""Two distributions in the plane, and every divergence between them.

Densities are summed over rectangles that fit the components and are refined where an integrand asks for it
(`plane_mesh.py`, `plane_quadrature.py`); whether an integral converges is decided from parameters first
(`plane_tails.py`). Projections of Gaussian mixtures are normal mixtures (`projections.py`), kernels and the energy
distance between them have exact means (`kernel_means.py`).

Symbols: p, q densities of P and Q, u = p/q, θ an angle in radians. Nats, or the units of the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import Distribution, GaussianMixture
from ganlab.divergences import gaussian, infinite, plane_infinite, plane_kernels, plane_tails, projections
from ganlab.divergences.checks import checked_number, checked_whole
from ganlab.divergences.generators import Generator, alpha_generator
from ganlab.divergences.plane_densities import PlaneDensities, log_power_integral
from ganlab.divergences.plane_mesh import TooFineError
from ganlab.divergences.plane_quadrature import TOLERANCE, Integral, integrate, kinked, smooth
from ganlab.divergences.results import Answer, DivergenceError
from ganlab.divergences.stable import log_ratio
from ganlab.divergences.transport import checked_order

Array = NDArray[np.float64]
INF = math.inf
LARGEST = gaussian.LARGEST_EXPONENT
NEAR = 0.1  # |log ∫ p^α q^(1−α)| below which its distance from 0 is integrated
SAME_SHIFT = 1e-12  # relative; components whose covariances differ by less are one shape


@dataclass(frozen=True, eq=False)
class PlaneGrid:
    """What a page draws: x [W] and y [H] of the cell centres, log p and log q [H, W] with row 0 at the lowest y."""

    x: Array
    y: Array
    log_p: Array
    log_q: Array

    @property
    def log_ratio(self) -> Array:
        """log p/q [H, W]; 0 where both vanish."""
        return log_ratio(self.log_p, self.log_q)


class PlanePair:
    """A `Pair` in two dimensions; see there for what each method answers."""

    dim = 2

    def __init__(self, p: Distribution, q: Distribution) -> None:
        if p.dim != 2 or q.dim != 2:
            raise DivergenceError(f"p and q: should be 2-D. Received dimensions {p.dim} and {q.dim}.")
        self.p, self.q = p, q

    # --- what is shared ---------------------------------------------------------------------------------------

    @cached_property
    def densities(self) -> PlaneDensities:
        """Both densities on meshes."""
        return PlaneDensities(self.p, self.q)

    @cached_property
    def mixtures(self) -> tuple[GaussianMixture, GaussianMixture] | None:
        """Both as mixtures of Gaussians; None where one is not."""
        p, q = self.p.gaussian_mixture(), self.q.gaussian_mixture()
        return None if p is None or q is None else (p, q)

    @cached_property
    def equal(self) -> bool:
        return self.p == self.q

    def log_densities(self, x: ArrayLike) -> tuple[Array, Array]:
        """log p and log q at x [n, 2], each [n]."""
        return self.p.logpdf(x), self.q.logpdf(x)

    def cdf_gap(self, x: ArrayLike) -> None:
        """None: there is no distribution function to draw in the plane."""
        return

    # --- f-divergences ----------------------------------------------------------------------------------------

    def f_divergence(self, generator: Generator, flipped: bool = False) -> Answer:
        """∫ q f(p/q), flipped ∫ p f(q/p)."""
        trouble = infinite.without_density(self.p, self.q)
        if trouble is not None:
            return trouble
        if self.equal:
            return Answer(generator.at_one)
        try:
            return self._f_divergence(generator, flipped)
        except TooFineError:
            return plane_infinite.too_fine()

    def _f_divergence(self, generator: Generator, flipped: bool) -> Answer:
        alpha = _steepness(generator, flipped)
        trouble = self._unbounded(generator, flipped)
        if trouble is not None:
            return trouble
        if alpha is not None and self.log_power(alpha).value > LARGEST - 50.0:
            return infinite.too_large(self.log_power(alpha).value)
        return self._summed(generator, flipped, alpha)

    def _summed(self, generator: Generator, flipped: bool, alpha: float | None) -> Answer:
        if generator.kinked:  # f = c|u − 1| with c = f(0): the only kink there is
            gap = integrate(self.densities.tree, kinked)
            return self._answer(Integral(gap.value * generator.at_zero, gap.error, gap.cells), generator)

        def excess(log_p: Array, log_q: Array) -> Array:
            return generator.excess(log_q, log_p) if flipped else generator.excess(log_p, log_q)

        tree = self.densities.tree if alpha is None else self.densities.steep(alpha)
        return self._answer(integrate(tree, smooth(excess)), generator)

    def _answer(self, found: Integral, generator: Generator) -> Answer:
        error = found.error + self.densities.mass_error * max(1.0, abs(found.value))
        return Answer(min(max(found.value, generator.at_one), generator.most), error)

    def _unbounded(self, generator: Generator, flipped: bool) -> Answer | None:
        """inf where mass of one costs without bound because the other has none there, or a lighter tail."""
        for growth, swapped in ((generator.growth_infinity, flipped), (generator.growth_zero, not flipped)):
            if growth is not None and (found := self._uncovered(growth[0], swapped)) is not None:
                return found
        return None

    def _uncovered(self, k: float, swapped: bool) -> Answer | None:
        """Trouble with ∫ p (p/q)^k (ln p/q)^j, with P and Q exchanged if swapped."""
        p, q, names = (self.q, self.p, "QP") if swapped else (self.p, self.q, "PQ")
        if not plane_tails.everywhere(q):
            amount = self.densities.missing(swapped)
            if amount > 0.0 or plane_tails.everywhere(p):
                return plane_infinite.no_mass(names, amount)
        if k == 0.0:  # a quadratic mean of a density that falls like e^(−r²) at least
            return None
        first, second = self.densities.tails[::-1] if swapped else self.densities.tails
        trouble = plane_tails.diverging(first, second, k)
        return None if trouble is None else plane_infinite.light_tail(names, trouble, k)

    def log_power(self, alpha: float) -> Answer:
        """log ∫ p^α q^(1−α)."""
        checked_number("alpha", alpha)
        trouble = infinite.without_density(self.p, self.q)
        if trouble is not None:
            return trouble
        if self.equal:
            return Answer(0.0)
        try:
            return self._log_power(alpha)
        except TooFineError:
            return plane_infinite.too_fine()

    def _log_power(self, alpha: float) -> Answer:
        if alpha in {0.0, 1.0}:
            return self._shared_mass(swapped=alpha == 0.0)
        inside = 0.0 < alpha < 1.0
        if not inside:
            trouble = self._uncovered(max(alpha - 1.0, -alpha), swapped=alpha < 0.0)
            if trouble is not None:
                return trouble
        tree = self.densities.inner(alpha) if inside else self.densities.steep(alpha)
        found = log_power_integral(tree, alpha, TOLERANCE)
        if found.value == -INF:
            return plane_infinite.disjoint()
        if abs(found.value) < NEAR:  # ∫ p^α q^(1−α) − 1 keeps its digits
            steep = None if inside else alpha
            near, factor = self._summed(alpha_generator(alpha), False, steep), alpha * (alpha - 1.0)
            return Answer(math.log1p(factor * near.value), abs(factor) * near.error * math.exp(-found.value))
        return Answer(found.value, found.error)

    def _shared_mass(self, swapped: bool) -> Answer:
        """log of P's mass on the support of Q (swapped: of Q's on that of P)."""
        outer = self.p if swapped else self.q
        missing = 0.0 if plane_tails.everywhere(outer) else self.densities.missing(swapped)
        if missing >= 1.0 - TOLERANCE:
            return plane_infinite.disjoint()
        return Answer(math.log1p(-missing), TOLERANCE * missing)

    # --- transport --------------------------------------------------------------------------------------------

    def wasserstein(self, order: int) -> Answer:
        """W2 of two Gaussians (Bures), and both distances of a mere shift; otherwise nan with a reason."""
        checked_order(order)
        if self.equal:
            return Answer(0.0)
        if self.mixtures is not None:
            shift = _shift(*self.mixtures)
            if shift is not None:
                return Answer(float(np.linalg.norm(shift)))
        one, two = gaussian.single(self.p), gaussian.single(self.q)
        if order == 2 and one is not None and two is not None:
            return Answer(gaussian.w2(*one, *two))
        return plane_infinite.transport_unknown(order)

    def sliced(self, order: int, directions: int) -> Answer:
        """Root of the mean over `directions` equally spaced θ of W_p^p of the projections, exact in each.

        The error includes how much the mean changes with half as many directions.
        """
        checked_order(order)
        checked_whole("directions", directions, 1)
        if self.equal:
            return Answer(0.0)
        theta = math.pi * np.arange(directions) / directions
        found = self.slices(order, theta)
        if isinstance(found, Answer):
            return found
        powers = found.distances**order
        mean = float(powers.mean())
        skipped = abs(float(powers[::2].mean()) - mean) if directions > 1 else mean
        error = found.error * order * float(found.distances.max()) ** (order - 1) + skipped
        value = mean ** (1 / order)
        return Answer(value, error / (order * value ** (order - 1)) if value > 0.0 else error)

    def slices(self, order: int, theta: ArrayLike) -> projections.Slices | Answer:
        """W_p of the projections onto (cos θ, sin θ) for angles θ [k], with their largest error; or why not."""
        angles = np.atleast_1d(np.asarray(theta, dtype=np.float64))
        if angles.ndim != 1 or not len(angles) or not np.isfinite(angles).all():
            raise DivergenceError(f"theta: should be finite angles [k]. Received {theta!r:.60}.")
        if self.mixtures is not None:
            return projections.slices(*self.mixtures, checked_order(order), angles)
        for name, d in (("P", self.p), ("Q", self.q)):
            if not plane_kernels.known(d):
                return plane_infinite.no_projection(name)
        try:
            return plane_kernels.slices(self.p, self.q, checked_order(order), angles)
        except TooFineError:
            return plane_infinite.too_fine()

    def project(self, theta: float) -> tuple[Distribution, Distribution]:
        """P and Q along (cos θ, sin θ), as distributions on the line; mixtures of Gaussians only.

        DivergenceError for other families, or where a projection leaves the range of `Normal`.
        """
        if self.mixtures is None:
            raise DivergenceError(
                "p and q: should be mixtures of Gaussians to be projected. Received others."
            )
        if not math.isfinite(theta):
            raise DivergenceError(f"theta: should be a finite angle. Received {theta}.")
        return projections.on_line(self.mixtures[0], theta), projections.on_line(self.mixtures[1], theta)

    # --- kernels ----------------------------------------------------------------------------------------------

    def energy2(self) -> Answer:
        """2 E‖X−Y‖ − E‖X−X′‖ − E‖Y−Y′‖."""
        return self.mmd2("distance", 1.0)

    def mmd2(self, kernel: str, bandwidth: float) -> Answer:
        """E k(X,X′) + E k(Y,Y′) − 2 E k(X,Y)."""
        try:
            return plane_kernels.mmd2(self.p, self.q, kernel, bandwidth)
        except TooFineError:
            return plane_infinite.too_fine()

    def witness(self, x: ArrayLike, kernel: str, bandwidth: float) -> Array:
        """E k(X, x) − E k(Y, x) at x [n, 2] -> [n]; nan where the densities are too thin to be summed."""
        try:
            return plane_kernels.witness(self.p, self.q, x, kernel, bandwidth)
        except TooFineError:
            return np.full(len(np.atleast_2d(np.asarray(x))), math.nan)

    # --- pictures ---------------------------------------------------------------------------------------------

    def grid(self, bounds: ArrayLike, n: int) -> PlaneGrid:
        """log p and log q at the centres of n by n cells over bounds [2, 2] (low and high of x, then of y)."""
        box = np.asarray(bounds, dtype=np.float64)
        if box.shape != (2, 2) or not np.isfinite(box).all() or not (box[:, 1] > box[:, 0]).all():
            raise DivergenceError(
                f"bounds: should be [[x low, x high], [y low, y high]]. Received {bounds!r:.60}."
            )
        checked_whole("n", n, 1, 2000)
        at = (np.arange(n) + 0.5) / n
        x, y = (low + (high - low) * at for low, high in box)
        points = np.stack([np.tile(x, n), np.repeat(y, n)], axis=1)
        log_p, log_q = self.log_densities(points)
        return PlaneGrid(x, y, log_p.reshape(n, n), log_q.reshape(n, n))


def _steepness(generator: Generator, flipped: bool) -> float | None:
    """The α of the p^α q^(1−α) that the integrand grows like; None where it grows like a logarithm at most."""
    for growth, swapped in ((generator.growth_infinity, flipped), (generator.growth_zero, not flipped)):
        if growth is not None and growth[0] > 0.0:
            return -growth[0] if swapped else 1.0 + growth[0]
    return None


def _shift(p: GaussianMixture, q: GaussianMixture) -> Array | None:
    """t [2] if Q is P moved by t, component by component; else None."""
    if len(p.weights) != len(q.weights):
        return None
    moves = q.means - p.means
    size = float(np.abs(p.covariances).max())
    alike = (
        np.allclose(p.weights, q.weights, rtol=0.0, atol=SAME_SHIFT)
        and np.allclose(p.covariances, q.covariances, rtol=0.0, atol=SAME_SHIFT * size)
        and np.allclose(
            moves, moves[0], rtol=0.0, atol=SAME_SHIFT * (math.sqrt(size) + float(np.abs(moves).max()))
        )
    )
    return moves[0] if alike else None
