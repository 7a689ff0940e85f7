"""Closed forms, where there are any: the referees of the numerical values, and shown beside them.

Every function takes a pair and options and answers a float (inf where the divergence is), or None where no closed form
is known here. Symbols: l, s location and scale, Δ = difference of means, h(P) the differential entropy. Nats.

The cross-entropy −E_P log q needs only a moment of P where Q is normal (E(X−μ)²), Laplace (E|X−μ|), exponential (E X)
or uniform (1), and KL(P‖Q) = −E_P log q − h(P); so every family meets those four.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import scipy

from ganlab.distributions import (
    Cauchy,
    Distribution,
    Exponential,
    Laplace,
    LogNormal,
    Normal,
    Uniform,
)
from ganlab.divergences import moments
from ganlab.divergences.results import LN2

if TYPE_CHECKING:
    from ganlab.divergences.pair import Pair
    from ganlab.divergences.registry import Options

INF = math.inf


# --- Kullback-Leibler -------------------------------------------------------------------------------------------


def kl_pq(pair: Pair, options: Options) -> float | None:
    """KL(P‖Q)."""
    return _kl(pair.p, pair.q)


def kl_qp(pair: Pair, options: Options) -> float | None:
    """KL(Q‖P)."""
    return _kl(pair.q, pair.p)


def jeffreys(pair: Pair, options: Options) -> float | None:
    """KL(P‖Q) + KL(Q‖P)."""
    pq, qp = _kl(pair.p, pair.q), _kl(pair.q, pair.p)
    return None if pq is None or qp is None else pq + qp


def _kl(p: Distribution, q: Distribution) -> float | None:
    if p == q and p.has_density:
        return 0.0
    if p.dim > 1:
        return _planar("kl", p, q)
    if isinstance(p, Cauchy) and isinstance(q, Cauchy):  # Chyzak and Nielsen 2019
        return math.log(((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2) / (4 * p.scale * q.scale))
    if isinstance(p, LogNormal) and isinstance(q, LogNormal):
        return _kl(_log_of(p), _log_of(q))
    entropy, crossed = moments.entropy(p), _cross_entropy(p, q)
    return None if entropy is None or crossed is None else max(crossed - entropy, 0.0)


def _cross_entropy(p: Distribution, q: Distribution) -> float | None:
    """−E_P log q."""
    if isinstance(q, Normal):
        second = moments.second(p, q.mean)
        return None if second is None else math.log(q.std * math.sqrt(2 * math.pi)) + second / (2 * q.std**2)
    if isinstance(q, Laplace):
        absolute = moments.absolute(p, q.loc)
        return None if absolute is None else math.log(2 * q.scale) + absolute / q.scale
    support = moments.support(p)
    if isinstance(q, Exponential):
        mean = moments.mean(p)
        inside = support[0] >= q.start
        return (None if mean is None else q.rate * (mean - q.start) - math.log(q.rate)) if inside else INF
    if isinstance(q, Uniform):
        return math.log(q.high - q.low) if support[0] >= q.low and support[1] <= q.high else INF
    return None


def _log_of(p: LogNormal) -> Normal:
    """The normal whose exponential p is: f-divergences do not change under a smooth map."""
    return Normal(p.mu, p.sigma)


# --- ∫ p^α q^(1−α), and what follows from it ----------------------------------------------------------------------


def chi2_pq(pair: Pair, options: Options) -> float | None:
    """χ²(P‖Q) = ∫ p²/q − 1."""
    return _chi2(pair.p, pair.q)


def chi2_qp(pair: Pair, options: Options) -> float | None:
    """χ²(Q‖P)."""
    return _chi2(pair.q, pair.p)


def hellinger2(pair: Pair, options: Options) -> float | None:
    """1 − ∫ √(pq)."""
    log_power = _log_power(pair.p, pair.q, 0.5)
    return None if log_power is None else -math.expm1(min(log_power, 0.0))


def renyi(pair: Pair, options: Options) -> float | None:
    """log ∫ p^α q^(1−α) / (α − 1); at α = 1 KL(P‖Q)."""
    if options.alpha == 1.0:
        return kl_pq(pair, options)
    log_power = _log_power(pair.p, pair.q, options.alpha)
    return None if log_power is None else max(log_power / (options.alpha - 1.0), 0.0)


def alpha(pair: Pair, options: Options) -> float | None:
    """(1 − ∫ p^α q^(1−α)) / (α(1 − α)); at α = 1 and 0 the two KL."""
    if options.alpha in {0.0, 1.0}:
        return kl_pq(pair, options) if options.alpha else kl_qp(pair, options)
    log_power = _log_power(pair.p, pair.q, options.alpha)
    return None if log_power is None else _expm1(log_power) / (options.alpha * (options.alpha - 1.0))


def _expm1(x: float) -> float:
    """e^x − 1; inf where that is too large for a float."""
    return math.expm1(x) if x < 709.0 else INF


def _chi2(p: Distribution, q: Distribution) -> float | None:
    log_power = _log_power(p, q, 2.0)
    return None if log_power is None else _expm1(max(log_power, 0.0))


def _log_power(p: Distribution, q: Distribution, a: float) -> float | None:
    """log ∫ p^a q^(1−a), within one family; −inf where the supports do not meet, inf where it diverges."""
    if p == q and p.has_density:
        return 0.0
    if p.dim > 1:
        return _planar_log_power(p, q, a)
    formula = _LOG_POWER.get(type(p)) if type(p) is type(q) else None
    return None if formula is None else formula(p, q, a)


def _log_power_normal(p: Normal, q: Normal, a: float) -> float:
    """Gil, Alajaji and Linder 2013, table 2."""
    mixed = a * q.std**2 + (1.0 - a) * p.std**2
    if mixed <= 0.0:
        return INF
    shift = a * (1.0 - a) * (p.mean - q.mean) ** 2 / (2 * mixed)
    return (1.0 - a) * math.log(p.std) + a * math.log(q.std) - math.log(mixed) / 2 - shift


def _log_power_exponential(p: Exponential, q: Exponential, a: float) -> float:
    if (a > 1.0 and p.start < q.start) or (a < 0.0 and q.start < p.start):
        return INF
    rate, start = a * p.rate + (1.0 - a) * q.rate, max(p.start, q.start)
    if rate <= 0.0:
        return INF
    level = a * math.log(p.rate) + (1.0 - a) * math.log(q.rate)
    return level - a * p.rate * (start - p.start) - (1.0 - a) * q.rate * (start - q.start) - math.log(rate)


def _log_power_uniform(p: Uniform, q: Uniform, a: float) -> float:
    if (a > 1.0 and (p.low < q.low or p.high > q.high)) or (a < 0.0 and (q.low < p.low or q.high > p.high)):
        return INF
    shared = min(p.high, q.high) - max(p.low, q.low)
    if shared <= 0.0:
        return -INF
    return math.log(shared) - a * math.log(p.high - p.low) - (1.0 - a) * math.log(q.high - q.low)


def _log_power_cauchy(p: Cauchy, q: Cauchy, a: float) -> float | None:
    """Nielsen and Okamura 2023; elliptic integrals for other a."""
    if a not in {-1.0, 2.0}:
        return None
    gap = (p.loc - q.loc) ** 2 + (p.scale - q.scale) ** 2
    return math.log1p(gap / (2 * p.scale * q.scale))


_LOG_POWER: dict[type[Distribution], Callable[..., float | None]] = {
    Normal: _log_power_normal,
    LogNormal: lambda p, q, a: _log_power_normal(_log_of(p), _log_of(q), a),
    Exponential: _log_power_exponential,
    Uniform: _log_power_uniform,
    Cauchy: _log_power_cauchy,
}


# --- bounded ones -----------------------------------------------------------------------------------------------


def js(pair: Pair, options: Options) -> float | None:
    """Jensen-Shannon: of uniforms, of Cauchys, and ln 2 where the supports do not meet."""
    p, q = pair.p, pair.q
    if p == q and p.has_density:
        return 0.0
    if p.dim > 1:
        return None
    if isinstance(p, Cauchy) and isinstance(q, Cauchy):  # Nielsen and Okamura 2023
        root = math.hypot(p.scale + q.scale, p.loc - q.loc)
        return max(math.log(2 * root / (root + 2 * math.sqrt(p.scale * q.scale))), 0.0)
    if isinstance(p, Uniform) and isinstance(q, Uniform):
        a, b = 1.0 / (p.high - p.low), 1.0 / (q.high - q.low)
        shared = max(min(p.high, q.high) - max(p.low, q.low), 0.0)
        both = a * math.log(2 * a / (a + b)) + b * math.log(2 * b / (a + b))
        return ((1.0 - a * shared) + (1.0 - b * shared)) * LN2 / 2 + shared * both / 2
    return LN2 if _apart(p, q) else None


def tv(pair: Pair, options: Options) -> float | None:
    """Total variation: within the normal, uniform, Laplace (one scale) and Cauchy families; 1 where nothing is shared.

    Where p > q on intervals whose ends are known, TV = Σ (F − G) over them.
    """
    p, q = pair.p, pair.q
    if p == q and p.has_density:
        return 0.0
    if p.dim > 1:
        return None
    if isinstance(p, LogNormal) and isinstance(q, LogNormal):
        p, q = _log_of(p), _log_of(q)
    crossings = _crossings(p, q)
    if crossings is not None:
        ends = np.concatenate([p.cdf(crossings) - q.cdf(crossings), [0.0]])
        return float(np.abs(np.diff(ends, prepend=0.0)).sum() / 2)
    return 1.0 if _apart(p, q) else None


def _crossings(p: Distribution, q: Distribution) -> np.ndarray | None:
    """Where p − q changes its sign, ascending."""
    if isinstance(p, Normal) and isinstance(q, Normal):
        a, b = p.std**-2, q.std**-2
        c = a * p.mean**2 - b * q.mean**2 + 2 * math.log(p.std / q.std)
        return _roots(a - b, -2 * (a * p.mean - b * q.mean), c)
    if isinstance(p, Cauchy) and isinstance(q, Cauchy):
        a, b = p.scale, q.scale
        c = a * (b**2 + q.loc**2) - b * (a**2 + p.loc**2)
        return _roots(a - b, -2 * (a * q.loc - b * p.loc), c)
    if isinstance(p, Laplace) and isinstance(q, Laplace) and p.scale == q.scale:
        return np.array([(p.loc + q.loc) / 2])
    if isinstance(p, Uniform) and isinstance(q, Uniform):
        return np.unique([p.low, p.high, q.low, q.high])
    return None


def _roots(a: float, b: float, c: float) -> np.ndarray:
    """Real roots of ax² + bx + c, ascending; the textbook formula would lose the root that cancels."""
    if a == 0.0:
        return np.array([-c / b]) if b else np.empty(0)
    discriminant = b * b - 4 * a * c
    if discriminant <= 0.0:
        return np.empty(0)
    k = -(b + math.copysign(math.sqrt(discriminant), b)) / 2
    return np.sort(np.array([k / a, c / k]))


def _apart(p: Distribution, q: Distribution) -> bool:
    """Whether the supports share no interval."""
    (p_low, p_high), (q_low, q_high) = moments.support(p), moments.support(q)
    return p.has_density and q.has_density and (p_high <= q_low or q_high <= p_low)


# --- transport, energy and kernels --------------------------------------------------------------------------------


def w1(pair: Pair, options: Options) -> float | None:
    """W1 = E|Δl + Δs Z| where both are l + s Z with one Z: the shift where the scales agree, A(Δ, Δσ) for normals."""
    p, q = pair.p, pair.q
    if isinstance(p, Normal) and isinstance(q, Normal):
        return moments.mean_absolute(p.mean - q.mean, abs(p.std - q.std))
    frames = moments.frames(p, q)
    if frames is None:
        return None
    if frames.stretch == 0.0:
        return abs(frames.shift)
    if frames.mean == INF:
        return INF
    ends = [frames.shift + frames.stretch * end for end in (frames.low, frames.high)]
    one_sided = min(ends) >= 0.0 or max(ends) <= 0.0  # one quantile function above the other: E|.| = |E.|
    return abs(frames.shift + frames.stretch * frames.mean) if one_sided else None


def w2(pair: Pair, options: Options) -> float | None:
    """W2² = E(Δl + Δs Z)² where both are l + s Z with one Z; log-normals by their moments, planar Gaussians."""
    p, q = pair.p, pair.q
    if p.dim > 1:
        return _planar("w2", p, q)
    if isinstance(p, LogNormal) and isinstance(q, LogNormal):
        return _w2_lognormal(p, q)
    frames = moments.frames(p, q)
    if frames is None:
        return None
    if frames.stretch == 0.0:
        return abs(frames.shift)
    if frames.second == INF:
        return INF
    crossed = 2 * frames.shift * frames.stretch * frames.mean
    return math.sqrt(max(frames.shift**2 + crossed + frames.stretch**2 * frames.second, 0.0))


def _w2_lognormal(p: LogNormal, q: LogNormal) -> float:
    """(E X − E Y)² + Var X + Var Y − 2 Cov, with E XY = exp(μ₁ + μ₂ + (σ₁ + σ₂)²/2) of the comonotone pair."""
    x, y = (math.exp(d.mu + d.sigma**2 / 2) for d in (p, q))
    own = x * x * math.expm1(p.sigma**2) + y * y * math.expm1(q.sigma**2)
    return math.sqrt(max((x - y) ** 2 + own - 2 * x * y * math.expm1(p.sigma * q.sigma), 0.0))


def energy2(pair: Pair, options: Options) -> float | None:
    """Of mixtures of normals: each E|X − Y| is a sum of A(difference of means, root of the sum of variances)."""
    if pair.dim > 1:
        return None
    p, q = moments.normals(pair.p), moments.normals(pair.q)
    if p is None or q is None:
        return None
    return max(2 * _mean_distance(p, q) - _mean_distance(p, p) - _mean_distance(q, q), 0.0)


def _mean_distance(a: moments.Normals, b: moments.Normals) -> float:
    """E|X − Y|."""
    mean = a.means[:, None] - b.means[None, :]
    std = np.sqrt(np.square(a.stds)[:, None] + np.square(b.stds)[None, :])
    z = mean / std
    density = np.exp(-np.square(z) / 2) * math.sqrt(2 / math.pi)
    return float(a.weights @ (mean * scipy.special.erf(z / math.sqrt(2)) + std * density) @ b.weights)


def mmd2(pair: Pair, options: Options) -> float | None:
    """Of mixtures of normals under the Gaussian kernel: each E k(X, Y) is a Gaussian of the difference of means."""
    if options.kernel != "gaussian":
        return None
    if pair.dim > 1:
        return _planar_mmd2(pair.p, pair.q, options.bandwidth)
    p, q = moments.normals(pair.p), moments.normals(pair.q)
    if p is None or q is None:
        return None
    return max(mean_kernel(difference(p, q), options.bandwidth), 0.0)


def difference(p: moments.Normals, q: moments.Normals) -> moments.Normals:
    """p − q as one mixture with signed weights."""
    return moments.Normals(
        np.concatenate([p.weights, -q.weights]),
        np.concatenate([p.means, q.means]),
        np.concatenate([p.stds, q.stds]),
    )


def mean_kernel(a: moments.Normals, bandwidth: float) -> float:
    """Σᵢⱼ wᵢwⱼ κ(mᵢ − mⱼ, sᵢ² + sⱼ²), κ(m, V) = ℓ/√(V+ℓ²) exp(−m²/2(V+ℓ²))."""
    variance = np.square(a.stds)
    total = variance[:, None] + variance[None, :] + bandwidth**2
    gap = np.square(a.means[:, None] - a.means[None, :])
    return float(a.weights @ (bandwidth / np.sqrt(total) * np.exp(-gap / (2 * total))) @ a.weights)


# --- the plane --------------------------------------------------------------------------------------------------


def _planar(name: str, p: Distribution, q: Distribution) -> float | None:
    """A closed form between two single Gaussians of the plane."""
    from ganlab.divergences import gaussian

    one, two = gaussian.single(p), gaussian.single(q)
    form = {"kl": gaussian.kl, "w2": gaussian.w2}[name]
    return None if one is None or two is None else form(*one, *two)


def _planar_log_power(p: Distribution, q: Distribution, a: float) -> float | None:
    """log ∫ p^a q^(1−a) of two single Gaussians."""
    from ganlab.divergences import gaussian

    one, two = gaussian.single(p), gaussian.single(q)
    return None if one is None or two is None else gaussian.log_power(*one, *two, a)


def _planar_mmd2(p: Distribution, q: Distribution, bandwidth: float) -> float | None:
    from ganlab.divergences import gaussian

    one, two = p.gaussian_mixture(), q.gaussian_mixture()
    return None if one is None or two is None else gaussian.mmd2(one, two, bandwidth)
