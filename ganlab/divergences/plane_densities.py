"""Both densities of a pair in the plane on meshes that several divergences share.

Mixtures of Gaussians are moved into a frame in which their ellipses lie as straight as they can (no f-divergence
changes); other families stay where they are. Symbols as in `plane_mesh.py`; α, k as in `plane_power.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import Distribution, GaussianMixture
from ganlab.divergences import plane_cover, plane_power, plane_tails
from ganlab.divergences.plane_cover import REACH, Cover
from ganlab.divergences.plane_density import MixtureLogDensity, frame, moved
from ganlab.divergences.plane_mesh import LogDensity, Tree, first_cells
from ganlab.divergences.plane_quadrature import Integral, integrate, smooth
from ganlab.divergences.stable import log_power

Array = NDArray[np.float64]

GAP = 3.0  # nats by which a bound may exceed an integral before more of the tails is taken in
WIDEST = 50.0  # times the reach, for families that are not Gaussian
ENOUGH = 1e-3  # a rough integral is good enough to choose a mesh


class PlaneDensities:
    """Trees of cells for a pair with densities."""

    def __init__(self, p: Distribution, q: Distribution) -> None:
        self.p, self.q = p, q
        self._steep: dict[float, Tree] = {}
        self._inner: dict[float, Tree] = {}

    @cached_property
    def mixtures(self) -> tuple[GaussianMixture, GaussianMixture] | None:
        """Both as mixtures of Gaussians in the frame of the mesh; None where one is not."""
        p, q = self.p.gaussian_mixture(), self.q.gaussian_mixture()
        if p is None or q is None:
            return None
        matrix = frame(np.concatenate([p.covariances, q.covariances]))
        origin = (p.weights @ p.means + q.weights @ q.means) / 2
        return moved(p, matrix, origin), moved(q, matrix, origin)

    @cached_property
    def functions(self) -> tuple[LogDensity, LogDensity]:
        """log p and log q at the nodes of cells."""
        if self.mixtures is None:
            return _at_nodes(self.p), _at_nodes(self.q)
        p, q = self.mixtures
        return MixtureLogDensity(p), MixtureLogDensity(q)

    @cached_property
    def cover(self) -> Cover:
        """Where P or Q have mass."""
        if self.mixtures is None:
            covers = [plane_cover.of_distribution(d) for d in (self.p, self.q)]
        else:
            covers = [plane_cover.of_mixture(m) for m in self.mixtures]
        return plane_cover.join(covers)

    def grown(self, cover: Cover, reach: float = REACH) -> Tree:
        return Tree(first_cells(cover, reach), *self.functions)

    @cached_property
    def tree(self) -> Tree:
        """For everything that is not steep."""
        return self.grown(self.cover)

    @cached_property
    def mass_error(self) -> float:
        """|∫p − 1| + |∫q − 1|: what the mesh does not see."""
        p = integrate(self.tree, smooth(lambda log_p, log_q: np.exp(log_p)))
        q = integrate(self.tree, smooth(lambda log_p, log_q: np.exp(log_q)))
        return abs(p.value - 1.0) + abs(q.value - 1.0)

    @cached_property
    def tails(self) -> tuple[plane_tails.Tail, plane_tails.Tail]:
        return plane_tails.tail(self.p), plane_tails.tail(self.q)

    # --- powers -----------------------------------------------------------------------------------------------

    def steep(self, alpha: float) -> Tree:
        """For integrands that grow like p^α q^(1−α), α > 1 (or α < 0, with P and Q exchanged), and for p and q."""
        if alpha not in self._steep:
            self._steep[alpha] = self._steep_tree(alpha)
        return self._steep[alpha]

    def _steep_tree(self, alpha: float) -> Tree:
        if self.mixtures is None:
            return self.grown(self.cover, REACH * self._widening(alpha))
        p, q = self.mixtures if alpha > 1.0 else self.mixtures[::-1]
        bounded = plane_power.outer_cover(p, q, max(alpha, 1.0 - alpha))
        if bounded is None:
            one, two = self.mixtures
            box = plane_power.box_cover(p, lambda x: alpha * one.logpdf(x) + (1.0 - alpha) * two.logpdf(x))
            return self.grown(plane_cover.join([self.cover, box]))
        cover, bound = plane_cover.join([self.cover, bounded[0]]), bounded[1]
        tree = self.grown(cover)
        rough = log_power_integral(tree, alpha, ENOUGH).value
        return self.grown(cover, plane_power.reach_for(bound, rough)) if bound - rough > GAP else tree

    def _widening(self, alpha: float) -> float:
        """How much wider p^α q^(1−α) may be than p: the root of the largest ratio of what leads their tails."""
        first, second = self.tails if alpha > 1.0 else self.tails[::-1]
        k = max(alpha - 1.0, -alpha)
        angles = 2 * math.pi * np.arange(360) / 360
        a, b = first(angles)[0], second(angles)[0]
        both = np.isfinite(a) & np.isfinite(b)
        rest = (1.0 + k) * a[both] - k * b[both]
        if not len(rest) or rest.min() <= 0.0:
            return WIDEST if len(rest) else 1.0
        return min(max(1.0, math.sqrt(float((a[both] / rest).max()))), WIDEST)

    def inner(self, alpha: float) -> Tree:
        """For p^α q^(1−α), 0 < α < 1, which may lie where neither p nor q has mass to speak of."""
        if self.mixtures is None:
            return self.tree
        if alpha not in self._inner:
            self._inner[alpha] = self.grown(plane_power.inner_cover(*self.mixtures, alpha))
        return self._inner[alpha]

    def missing(self, swapped: bool) -> float:
        """P's mass where Q has no density (swapped: Q's where P has none)."""

        def values(log_p: Array, log_q: Array) -> Array:
            inner, outer = (log_q, log_p) if swapped else (log_p, log_q)
            return np.where(outer == -math.inf, np.exp(inner), 0.0)

        return integrate(self.tree, smooth(values)).value


def _at_nodes(distribution: Distribution) -> LogDensity:
    return lambda cells: distribution.logpdf(cells.nodes).reshape(len(cells), -1)


def log_power_integral(tree: Tree, alpha: float, tolerance: float) -> Integral:
    """log ∫ p^α q^(1−α) over a tree, the largest exponent taken out; −inf where p·q vanishes everywhere."""

    def exponent(log_p: Array, log_q: Array) -> Array:
        return log_power(log_p, log_q, alpha)

    first = tree.levels[0]
    level = float(exponent(first.log_p, first.log_q).max())
    if level == -math.inf:
        return Integral(level, 0.0, 0)
    for _ in range(4):
        found = integrate(tree, smooth(_shifted(exponent, level)), tolerance, scale=0.0)
        highest = max(float(exponent(at.log_p, at.log_q).max(initial=-math.inf)) for at in tree.levels)
        if highest - level < 300.0:
            break
        level = highest
    return Integral(level + math.log(found.value), found.error / found.value, found.cells)


def _shifted(exponent: Callable[[Array, Array], Array], level: float) -> Callable[[Array, Array], Array]:
    return lambda log_p, log_q: np.exp(np.minimum(exponent(log_p, log_q) - level, 600.0))
