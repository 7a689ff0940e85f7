"""Mixtures: weight*distribution + weight*distribution + ..."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ganlab.distributions.base import Distribution, FloatArray, Modes, floats, square
from ganlab.distributions.errors import DistributionError
from ganlab.distributions.gaussian import GaussianMixture, join, logsumexp
from ganlab.distributions.registry import number

MAX_COMPONENTS = 64
MAX_GAUSSIANS = 2_000
_MIN_SHARE = 1e-9
_MAX_WEIGHT = 1e6


@dataclass(frozen=True)
class Mixture(Distribution):
    """Components of one dimension with positive weights, which are normalised to sum 1.

    Weights that already sum to 1 (to 1e-12) are kept as written, so that the text round-trips. `mixture(...)`
    is the friendlier way in: it flattens and returns a single component as itself.
    """

    weights: tuple[float, ...]
    components: tuple[Distribution, ...]

    def __post_init__(self) -> None:
        _check_components(self.components)
        object.__setattr__(self, "weights", _normalised(self.weights, len(self.components)))

    @property
    def dim(self) -> int:
        return self.components[0].dim

    @property
    def has_density(self) -> bool:
        return all(c.has_density for c in self.components)

    @cached_property
    def _shares(self) -> FloatArray:
        w = np.array(self.weights)
        return floats(w / w.sum())

    def __str__(self) -> str:
        return "+".join(f"{number(w)}*{c}" for w, c in zip(self.weights, self.components, strict=True))

    def _logpdf(self, x: FloatArray) -> FloatArray:
        gaussians = self.gaussian_mixture()
        if gaussians is not None:
            return gaussians.logpdf(x)
        parts = np.stack([c.logpdf(x) for c in self.components], axis=1)
        return logsumexp(parts + np.log(self._shares))

    def _cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(sum(w * c.cdf(x) for w, c in zip(self._shares, self.components, strict=True)))

    def _quantile(self, u: FloatArray) -> FloatArray:
        """The root of cdf(x) = u between the smallest and the largest component quantile."""
        each = np.stack([c.quantile(u) for c in self.components])
        return _root(self, u, each.min(axis=0), each.max(axis=0))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        gaussians = self.gaussian_mixture()
        if gaussians is not None:
            return gaussians.sample(n, rng)
        counts = rng.multinomial(n, self._shares)
        parts = [c.sample(k, rng) for k, c in zip(counts, self.components, strict=True)]
        return rng.permutation(np.concatenate(parts))

    @cached_property
    def _gaussians(self) -> GaussianMixture | None:
        parts = [c.gaussian_mixture() for c in self.components]
        known = [p for p in parts if p is not None]
        return join(self._shares, known) if len(known) == len(parts) else None

    def gaussian_mixture(self) -> GaussianMixture | None:
        return self._gaussians

    def bounds(self) -> FloatArray:
        """What any component needs, however small its weight."""
        each = np.stack([c.bounds() for c in self.components])
        low, high = each[:, :, 0].min(axis=0), each[:, :, 1].max(axis=0)
        return square(low, high, margin=1.0) if self.dim == 2 else np.stack([low, high], axis=1)

    def modes(self) -> Modes | None:
        """The components' modes, overlapping or not; None if a component has none."""
        each = [c.modes() for c in self.components]
        known = [m for m in each if m is not None]
        if len(known) < len(each):
            return None
        return Modes(
            np.concatenate([m.centres for m in known]),
            np.concatenate([m.spreads for m in known]),
            np.concatenate([w * m.weights for w, m in zip(self._shares, known, strict=True)]),
        )


def mixture(weights: Sequence[float], components: Sequence[Distribution]) -> Distribution:
    """The mixture of components; nested mixtures are flattened, a single component comes back as itself."""
    components = tuple(components)
    _check_components(components)
    shares = _normalised(weights, len(components))
    if len(components) == 1:
        return components[0]
    flat = [
        (w * v, c)
        for w, part in zip(shares, components, strict=True)
        for v, c in (
            zip(part.weights, part.components, strict=True) if isinstance(part, Mixture) else [(1.0, part)]
        )
    ]
    return Mixture(tuple(w for w, _ in flat), tuple(c for _, c in flat))


def _check_components(components: Sequence[Distribution]) -> None:
    if not 1 <= len(components) <= MAX_COMPONENTS:
        raise DistributionError(f"a mixture of {len(components)} components; allowed: 1 to {MAX_COMPONENTS}")
    dims = {c.dim for c in components}
    if len(dims) > 1:
        raise DistributionError("a mixture of 1-D and 2-D components; allowed: components of one dimension")
    parts = [c.gaussian_mixture() for c in components]
    total = sum(len(p.weights) for p in parts if p is not None)
    if total > MAX_GAUSSIANS:
        raise DistributionError(f"a mixture of {total} Gaussians in all; allowed: at most {MAX_GAUSSIANS}")


def _normalised(weights: Sequence[float], count: int) -> tuple[float, ...]:
    values = tuple(float(w) for w in weights)
    if len(values) != count:
        raise DistributionError(f"{len(values)} weights for {count} components; allowed: one each")
    for w in values:
        if not 0 < w <= _MAX_WEIGHT:
            raise DistributionError(
                f"weight is {w}; allowed: above 0, at most 1e6 (weights are normalised to sum 1)"
            )
    total = math.fsum(values)
    shares = values if abs(total - 1) <= 1e-12 else tuple(w / total for w in values)
    if min(shares) < _MIN_SHARE:
        raise DistributionError(
            f"a component has a share of {min(shares):.3g}; allowed: at least {_MIN_SHARE:g}"
        )
    return shares


def _root(d: Distribution, u: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Newton's method kept inside a shrinking bracket, for all u at once; accurate to the last few bits.

    The bracket is halved instead wherever a step has not halved the excess: around a kink of the cdf Newton's steps can
    jump between the same two points for ever.
    """
    finite = np.isfinite(low) & np.isfinite(high)
    x = np.where(np.isinf(low), low, high)
    x[finite] = low[finite] + (high[finite] - low[finite]) / 2
    todo = np.flatnonzero(finite & (low < high))
    before = np.full(x.shape, np.inf)
    for _ in range(200):
        if not len(todo):
            break
        at, target = x[todo], u[todo]
        excess = d.cdf(at) - target
        high[todo] = np.where(excess >= 0, at, high[todo])
        low[todo] = np.where(excess < 0, at, low[todo])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = at - excess / np.exp(d.logpdf(at)) if d.has_density else np.full_like(at, np.nan)
        quick = np.abs(excess) <= before[todo] / 2
        before[todo] = np.abs(excess)
        inside = quick & (newton >= low[todo]) & (newton <= high[todo])
        x[todo] = np.where(inside, newton, low[todo] + (high[todo] - low[todo]) / 2)
        moved = np.abs(x[todo] - at) > 4 * np.spacing(np.abs(at))
        todo = todo[moved & (np.abs(excess) > 2 * np.finfo(float).eps * target)]
    return x if d.has_density else np.maximum(x, high)  # where the cdf jumps, the bracket closes on the jump
