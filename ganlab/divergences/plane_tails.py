"""Whether ∫ p (p/q)^k converges in the plane, decided direction by direction from parameters.

Along a ray x = r·u every unbounded density here behaves like exp(−½ a r² + b r) with a(u) > 0, up to powers of r; the
component with the smallest a leads, among equals the one with the largest b. The integrand p^α q^(1−α), α = 1 + k, then
falls like exp(−½ E r² + L r), E = α a_p − k a_q, L = α b_p − k b_q. It converges when in every direction E > 0, or
E = 0 and L < 0.

E is a piecewise trigonometric function of the angle: its least value stands at an eigenvector of some αA_i − kB_j, or
where two components take turns. All of these are looked at, so the answer is exact up to rounding.

Symbols: u = (cos θ, sin θ), angles θ [T]; A [K, 2, 2] the precision of a Gaussian component, m its mean, a = uᵀAu,
b = uᵀAm.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import (
    Checkerboard,
    Circles,
    Distribution,
    GaussianMixture,
    Line,
    Moons,
    Pinwheel,
    Spiral,
)
from ganlab.divergences.moments import components

Array = NDArray[np.float64]

STRAIGHT = 1e-6  # of the slope: a curvature read off a log-density that is less is rounding
EVEN = 720  # angles that are looked at in any case
MOST_FORMS = 64  # precisions whose pairs propose angles
SAME = 1e-12  # relative difference below which two coefficients are one
SMALLEST = 1e-300
OUTSIDE = math.inf  # the a of a density that vanishes along a ray

Wing = Callable[[Array], tuple[Array, Array]]
"""a and b of one component at angles [T] -> [T] each; a = inf where it has no density far out."""


@dataclass(frozen=True, eq=False)
class Tail:
    """How a density behaves far out: Gaussian components as forms A [K, 2, 2] and Am [K, 2], others as wings."""

    forms: Array
    slopes: Array
    wings: tuple[Wing, ...] = ()

    def __call__(self, angles: Array) -> tuple[Array, Array]:
        """The leading a and b [T]; a = inf where there is no density."""
        u = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        a = np.einsum("ti,kij,tj->kt", u, self.forms, u)
        b = self.slopes @ u.T
        parts = [wing(angles) for wing in self.wings]
        a = np.concatenate([a, *(part[0][None] for part in parts)])
        b = np.concatenate([b, *(part[1][None] for part in parts)])
        if not len(a):
            return np.full(len(angles), OUTSIDE), np.zeros(len(angles))
        least = a.min(axis=0)
        leading = a <= least * (1.0 + SAME)
        return least, np.where(leading, b, -math.inf).max(axis=0)


@dataclass(frozen=True)
class Trouble:
    """A direction in which ∫ p (p/q)^k diverges: the integrand behaves like exp(−½ E r² + L r) along it.

    `everywhere`: E is the same in all directions.
    """

    angle: float
    curvature: float
    slope: float
    everywhere: bool = False


def tail(p: Distribution) -> Tail:
    """The tail of any density in the plane."""
    mixture = p.gaussian_mixture()
    if mixture is not None:
        return _of_mixture(mixture)
    parts = [part for _, part in components(p)]
    mixtures = [found for part in parts if (found := part.gaussian_mixture()) is not None]
    others = [part for part in parts if part.gaussian_mixture() is None]
    known = [_of_mixture(m) for m in mixtures]
    forms = np.concatenate([np.empty((0, 2, 2)), *(t.forms for t in known)])
    slopes = np.concatenate([np.empty((0, 2)), *(t.slopes for t in known)])
    wings = tuple(_WINGS.get(type(part), _probed)(part) for part in others)
    return Tail(forms, slopes, tuple(wing for wing in wings if wing is not None))


def _of_mixture(mixture: GaussianMixture) -> Tail:
    forms = np.linalg.inv(mixture.covariances)
    return Tail(np.asarray(forms, dtype=np.float64), np.einsum("kij,kj->ki", forms, mixture.means))


# --- families that are not Gaussian ---------------------------------------------------------------------------------


def _circles(d: Circles) -> Wing:
    """The outermost ring is the nearest in every direction."""
    return lambda angles: (np.full(len(angles), d.std**-2), np.full(len(angles), d.radius * d.std**-2))


def _moons(d: Moons) -> Wing:
    """Half circles: the upper one around −c, the lower around c, c = (R/2, R/4)."""

    def wing(angles: Array) -> tuple[Array, Array]:
        x, y = np.cos(angles), np.sin(angles)
        shift = d.radius * (0.5 * x + 0.25 * y)
        upper = np.where(y >= 0.0, d.radius, -d.radius) - shift
        lower = np.where(y <= 0.0, d.radius, -d.radius) + shift
        return np.full(len(angles), d.std**-2), np.maximum(upper, lower) * d.std**-2

    return wing


def _line(d: Line) -> Wing:
    """The nearer of the two ends."""

    def wing(angles: Array) -> tuple[Array, Array]:
        reach = d.length / 2 * np.abs(np.cos(angles - math.radians(d.angle)))
        return np.full(len(angles), d.std**-2), reach * d.std**-2

    return wing


def _spiral(d: Spiral) -> Wing:
    """The outermost winding at an angle, or, behind the origin, the innermost; no density where no arm passes."""
    first, last = math.pi / 2, 2 * math.pi * d.turns
    pitch = d.radius / last

    def wing(angles: Array) -> tuple[Array, Array]:
        best = np.full(len(angles), -math.inf)
        for arm, side in itertools.product(range(d.arms), (1.0, -1.0)):
            start = np.mod(angles + (0.0 if side > 0 else math.pi) - 2 * math.pi * arm / d.arms, 2 * math.pi)
            for winding in range(math.ceil(d.turns) + 1):
                t = start + 2 * math.pi * winding
                inside = (t >= first) & (t <= last)
                best = np.where(inside, np.maximum(best, side * pitch * t), best)
        covered = np.isfinite(best)
        slope = np.where(covered, best, 0.0) * d.std**-2
        return np.where(covered, d.std**-2, OUTSIDE), slope

    return wing


def _pinwheel(d: Pinwheel) -> Wing:
    """Beyond r = 10 the twist is constant, and every blade a Gaussian."""
    turn = d.twist * math.exp(10.0)
    inverse = np.diag([d.radial**-2, d.tangential**-2])
    rotations = []
    for blade in range(d.n):
        c, s = math.cos(turn + 2 * math.pi * blade / d.n), math.sin(turn + 2 * math.pi * blade / d.n)
        rotations.append(np.array([[c, -s], [s, c]]))
    forms = np.stack([r @ inverse @ r.T for r in rotations])
    slopes = np.stack([form @ r @ [1.0, 0.0] for form, r in zip(forms, rotations, strict=True)])
    return Tail(forms, slopes)


def _probed(d: Distribution) -> Wing | None:
    """Read off the log-density at three distances; None where it has none left."""
    reach = float(np.abs(d.bounds()).max())

    def wing(angles: Array) -> tuple[Array, Array]:
        u = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        far = reach * np.array([20.0, 30.0, 40.0])
        logs = np.stack([d.logpdf(r * u) for r in far])
        with np.errstate(invalid="ignore"):
            curve = -(logs[2] - 2 * logs[1] + logs[0]) / (far[1] - far[0]) ** 2
            slope = (logs[2] - logs[1]) / (far[2] - far[1]) + curve * (far[1] + far[2]) / 2
        inside = np.isfinite(logs).all(axis=0)
        curve = np.where(np.abs(curve) * far[2] < STRAIGHT * np.abs(slope), 0.0, curve)
        return np.where(inside, np.maximum(curve, 0.0), OUTSIDE), np.where(inside, slope, 0.0)

    return wing


_WINGS: dict[type[Distribution], Callable[..., Wing | None]] = {
    Circles: _circles,
    Moons: _moons,
    Line: _line,
    Spiral: _spiral,
    Pinwheel: _pinwheel,
    Checkerboard: lambda d: None,
}


def everywhere(p: Distribution) -> bool:
    """Whether the density vanishes nowhere. What has density far out in every direction has it everywhere here."""
    if p.gaussian_mixture() is not None:
        return True
    return bool(np.isfinite(tail(p)(_even())[0]).all())


# --- convergence ----------------------------------------------------------------------------------------------------


def diverging(p: Tail, q: Tail, k: float) -> Trouble | None:
    """The worst direction in which ∫ p (p/q)^k, k > 0, diverges; None where it converges.

    Directions without p do not matter; those without q have to be settled by supports.
    """
    angles = _candidates(p, q, k)
    curvature, slope, scale = _decay(p, q, k, angles)
    if not len(curvature):
        return None
    worst = int(np.argmin(curvature / scale))
    if curvature[worst] < -SAME * scale[worst]:
        alike = bool(np.ptp(curvature) <= SAME * scale[worst])
        return Trouble(float(angles[worst]), float(curvature[worst]), float(slope[worst]), alike)
    tied = np.abs(curvature) <= SAME * scale
    if not tied.any():
        return None
    angles = np.concatenate([angles[tied], _turns(p, q, k, angles[tied])])
    curvature, slope, scale = _decay(p, q, k, angles)
    size = 1.0 + np.abs(slope).max()
    bad = np.flatnonzero((np.abs(curvature) <= SAME * scale) & (slope >= -SAME * size))
    return Trouble(float(angles[bad[0]]), 0.0, float(slope[bad[0]])) if len(bad) else None


def _decay(p: Tail, q: Tail, k: float, angles: Array) -> tuple[Array, Array, Array]:
    """E and L [T] where both have density (E = inf elsewhere), and the size of the terms that E is made of."""
    (a_p, b_p), (a_q, b_q) = p(angles), q(angles)
    both = np.isfinite(a_p) & np.isfinite(a_q)
    a_p, a_q, b_p, b_q = (np.where(both, x, 1.0) for x in (a_p, a_q, b_p, b_q))
    curvature = np.where(both, (1.0 + k) * a_p - k * a_q, math.inf)
    size = np.maximum((1.0 + k) * a_p + k * a_q, SMALLEST)
    return curvature, (1.0 + k) * b_p - k * b_q, size


def _even() -> Array:
    """Angles all around, off the axes by a little, where families jump."""
    return np.asarray(2 * math.pi * (np.arange(EVEN) + 0.5) / EVEN)


def _candidates(p: Tail, q: Tail, k: float) -> Array:
    """Even angles, and all at which the least E may stand."""
    first, second = (_distinct(t.forms) for t in (p, q))
    forms = [(1.0 + k) * a - k * b for a in first for b in second]
    crossings = [a - b for group in (first, second) for a, b in itertools.combinations(group, 2)]
    angles = [_eigen_angles(forms), _null_angles(crossings)]
    found = np.concatenate([_even(), *angles])
    return np.concatenate([found, found + math.pi])


def _distinct(forms: Array) -> Array:
    """A mixture has no more than 64 components of its own shape."""
    return np.unique(forms, axis=0)[:MOST_FORMS]


def _eigen_angles(forms: Sequence[Array]) -> Array:
    """Angles of the eigenvectors of symmetric forms [n, 2, 2]: those at which uᵀFu is stationary."""
    if not forms:
        return np.empty(0)
    f = np.stack(forms)
    angle = np.arctan2(2 * f[:, 0, 1], f[:, 0, 0] - f[:, 1, 1]) / 2
    return np.concatenate([angle, angle + math.pi / 2])


def _null_angles(forms: Sequence[Array]) -> Array:
    """Angles at which uᵀFu = 0: uᵀFu = h + ρ cos 2(θ − θ₀)."""
    if not forms:
        return np.empty(0)
    f = np.stack(forms)
    mean, size = (f[:, 0, 0] + f[:, 1, 1]) / 2, np.hypot(f[:, 0, 1], (f[:, 0, 0] - f[:, 1, 1]) / 2)
    real = (np.abs(mean) <= size) & (size > 0.0)
    middle = np.arctan2(2 * f[real, 0, 1], f[real, 0, 0] - f[real, 1, 1]) / 2
    swing = np.arccos(np.clip(-mean[real] / size[real], -1.0, 1.0)) / 2
    return np.concatenate([middle - swing, middle + swing])


def _turns(p: Tail, q: Tail, k: float, tied: Array) -> Array:
    """Where E = 0 all around, L decides: angles at which two slopes take turns, and along differences of slopes."""
    if len(tied) < EVEN:
        return np.empty(0)
    points = np.concatenate([(1.0 + k) * _distinct(p.slopes), k * _distinct(q.slopes)])
    gaps = np.array([a - b for a, b in itertools.combinations(points, 2)]).reshape(-1, 2)
    angle = np.arctan2(gaps[:, 1], gaps[:, 0])
    return np.concatenate([angle + turn for turn in (0.0, math.pi / 2, math.pi, 3 * math.pi / 2)])
