"""Two densities on the line, and every divergence between them.

One mesh is built from the parameters of all components (`profile.py`), both log-densities are evaluated on it once, and
all f-divergences are sums over that; a panel is halved only where an integrand asks for it. Whether an integral
converges is decided by supports and tails (`tails.py`) before anything is summed.

Symbols: p, q densities of P and Q, F, G their distribution functions, m = (p + q)/2, u = p/q. Nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import Distribution
from ganlab.divergences import coupling, far, grid, infinite, line_kernels, quantiles, roots, tails
from ganlab.divergences.checks import checked_whole
from ganlab.divergences.densities import (
    Densities,
    Reach,
    Steep,
    bounded_ratio,
    log_integral,
    steep_of,
)
from ganlab.divergences.generators import GENERATORS, Generator, alpha_generator
from ganlab.divergences.grid import Integral, Panels
from ganlab.divergences.moments import straightened
from ganlab.divergences.profile import Features, Line, features, join, line, mesh
from ganlab.divergences.results import LN2, Answer, DivergenceError
from ganlab.divergences.stable import log_power, log_ratio, softplus
from ganlab.divergences.transport import checked_order

if TYPE_CHECKING:
    from ganlab.divergences.registry import Options

Array = NDArray[np.float64]
INF = math.inf
ROUNDING = 1e-12
LARGEST = math.log(np.finfo(np.float64).max)
_CORE = [(GENERATORS["kl"], False), (GENERATORS["kl"], True)] + [
    (GENERATORS[name], False) for name in ("jensen_shannon", "hellinger")
]
_TV = GENERATORS["total_variation"]
_MASS = 1e-6  # how far the mass on a grid may be from 1 before something is wrong with it


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
        self.mass_error = 0.0  # of P and Q together on the grid, once there is one

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
        return all(function.gaussian for function in self.lines)

    @cached_property
    def panels(self) -> Panels:
        """The mesh that the components of both ask for."""
        return mesh(self.features)

    @cached_property
    def plain(self) -> Features:
        """What both ask of the mesh of an integrand without logarithms of densities."""
        return join([features(self.p, ends=False), features(self.q, ends=False)])

    @cached_property
    def features(self) -> Features:
        """What the components of both ask of a mesh."""
        return join([features(self.p), features(self.q)])

    def sample(self, panels: Panels) -> Densities:
        """Both log-densities at the nodes of panels."""
        return Densities(panels, *self.log_densities(panels.x))

    @cached_property
    def densities(self) -> Densities:
        """Both log-densities on a mesh that both masses and the most common divergences are content with."""
        return self._shared[0]

    @cached_property
    def _shared(self) -> tuple[Densities, dict[tuple[str, bool], Integral]]:
        """The densities, and what was integrated to find their mesh: f-divergences by (generator, flipped)."""
        rows = [(row, flipped) for row, flipped in _CORE if infinite.f_divergence(self, row, flipped) is None]
        rows = [(row, flipped) for row, flipped in rows if not (self.heavy and row.growth_infinity)]

        def core(d: Densities) -> Array:
            return np.stack([d.p, d.q, *(d.excess(row, flipped) for row, flipped in rows)])

        found, integrals = grid.refined(core, self.sample(self.panels), self.sample)
        masses = [integral.value for integral in integrals[:2]]
        blurred = found.panels.integrals(found.p + found.q)[0] @ found.panels.blur
        self.mass_error = sum(abs(mass - 1.0) for mass in masses) + float(blurred)
        assert self.mass_error < _MASS, f"p and q have masses {masses} on their grid"
        names = [(row.name, flipped) for row, flipped in rows]
        return found, dict(zip(names, integrals[2:], strict=True))

    @cached_property
    def crossings(self) -> roots.Roots:
        """Where p − q changes its sign without a jump."""
        found, breaks = self.densities, self.features.breaks
        ratio = self._log_ratio(found.log_p.ravel(), found.log_q.ravel())
        nodes = found.panels.x.ravel()
        return roots.sign_changes(nodes, ratio, lambda x: self._log_ratio(*self.log_densities(x)), breaks)

    @cached_property
    def _missed(self) -> float:
        """What of ½∫|p − q| the crossings may miss."""
        return float(np.exp(np.minimum(*self.log_densities(self.crossings.x))) @ self.crossings.left)

    @cached_property
    def split(self) -> Densities:
        """The densities with an edge wherever p = q, where an f may have a kink."""
        return grid.split(self.densities, self.crossings.x, self.sample)

    def _log_ratio(self, log_p: Array, log_q: Array) -> Array:
        """log p − log q; finite, and 0 where both vanish."""
        return log_p - log_q if self.gaussian else bounded_ratio(log_p, log_q)

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

        if self._straight is not None:
            return self._straight.f_divergence(generator, flipped)
        return self._total_variation() if generator is _TV else self._integrated(generator, flipped)

    def _integrated(self, generator: Generator, flipped: bool) -> Answer:
        """∫ q (f(u) − f′(1)(u − 1)), on a grid that reaches as far as the integrand does."""
        known = self._shared[1].get((generator.name, flipped))
        if known is not None and GENERATORS.get(generator.name) is generator:
            return self._answer(known, generator)

        def excess(d: Densities) -> Array:
            return d.excess(generator, flipped)

        steep = steep_of(generator, flipped)
        if steep is None or not (steep.k or self.heavy):
            start = self.split if generator.kinked else self.densities
            return self._answer(grid.integrate(excess, start, self.sample), generator)
        reach = self._far(steep)
        if steep.k and reach.log_size > LARGEST - 50.0:
            return infinite.too_large(self.log_power(steep.alpha).value)
        found = grid.integrate(excess, reach.densities, self.sample)
        with np.errstate(divide="ignore"):
            return self._answer(found + self._rest(reach, lambda d: np.log(excess(d))), generator)

    @cached_property
    def _straight(self) -> LinePair | None:
        """The logarithms of log-normals: f-divergences do not change under a smooth map, and there nothing is far."""
        straight = [straightened(d) for d in (self.p, self.q)]
        return None if straight[0] is None or straight[1] is None else LinePair(straight[0], straight[1])

    def _total_variation(self) -> Answer:
        """½∫|p − q| without quadrature: between its changes of sign F − G rises or falls by the integral of p − q."""
        at = np.sort(np.concatenate([self.crossings.x, self.features.breaks]))
        rises = np.diff(quantiles.gap(self.lines, at), prepend=0.0, append=0.0)
        value = min(float(np.abs(rises).sum()) / 2, 1.0)
        return Answer(value, self._missed + grid.ROUNDING * (1 + len(at)))

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
        if self._straight is not None:
            return self._straight.log_power(alpha)
        if alpha in {0.0, 1.0} and self._missing(alpha) < 0.5:
            return Answer(math.log1p(-self._missing(alpha)), grid.ROUNDING)
        if 0.0 <= alpha <= 1.0:
            found = log_integral(self.densities, alpha, self.sample)
        else:
            reach = self._far(Steep(alpha - 1.0, 0, False) if alpha > 1.0 else Steep(-alpha, 0, True))
            found = log_integral(reach.densities, alpha, self.sample)
            rest = self._rest(reach, lambda d: log_power(d.log_p, d.log_q, alpha) - found.value)
            found += Integral(math.log1p(rest.value), rest.error)
        if abs(found.value) < 0.1 and alpha not in {0.0, 1.0}:
            near, factor = self.f_divergence(alpha_generator(alpha)), alpha * (alpha - 1.0)
            return Answer(math.log1p(factor * near.value), abs(factor) * near.error * math.exp(-found.value))
        return Answer(found.value, found.error + self.mass_error)

    def _missing(self, alpha: float) -> float:
        """Q's mass outside the support of P at α = 0, P's outside the support of Q at α = 1."""
        inner, outer = (self.q, self.p) if alpha == 0.0 else (self.p, self.q)
        return math.fsum(infinite.mass(inner, gap) for gap in infinite.outside(inner, outer))

    @cached_property
    def heavy(self) -> bool:
        """Whether a tail of P or Q may have to be followed further than its mass."""
        return tails.heavy(self.p) or tails.heavy(self.q)

    def _far(self, steep: Steep) -> Reach:
        """The grid, continued outwards until an integrand that grows like `steep` has become negligible."""
        found = self._reached.get(steep)
        if found is None:
            outward = far.outward(
                self.densities.panels,
                lambda x: steep.log_size(*self.log_densities(x)),
                zero=len(self.features.bells) > 0,
            )
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
        return quantiles.w1(self) if checked_order(order) == 1 else quantiles.w2(self)

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

    def integrand(self, name: str, x: ArrayLike, options: Options | None = None) -> Array | None:
        """What integrates to a divergence, at x [n] -> [n]; None where its row has no such thing."""
        from ganlab.divergences import registry

        row, at = registry.DIVERGENCES[name], np.asarray(x, dtype=np.float64)
        return None if row.integrand is None else row.integrand(self, at, options or registry.Options())

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
        checked_whole("n", n, 1)
        levels = (np.arange(n) + 0.5) / n
        x, y = (
            coupling.quantiles(p, function, levels) if p.has_density else p.quantile(levels)
            for p, function in zip((self.p, self.q), self.lines, strict=True)
        )
        return x, y

    def plot_grid(self, low: float, high: float, n: int = 400) -> Array:
        """Points to draw curves at, ascending: even ones, the mesh of the components, and both sides of every jump."""
        if not (math.isfinite(low) and math.isfinite(high) and low < high) or n < 2:
            raise DivergenceError(
                f"low, high, n: should be low < high and n >= 2. Received {low}, {high}, {n}."
            )
        found, edges = self.features, self.panels.low
        step = 1e-12 * (high - low)  # a density may take the next float for the end itself
        beside = np.concatenate([found.breaks - step, found.breaks + step])
        inside = np.concatenate([edges, found.breaks, beside])
        return np.unique(
            np.concatenate([np.linspace(low, high, n), inside[(inside > low) & (inside < high)]])
        )
