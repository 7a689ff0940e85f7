"""Explicit mixtures of Gaussians: the form in which any sampler, a GPU's too, can draw from them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ganlab.distributions.base import Distribution, FloatArray, Modes, floats, square

_BLOCK = 2_000_000  # point-component pairs at once: 16 MB per temporary


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """Sum of weights[k] N(means[k], covariances[k]): [K] (sum 1), [K, d] and [K, d, d]."""

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    @cached_property
    def factors(self) -> FloatArray:
        """Lower Cholesky factors [K, d, d]."""
        return floats(np.linalg.cholesky(self.covariances))

    @cached_property
    def _isotropic(self) -> bool:
        d = self.means.shape[1]
        return bool(np.all(self.covariances == self.covariances[:, :1, :1] * np.eye(d)))

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n draws [n, d]: one index, one Gaussian vector each."""
        edges = np.cumsum(self.weights)
        k = np.minimum(np.searchsorted(edges, rng.random(n) * edges[-1], side="right"), len(edges) - 1)
        z = rng.standard_normal((n, self.means.shape[1]))
        if self._isotropic:
            return floats(self.means[k] + self.factors[k, 0, 0, None] * z)
        return floats(self.means[k] + np.einsum("nij,nj->ni", self.factors[k], z))

    def logpdf(self, x: FloatArray) -> FloatArray:
        """Log-density at x [n, d] -> [n], in blocks of bounded memory."""
        rows = max(1, _BLOCK // len(self.weights))
        blocks = [self._block(x[i : i + rows]) for i in range(0, len(x), rows)]
        return np.concatenate(blocks) if blocks else np.empty(0)

    @cached_property
    def _inverse(self) -> FloatArray:
        return floats(np.linalg.inv(self.factors))

    @cached_property
    def _log_peaks(self) -> FloatArray:
        """Log of each component's weighted density at its mean [K]."""
        log_volume = np.log(np.diagonal(self.factors, axis1=1, axis2=2)).sum(axis=1)
        return floats(np.log(self.weights) - log_volume - self.means.shape[1] / 2 * np.log(2 * np.pi))

    def _block(self, x: FloatArray) -> FloatArray:
        d = self.means.shape[1]
        difference = [x[:, None, j] - self.means[None, :, j] for j in range(d)]
        whitened = [sum(self._inverse[:, i, j] * difference[j] for j in range(i + 1)) for i in range(d)]
        return logsumexp(self._log_peaks - sum(np.square(w) for w in whitened) / 2)

    def box(self) -> tuple[FloatArray, FloatArray]:
        """Low and high [d] of the box around all means, three standard deviations each way."""
        reach = 3 * np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        return (self.means - reach).min(axis=0), (self.means + reach).max(axis=0)

    def modes(self) -> Modes:
        """One mode per component; its spread is the root mean square of the standard deviations per axis."""
        variance = np.diagonal(self.covariances, axis1=1, axis2=2).mean(axis=1)
        return Modes(self.means, np.sqrt(variance), self.weights)


def isotropic(means: FloatArray, std: float, weights: FloatArray | None = None) -> GaussianMixture:
    """Gaussians of one standard deviation at means [K, d], of equal weights unless given."""
    k, d = means.shape
    w = np.full(k, 1 / k) if weights is None else weights / weights.sum()
    return GaussianMixture(w, means, np.broadcast_to(std**2 * np.eye(d), (k, d, d)))


def join(weights: FloatArray, parts: list[GaussianMixture]) -> GaussianMixture:
    """The mixture of mixtures, flattened."""
    return GaussianMixture(
        np.concatenate([w * part.weights for w, part in zip(weights, parts, strict=True)]),
        np.concatenate([part.means for part in parts]),
        np.concatenate([part.covariances for part in parts]),
    )


def logsumexp(a: FloatArray) -> FloatArray:
    """log of the sum of exp(a [n, K]) over K -> [n], without overflow; -inf where every term is."""
    top = a.max(axis=1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return floats(safe + np.log(np.exp(a - safe[:, None]).sum(axis=1)))


class GaussianPlanar(Distribution):
    """A 2-D distribution that is exactly the mixture of Gaussians returned by `_mixture`."""

    DIM = 2

    @abstractmethod
    def _mixture(self) -> GaussianMixture: ...

    @cached_property
    def _gaussians(self) -> GaussianMixture:
        return self._mixture()

    @property
    def dim(self) -> int:
        return 2

    def gaussian_mixture(self) -> GaussianMixture:
        return self._gaussians

    def modes(self) -> Modes | None:
        return self._gaussians.modes()

    def bounds(self) -> FloatArray:
        return square(*self._gaussians.box())

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self._gaussians.sample(n, rng)

    def _logpdf(self, x: FloatArray) -> FloatArray:
        return self._gaussians.logpdf(x)
