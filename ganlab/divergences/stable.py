"""Functions of densities given by their logarithms that stay finite where p/q does not: limits instead of nan."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def log_ratio(log_p: Array, log_q: Array) -> Array:
    """log p − log q; 0 where both densities vanish."""
    with np.errstate(invalid="ignore"):
        ratio = np.asarray(log_p - log_q)
    return np.where(np.isnan(ratio), 0.0, ratio)


def log_power(log_p: Array, log_q: Array, alpha: float) -> Array:
    """α log p + (1−α) log q; −inf where p or q is zero."""
    with np.errstate(invalid="ignore"):
        level = alpha * log_p + (1.0 - alpha) * log_q
    return np.where(np.isfinite(level), level, -np.inf)


def times(density: Array, factor: Array) -> Array:
    """density·factor with 0·∞ = 0: where there is no mass nothing is paid."""
    with np.errstate(invalid="ignore"):
        return np.where(density == 0.0, 0.0, density * factor)


def softplus(v: ArrayLike) -> Array:
    """log(1 + e^v)."""
    return np.logaddexp(0.0, v)


def u_log_u(u: Array) -> Array:
    return np.asarray(scipy.special.xlogy(u, u))


def log(u: ArrayLike) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(u, dtype=np.float64))


def divide(a: ArrayLike, b: ArrayLike) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.divide(a, b), dtype=np.float64)


def exp(v: ArrayLike) -> Array:
    """e^v; inf where it is too large for a float, which is the right limit everywhere below."""
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(v, dtype=np.float64))


def expm1(v: ArrayLike) -> Array:
    with np.errstate(over="ignore"):
        return np.expm1(np.asarray(v, dtype=np.float64))
