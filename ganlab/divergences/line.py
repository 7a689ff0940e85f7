"""Two densities on the line, and every divergence between them.

One mesh is built from the parameters of all components (`profile.py`), both log-densities are evaluated on it once, and
all f-divergences are sums over that; a panel is halved only where an integrand asks for it. Whether an integral
converges is decided by supports and tails (`tails.py`) before anything is summed.

Symbols: p, q densities of P and Q, F, G their distribution functions, m = (p + q)/2, u = p/q. Nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import Distribution
from ganlab.divergences import far, grid, infinite, line_kernels, quantiles, tails
from ganlab.divergences.alpha import alpha_generator
from ganlab.divergences.generators import GENERATORS, Generator
from ganlab.divergences.grid import Integral, Panels
from ganlab.divergences.profile import Line, features, join, line, mesh
from ganlab.divergences.results import LN2, Answer, DivergenceError
from ganlab.divergences.stable import log_ratio, softplus

Array = NDArray[np.float64]
INF = math.inf
ROUNDING = 1e-12
LARGEST = math.log(np.finfo(np.float64).max)
_VANISHED = 1e4  # stands for an infinite log-ratio where only its sign matters
_UNSEEN = 50.0  # nats: what the width of a peak narrower than rounding may take off the log of its height
_MASS = 1e-6  # how far the mass on a grid may be from 1 before something is wrong with it


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
class JsSteps:
    """JS in four steps: the mixture M = ½(P + Q), KL(P‖M), KL(Q‖M), and the mean of the two."""

    kl_pm: Answer
    kl_qm: Answer
    js: Answer


class LinePair:
    """A `Pair` in one dimension; see there for what each method answers."""

    dim = 1

    def __init__(self, p: Distribution, q: Distribution) -> None:
        if p.dim != 1 or q.dim != 1:
            raise DivergenceError(f"p and q: should be 1-D. Received dimensions {p.dim} and {q.dim}.")
        self.p, self.q = p, q
        self.mass_error = 0.0  # |Σp − 1| + |Σq − 1| on the grid, once there is one

    @property
    def has_densities(self) -> bool:
        """Whether ratios of densities can be formed."""
        return self.p.has_density and self.q.has_density

    # --- what is shared ---------------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> tuple[Line, Line]:
        """log-density, cdf and survival function of P and of Q."""
        return line(self.p), line(self.q)

    @cached_property
    def gaussian(self) -> bool:
        """Whether both are mixtures of normals."""
        return all(function.gaussians is not None for function in self.lines)

    @cached_property
    def panels(self) -> Panels:
        """The mesh that the components of both ask for."""
        return mesh(join([features(self.p), features(self.q)]))

    def sample(self, panels: Panels) -> Densities:
        """Both log-densities at the nodes of panels."""
        return Densities(panels, *self.log_densities(panels.x))

    @cached_property
    def densities(self) -> Densities:
        """Both log-densities on a mesh that both KL and both masses are content with."""
        finite = [infinite.f_divergence(self, GENERATORS["kl"], flipped) is None for flipped in (False, True)]

        def core(d: Densities) -> Array:
            ratio = _bounded_ratio(d.log_p, d.log_q)
            terms = [density * ratio for density, ok in zip((d.p, d.q), finite, strict=True) if ok]
            return np.stack([d.p, d.q, *terms])

        found = grid.refined(core, self.sample(self.panels), self.sample)
        masses = [float(m) for m in np.sum(found.panels.integrals(np.stack([found.p, found.q]))[0], axis=1)]
        self.mass_error = sum(abs(mass - 1.0) for mass in masses)
        assert self.mass_error < _MASS, f"p and q have masses {masses} on their grid"
        return found

    @cached_property
    def split(self) -> Densities:
        """The same with an edge wherever p = q, where |p − q| has a kink."""

        found = self.densities
        ratio = _bounded_ratio(found.log_p.ravel(), found.log_q.ravel())
        roots = grid.sign_changes(
            found.panels.x.ravel(), ratio, lambda x: _bounded_ratio(*self.log_densities(x))
        )
        return grid.split(found, roots, self.sample)

    def log_densities(self, x: ArrayLike) -> tuple[Array, Array]:
        """log p and log q at x, in the shape of x."""
        at = np.asarray(x, dtype=np.float64)
        return self.lines[0].log_density(at), self.lines[1].log_density(at)

    # --- f-divergences ----------------------------------------------------------------------------------------

    def f_divergence(self, generator: Generator, flipped: bool = False) -> Answer:
        """∫ q f(p/q), flipped ∫ p f(q/p)."""
        trouble = infinite.f_divergence(self, generator, flipped)
        if trouble is not None:
            return trouble

        def excess(d: Densities) -> Array:
            return generator.excess(d.log_q, d.log_p) if flipped else generator.excess(d.log_p, d.log_q)

        steep = _steep(generator, flipped)
        if steep is None or not (steep.k or self.heavy):
            start = self.split if generator.kinked else self.densities
            return self._answer(grid.integrate(excess, start, self.sample), generator)
        reach = self._far(steep)
        if steep.k and reach.log_size > LARGEST - 50.0:
            return infinite.too_large(self.log_power(steep.alpha).value)
        found = grid.integrate(excess, reach.densities, self.sample)
        with np.errstate(divide="ignore"):
            return self._answer(found + self._rest(reach, lambda d: np.log(excess(d))), generator)

    def _answer(self, found: Integral, generator: Generator) -> Answer:
        """An excess is never below f(1) nor above f(0) + f′(∞) but for rounding, of which the masses are a measure."""
        error = found.error + self.mass_error * max(1.0, abs(found.value))
        assert found.value >= generator.at_one - error - ROUNDING, f"{generator.name} is {found.value}"
        return Answer(min(max(found.value, generator.at_one), generator.most), error)

    def log_power(self, alpha: float) -> Answer:
        """log ∫ p^α q^(1−α): from its distance to 1 where that is small, else with the largest exponent taken out."""
        trouble = infinite.log_power(self, alpha)
        if trouble is not None:
            return trouble
        if alpha in {0.0, 1.0}:
            return self._shared_mass(alpha)
        if 0.0 < alpha < 1.0:
            found = _log_integral(self.densities, alpha, self.sample)
        else:
            reach = self._far(Steep(alpha - 1.0, 0, False) if alpha > 1.0 else Steep(-alpha, 0, True))
            found = _log_integral(reach.densities, alpha, self.sample)
            rest = self._rest(reach, lambda d: _power(d.log_p, d.log_q, alpha) - found.value)
            found += Integral(math.log1p(rest.value), rest.error)
        if abs(found.value) < 0.1:
            near, factor = self.f_divergence(alpha_generator(alpha)), alpha * (alpha - 1.0)
            return Answer(math.log1p(factor * near.value), abs(factor) * near.error * math.exp(-found.value))
        return Answer(found.value, found.error + self.mass_error)

    def _shared_mass(self, alpha: float) -> Answer:
        """log of Q's mass on the support of P at α = 0, of P's on the support of Q at α = 1."""
        inner, outer = (self.q, self.p) if alpha == 0.0 else (self.p, self.q)
        missing = math.fsum(infinite.mass(inner, gap) for gap in infinite.outside(inner, outer))
        return Answer(math.log1p(-missing), grid.ROUNDING)

    @cached_property
    def heavy(self) -> bool:
        """Whether a tail of P or Q may have to be followed further than its mass."""
        return tails.heavy(self.p) or tails.heavy(self.q)

    def _far(self, steep: Steep) -> Reach:
        """The grid, continued outwards until an integrand that grows like `steep` has become negligible."""
        found = self._reached.get(steep)
        if found is None:
            outward = far.outward(self.densities.panels, lambda x: steep.log_size(*self.log_densities(x)))
            densities = self.sample(outward.panels)
            size = steep.log_size(densities.log_p, densities.log_q) + np.log(outward.panels.half)[:, None]
            found = self._reached[steep] = Reach(densities, outward.cut, steep, float(size.max()))
        return found

    @cached_property
    def _reached(self) -> dict[Steep, Reach]:
        return {}

    def _rest(self, reach: Reach, log_values: Callable[[Densities], Array]) -> Integral:
        """What lies beyond the ends at which a grid had to stop."""
        total, steep, panels = Integral(0.0, 0.0), reach.steep, reach.densities.panels
        p, q = (self.q, self.p) if steep.swapped else (self.p, self.q)
        for side in reach.cut:
            end, edge = (tails.RIGHT, panels.high[-1]) if side > 0 else (tails.LEFT, panels.low[0])
            rate = tails.rate(p, q, steep.k, steep.j, end)
            total += far.rest(
                lambda x: log_values(Densities(panels, *self.log_densities(x))), float(edge), rate
            )
        return total

    # --- transport and energy ---------------------------------------------------------------------------------

    @cached_property
    def gaps(self) -> quantiles.Gaps:
        """F − G on a grid with an edge wherever it changes sign."""
        return quantiles.gaps(self)

    def wasserstein(self, order: int) -> Answer:
        """W1 or W2; DivergenceError for another order."""
        if order not in {1, 2}:
            raise DivergenceError(f"order: should be 1 or 2. Received {order}.")
        return quantiles.w1(self) if order == 1 else quantiles.w2(self)

    def sliced(self, order: int, directions: int) -> Answer:
        """On the line there is one direction: the Wasserstein distance itself."""
        return self.wasserstein(order)

    def energy2(self) -> Answer:
        """2∫(F − G)²."""
        return quantiles.energy2(self)

    def mmd2(self, kernel: str, bandwidth: float) -> Answer:
        """Squared maximum mean discrepancy."""
        return line_kernels.mmd2(self, kernel, bandwidth)

    # --- what a page draws ------------------------------------------------------------------------------------

    def js_steps(self) -> JsSteps:
        """M = ½(P + Q), KL(P‖M), KL(Q‖M), and their mean."""
        pm, qm = (self._to_the_mean(flipped) for flipped in (False, True))
        return JsSteps(pm, qm, Answer((pm.value + qm.value) / 2, (pm.error + qm.error) / 2, pm.reason))

    def _to_the_mean(self, flipped: bool) -> Answer:
        """KL(P‖M), or KL(Q‖M): ∫ p log(p/m) − p + m, whose integrand is nowhere negative."""
        trouble = infinite.without_density(self.p, self.q)
        if trouble is not None:
            return trouble

        def excess(d: Densities) -> Array:
            ratio = log_ratio(d.log_q, d.log_p) if flipped else log_ratio(d.log_p, d.log_q)
            own, other = (d.q, d.p) if flipped else (d.p, d.q)
            return own * (LN2 - softplus(-ratio)) + (other - own) / 2

        found = grid.integrate(excess, self.densities, self.sample)
        return Answer(min(max(found.value, 0.0), LN2), found.error + self.mass_error)

    def curves(self, x: ArrayLike) -> tuple[Array, Array, Array]:
        """log p, log q and log m at x [n]."""
        log_p, log_q = self.log_densities(x)
        return log_p, log_q, np.logaddexp(log_p, log_q) - LN2

    def discriminator(self, x: ArrayLike) -> Array:
        """The best one, p/(p + q), at x [n] (Goodfellow et al. 2014, proposition 1); nan where both vanish."""
        log_p, log_q = self.log_densities(x)
        with np.errstate(invalid="ignore"):
            return np.asarray(scipy.special.expit(log_p - log_q))

    def cdf_gap(self, x: ArrayLike) -> Array:
        """F − G at x [n] -> [n]."""
        return quantiles.gap(self.lines, np.asarray(x, dtype=np.float64))

    def witness(self, x: ArrayLike, kernel: str, bandwidth: float) -> Array:
        """E k(X, x) − E k(Y, x) at x [n] -> [n]."""
        return line_kernels.witness(self, np.asarray(x, dtype=np.float64), kernel, bandwidth)

    def transport(self, n: int) -> tuple[Array, Array]:
        """Where n equal shares of P's mass go: F⁻¹(u) and G⁻¹(u) at u = (i + ½)/n, each [n]."""
        if n < 1:
            raise DivergenceError(f"n: should be >= 1. Received {n}.")
        levels = (np.arange(n) + 0.5) / n
        return self.p.quantile(levels), self.q.quantile(levels)

    def plot_grid(self, low: float, high: float, n: int = 400) -> Array:
        """Points to draw curves at, ascending: even ones, the mesh of the components, and both sides of every jump."""
        if not (math.isfinite(low) and math.isfinite(high) and low < high) or n < 2:
            raise DivergenceError(
                f"low, high, n: should be low < high and n >= 2. Received {low}, {high}, {n}."
            )
        found = join([features(self.p), features(self.q)])
        edges = mesh(found).low
        beside = np.concatenate([np.nextafter(found.breaks, side) for side in (-INF, INF)])
        inside = np.concatenate([edges, found.breaks, beside])
        return np.unique(
            np.concatenate([np.linspace(low, high, n), inside[(inside > low) & (inside < high)]])
        )


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


