"""MMD² and witness functions on the line, for any kernel.

With δ = p − q, MMD² = ∫∫ k(x, y) δ(x) δ(y) dx dy. For a radial kernel that is a sum over pairs of panels, near ones by
octaves of their distance (`panel_sums.py`). Between mixtures of normals it is 2 ∫₀^∞ k(h) A(h) dh with the
autocorrelation A(h) = ∫ δ(x) δ(x + h) dx, a mixture of normals itself; the Gaussian kernel has a closed form. Kernels
of the inner product are sums of squared differences of moments.

Symbols: σ the bandwidth, h >= 0 a distance, μ_r = ∫ x^r δ(x) dx.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences import closed, far, grid, infinite, tails
from ganlab.divergences.coupling import tail_points
from ganlab.divergences.grid import KRONROD, NODES, Integral, Panels
from ganlab.divergences.kernel_means import DEGREES, witness_mixtures
from ganlab.divergences.kernels import Kernel, checked_bandwidth, kernel_row
from ganlab.divergences.moments import Normals, normals
from ganlab.divergences.panel_sums import double_integral
from ganlab.divergences.profile import Features, bells, beyond, join, mesh
from ganlab.divergences.results import Answer

if TYPE_CHECKING:
    from ganlab.divergences.densities import Densities
    from ganlab.divergences.line import LinePair

Array = NDArray[np.float64]

_COARSE = 1.5
_LOST = 10.0 ** -np.arange(3.0, 17.0)  # masses of a polynomial tail that may be left out
_MISSED = 1e-11  # of k(x, x): how far MMD² may be changed by that
_BLOCK = 1 << 18  # nodes evaluated at once: 2 MB a vector
_TOLERANCE = 1e-10
_MOST = 320  # panels whose nodes are all met in pairs, 11 million
_PER_BANDWIDTH = 1.5  # widths of a panel on which a kernel is smooth
_OCTAVES = np.concatenate([[0.0], 2.0 ** np.arange(-3.0, 7.0)])


def mmd2(pair: LinePair, name: str, bandwidth: float) -> Answer:
    """E k(X,X′) + E k(Y,Y′) − 2 E k(X,Y); DivergenceError for an unknown kernel or a bandwidth that is not > 0."""
    kernel, bandwidth = kernel_row(name), checked_bandwidth(bandwidth)
    if name == "distance":
        return pair.energy2()
    if not pair.has_densities:
        from ganlab.divergences import line_points

        return line_points.mmd2(pair, kernel, bandwidth)
    return _radial(pair, kernel, bandwidth) if kernel.radial else _by_moments(pair, name)


def _radial(pair: LinePair, kernel: Kernel, bandwidth: float) -> Answer:
    """∫∫ k δ δ: closed for normals under a Gaussian kernel, one integral for them under another, else two."""
    if pair.p == pair.q:
        return Answer(0.0)
    one, two = normals(pair.p), normals(pair.q)
    if one is not None and two is not None:
        signed = closed.difference(one, two)
        if kernel.name == "gaussian":
            return Answer(max(closed.mean_kernel(signed, bandwidth), 0.0), grid.ROUNDING)
        return _by_distance(signed, kernel, bandwidth)
    return _by_panels(pair, kernel, bandwidth)


def witness(pair: LinePair, x: Array, name: str, bandwidth: float) -> Array:
    """E k(X, x) − E k(Y, x) at x [n] -> [n]."""
    kernel, bandwidth = kernel_row(name), checked_bandwidth(bandwidth)
    if not pair.has_densities:
        from ganlab.divergences import line_points

        return line_points.witness(pair, x, kernel, bandwidth)
    if not kernel.radial:
        moments = [found.value for found in _moments(pair, DEGREES[name])]
        return np.polynomial.polynomial.polyval(x, np.array([0.0, *_weights(moments)]))
    one, two = pair.p.gaussian_mixture(), pair.q.gaussian_mixture()
    if one is not None and two is not None:
        return witness_mixtures(x, one, two, name, bandwidth)
    panels, _ = _panels(pair, kernel, bandwidth)
    if len(panels) <= _MOST and not pair.heavy:
        return _over_panels(pair, x, panels, kernel, bandwidth)
    return _over_distances(pair, x, kernel, bandwidth)


def values(kernel: Kernel, h: Array, bandwidth: float) -> Array:
    """A radial kernel at distances h, in their shape."""
    with np.errstate(over="ignore"):  # an inverse power of what is too large is 0
        return np.asarray(kernel.profile(np.square(h / bandwidth) * -0.5, bandwidth, 1), dtype=np.float64)


# --- radial kernels: all panels with all ---------------------------------------------------------------------------


def _by_panels(pair: LinePair, kernel: Kernel, bandwidth: float) -> Answer:
    """∫∫ k δ δ over the panels that δ asks for."""
    panels, lost = _cut(pair, mesh(pair.plain), kernel, bandwidth)
    found = double_integral(
        lambda h: values(kernel, h, bandwidth), bandwidth, panels, _difference(pair, panels.x)
    )
    return Answer(max(found.value, 0.0), found.error + lost)


def _panels(pair: LinePair, kernel: Kernel, bandwidth: float) -> tuple[Panels, float]:
    """Panels on which δ and a kernel are smooth, and the mass beyond them."""
    low, high = _middle(pair.plain)
    narrow = beyond((low + high) / 2, _PER_BANDWIDTH * bandwidth, 2.0, high - low)
    own = Features(np.empty(0), np.empty(0), narrow[None, :], np.empty((0, 2)))
    return _cut(pair, mesh(join([pair.plain, own])), kernel, bandwidth)


def _over_panels(pair: LinePair, x: Array, panels: Panels, kernel: Kernel, bandwidth: float) -> Array:
    """∫ k(|x − y|) δ(y) dy at x [n] by the nodes of all panels; the one around x is cut in two there."""
    weights = _difference(pair, panels.x) * panels.half[:, None] * KRONROD
    nodes, flat = panels.x.ravel(), weights.ravel()
    rows = max(1, _BLOCK // len(nodes))
    blocks = [values(kernel, x[i : i + rows, None] - nodes, bandwidth) @ flat for i in range(0, len(x), rows)]
    found = np.concatenate(blocks) if blocks else np.empty(0)
    around = np.clip(np.searchsorted(panels.low, x) - 1, 0, len(panels) - 1)
    inside = np.flatnonzero((x > panels.low[around]) & (x < panels.high[around]))
    at, own = x[inside], around[inside]
    found[inside] -= (values(kernel, at[:, None] - panels.x[own], bandwidth) * weights[own]).sum(axis=1)
    y, parts = _nodes(np.stack([panels.low[own], at, panels.high[own]], axis=1))
    terms = values(kernel, y - at[:, None, None], bandwidth) * _difference(pair, y)
    found[inside] += np.einsum("xmi,xmi->x", terms, parts)
    return found


def _middle(found: Features) -> tuple[float, float]:
    """Where the components are, about a scale around each."""
    centre, width = found.wishes[:, 0], found.wishes[:, 1]
    mu, sigma = found.bells.T
    low = np.concatenate([centre - width, np.exp(mu - sigma)])
    high = np.concatenate([centre + width, np.exp(mu + sigma)])
    return float(low.min()), float(high.max())


# --- radial kernels: MMD² = 2 ∫ k(h) A(h) dh --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Terms:
    """2 k(h) A(h) at the nodes of panels of h [n, 15]."""

    panels: Panels
    terms: Array

    def take(self, index: grid.Index) -> Terms:
        return Terms(self.panels.take(index), self.terms[index])

    def joined(self, others: Sequence[Terms]) -> Terms:
        """The panels of all, ascending."""
        panels, order = Panels.joined([t.panels for t in (self, *others)])
        return Terms(panels, np.concatenate([t.terms for t in (self, *others)])[order])


def _by_distance(signed: Normals, kernel: Kernel, bandwidth: float) -> Answer:
    """2 ∫ k(h) A(h) dh; a kink or peak of k stands at h = 0, where the integral begins."""

    def sample(panels: Panels) -> Terms:
        return Terms(panels, 2.0 * values(kernel, panels.x, bandwidth) * _correlation(signed, panels.x))

    wishes = _distances(signed)
    marks = np.minimum(_OCTAVES * bandwidth, float(wishes.marks.max()))
    own = Features(marks, np.empty(0), np.array([[0.0, bandwidth, 0.7, 0.0]]), np.empty((0, 2)))
    found = grid.integrate(lambda t: t.terms, sample(mesh(join([wishes, own]))), sample, _TOLERANCE)
    return Answer(max(found.value, 0.0), found.error + grid.ROUNDING * kernel.at_zero)


def _distances(signed: Normals) -> Features:
    """A varies around every difference of two means, on the scale of the root of the summed variances."""
    means = np.abs(signed.means[:, None] - signed.means).ravel()
    stds = np.sqrt(np.square(signed.stds)[:, None] + np.square(signed.stds)).ravel()
    found = bells(means, stds)
    return Features(np.maximum(found.marks, 0.0), found.breaks, found.wishes, found.bells)


def _correlation(signed: Normals, h: Array) -> Array:
    """A(h) = Σᵢⱼ aᵢaⱼ N(h; mᵢ − mⱼ, sᵢ² + sⱼ²), in the shape of h."""
    weights = (signed.weights[:, None] * signed.weights).ravel()
    means = (signed.means[:, None] - signed.means).ravel()
    variances = (np.square(signed.stds)[:, None] + np.square(signed.stds)).ravel()
    exponent = np.square(h.reshape(-1, 1) - means)
    exponent *= -0.5 / variances
    peaks = weights / np.sqrt(2.0 * math.pi * variances)
    return (np.exp(exponent, out=exponent) @ peaks).reshape(h.shape)


def _edges(pair: LinePair, kernel: Kernel, bandwidth: float) -> tuple[Array, float]:
    """Edges of a mesh of δ, and what MMD² misses beyond them."""
    panels, lost = _cut(pair, mesh(pair.plain, _COARSE), kernel, bandwidth)
    return np.append(panels.low, panels.high[-1]), lost


def _cut(pair: LinePair, panels: Panels, kernel: Kernel, bandwidth: float) -> tuple[Panels, float]:
    """The panels without those of polynomial tails that next to no kernel reaches, and by how much MMD² may miss them.

    Mass ε beyond a place that lies D from where the rest is changes MMD² by at most about 4ε(k(D/2) + ε k(0)).
    """
    if min(tails.heaviest(pair.p), tails.heaviest(pair.q)) == math.inf:
        return panels, 0.0
    ends = [tail_points(p, f, _LOST) for p, f in zip((pair.p, pair.q), pair.lines, strict=True)]
    low, high = np.minimum(*(e[0] for e in ends)), np.maximum(*(e[1] for e in ends))
    middle = _middle(pair.plain)
    far = np.maximum(np.minimum(middle[0] - low, high - middle[1]), 0.0)
    missed = 4.0 * _LOST * (values(kernel, far / 2, bandwidth) + _LOST * kernel.at_zero)
    enough = np.flatnonzero(missed <= _MISSED * kernel.at_zero)
    at = int(enough[0]) if len(enough) else len(_LOST) - 1
    return panels.take((panels.high > low[at]) & (panels.low < high[at])), float(missed[at])


def _nodes(cuts: Array) -> tuple[Array, Array]:
    """Nodes and weights [..., m, 15] of the panels between m + 1 ascending cuts [..., m + 1]."""
    half = np.diff(cuts, axis=-1)[..., None] / 2
    return cuts[..., :-1, None] + half * (1.0 + NODES), half * KRONROD


def _difference(pair: LinePair, x: Array) -> Array:
    """δ = p − q in the shape of x."""
    log_p, log_q = pair.log_densities(x)
    return np.exp(log_p) - np.exp(log_q)


def _over_distances(pair: LinePair, x: Array, kernel: Kernel, bandwidth: float) -> Array:
    """∫ k(|x − y|) δ(y) dy at x [n], over panels between the edges of δ and, around x, others as narrow as k."""
    edges, _ = _edges(pair, kernel, bandwidth)
    around = bandwidth * np.concatenate([-_OCTAVES[:0:-1], _OCTAVES])

    def one(at: Array) -> Array:
        cuts = np.concatenate([np.broadcast_to(edges, (len(at), len(edges))), at[:, None] + around], axis=1)
        y, weights = _nodes(np.sort(np.clip(cuts, edges[0], edges[-1]), axis=1))
        terms = values(kernel, y - at[:, None, None], bandwidth) * _difference(pair, y)
        return np.einsum("xmi,xmi->x", terms, weights)

    rows = max(1, _BLOCK // (15 * (len(edges) + len(around))))
    return np.concatenate([one(x[i : i + rows]) for i in range(0, len(x), rows)])


# --- kernels of the inner product: moments ------------------------------------------------------------------------


def _by_moments(pair: LinePair, name: str) -> Answer:
    """Σ_r C(d, r) μ_r² of (1 + xy)^d, μ₁² of xy."""
    trouble = infinite.moment(pair, DEGREES[name], "this MMD")
    if trouble is not None:
        return trouble
    found = _moments(pair, DEGREES[name])
    weights = _weights([1.0] * len(found))
    value = math.fsum(w * m.value**2 for w, m in zip(weights, found, strict=True))
    errors = (w * m.error * (2.0 * abs(m.value) + m.error) for w, m in zip(weights, found, strict=True))
    return Answer(value, math.fsum(errors))


def _weights(moments: list[float]) -> list[float]:
    """C(d, r) μ_r for r = 1 … d."""
    return [math.comb(len(moments), r) * moment for r, moment in enumerate(moments, start=1)]


def _moments(pair: LinePair, degree: int) -> list[Integral]:
    """μ_r = ∫ x^r (p − q) dx for r = 1 … degree."""
    start = pair.densities
    if pair.heavy:
        start = pair.sample(far.outward(start.panels, lambda x: _size(pair, x, degree)).panels)
    return [_moment(pair, start, r) for r in range(1, degree + 1)]


def _moment(pair: LinePair, start: Densities, r: int) -> Integral:
    return grid.integrate(lambda d: d.panels.x**r * (d.p - d.q), start, pair.sample)


def _size(pair: LinePair, x: Array, degree: int) -> Array:
    """log of |x|^degree times the larger density."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(*pair.log_densities(x)) + degree * np.log(np.abs(x)))