def _steep(generator: Generator, flipped: bool) -> Steep | None:
    """How f grows; None where it is bounded both ways."""
    if generator.growth_infinity is not None:
        return Steep(*generator.growth_infinity, flipped)
    if generator.growth_zero is not None:
        return Steep(*generator.growth_zero, not flipped)
    return None


def _log_integral(start: Densities, alpha: float, sample: Callable[[Panels], Densities]) -> Integral:
    """log ∫ p^α q^(1−α) and its error. What is taken out of the exponent is raised until the rest is about 1."""
    exponent = _power(start.log_p, start.log_q, alpha)
    level = float(exponent.max())
    level += math.log(float(start.panels.integrals(np.exp(exponent - level))[0].sum()))
    for _ in range(10):
        found, highest = _scaled(start, alpha, level, sample)
        if (
            not found.value
        ):  # the peak is too narrow for the first nodes to see, and its height most of a logarithm
            ends = np.concatenate([start.panels.low, start.panels.high])
            beside = sample(Panels(ends, ends))
            return Integral(max(level, float(_power(beside.log_p, beside.log_q, alpha).max())), _UNSEEN)
        total = level + math.log(found.value)
        if abs(total - level) < 0.5:
            break
        level = max(total, highest)
    return Integral(total, found.error / found.value)


def _scaled(
    start: Densities, alpha: float, level: float, sample: Callable[[Panels], Densities]
) -> tuple[Integral, float]:
    """∫ p^α q^(1−α) e^−level, and the highest exponent met; an exponent too high for a float is cut."""
    highest = [level]

    def values(d: Densities) -> Array:
        exponent = _power(d.log_p, d.log_q, alpha)
        highest.append(float(exponent.max()))
        return np.exp(np.minimum(exponent - level, 600.0))

    return grid.integrate(values, start, sample), max(highest)


def _bounded_ratio(log_p: Array, log_q: Array) -> Array:
    """log p − log q, 0 where both vanish, and finite where one does."""
    with np.errstate(invalid="ignore"):
        ratio = log_p - log_q
    ratio = np.where(np.isnan(ratio), 0.0, ratio)
    return np.clip(ratio, -_VANISHED, _VANISHED)


def _power(log_p: Array, log_q: Array, alpha: float) -> Array:
    """α log p + (1−α) log q; −inf where p or q is zero."""
    with np.errstate(invalid="ignore"):
        level = alpha * log_p + (1.0 - alpha) * log_q
    return np.where(np.isfinite(level), level, -INF)
