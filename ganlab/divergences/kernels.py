"""Kernels: one row each. A kernel k measures likeness; MMD² = E k(X,X′) + E k(Y,Y′) − 2 E k(X,Y).

Symbols: x [n, d], y [m, d] points, r = ‖x − y‖, σ the bandwidth (a length, in units of the data), u = −r²/2σ².

Radial kernels are functions of u, the others of the inner product x·y; `profile` turns an array of either into values
of k, in place. float32 stays float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.checks import checked_positive
from ganlab.divergences.results import DivergenceError, Units
from ganlab.registry import Registry

Floats = NDArray[Any]  # float32 or float64
DIFFERENCE_DIMENSIONS = 4  # up to here squared distances are sums of squared differences: nothing cancels
ALPHAS = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Kernel:
    """One row. `profile(a, bandwidth, dim)` overwrites a with k; `blind` says what its MMD cannot see.

    `characteristic`: MMD = 0 only when P = Q (Sriperumbudur et al. 2010). `smooth`: differentiable at r = 0, where
    the others amplify rounding of r². `at_zero` is k(x, x) of a radial kernel. `units` are those of k and of MMD².
    """

    name: str
    label: str
    formula: str
    source: str
    characteristic: bool
    blind: str
    profile: Callable[[Floats, float, int], Floats]
    radial: bool = True
    smooth: bool = True
    has_bandwidth: bool = True
    at_zero: float = 1.0
    units: Units = "none"

    def of(self, x: ArrayLike, y: ArrayLike, bandwidth: float = 1.0) -> Floats:
        """k(xᵢ, yⱼ) [n, m]; float32 if both are. DivergenceError for bad shapes, NaN, or a bandwidth not > 0."""
        a, b = _points("x", x), _points("y", y)
        if a.shape[1] != b.shape[1]:
            raise DivergenceError(f"y: should have {a.shape[1]} columns as x. Received {b.shape[1]}.")
        checked_bandwidth(bandwidth)
        if not self.radial:
            return self.profile(a @ b.T, bandwidth, a.shape[1])
        return self.profile(exponents(a, b, bandwidth), bandwidth, a.shape[1])

    def diagonal(self, x: ArrayLike, bandwidth: float = 1.0) -> Floats:
        """k(xᵢ, xᵢ) [n]."""
        a = _points("x", x)
        checked_bandwidth(bandwidth)
        if self.radial:
            return np.full(len(a), self.at_zero, dtype=a.dtype)
        return self.profile(np.einsum("ij,ij->i", a, a), bandwidth, a.shape[1])


def checked_bandwidth(bandwidth: float) -> float:
    """The bandwidth; DivergenceError unless it is a finite number > 0."""
    return checked_positive("bandwidth", bandwidth)


def _points(name: str, points: ArrayLike) -> Floats:
    array = np.asarray(points)
    array = array if array.dtype in {np.dtype(np.float32), np.dtype(np.float64)} else array.astype(np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or not array.size:
        raise DivergenceError(f"{name}: shape should be [n, d] with n, d >= 1. Received {array.shape}.")
    if not np.isfinite(array).all():
        raise DivergenceError(f"{name}: every value should be finite. Received some that are not.")
    return array


def exponents(x: Floats, y: Floats, bandwidth: float) -> Floats:
    """−‖xᵢ−yⱼ‖²/2σ² [n, m], never above 0."""
    scale = 1.0 / (math.sqrt(2.0) * bandwidth)
    centre = x.mean(axis=0)  # the expansion loses digits far from the origin, and float32 far from its centre
    return negative_squares((x - centre) * scale, (y - centre) * scale)


def negative_squares(a: Floats, b: Floats, out: Floats | None = None) -> Floats:
    """−‖aᵢ−bⱼ‖² [n, m], never above 0: by differences in few dimensions, by the expansion in many."""
    if a.shape[1] > DIFFERENCE_DIMENSIONS:
        out = np.matmul(2.0 * a, b.T, out=out)
        out -= np.einsum("ij,ij->i", a, a)[:, None]
        out -= np.einsum("ij,ij->i", b, b)
        return np.minimum(out, 0.0, out=out)  # rounding can make the expansion of ‖a−b‖² negative
    out = np.subtract.outer(a[:, 0], b[:, 0], out=out)
    np.multiply(out, out, out=out)
    for k in range(1, a.shape[1]):
        step = np.subtract.outer(a[:, k], b[:, k])
        step *= step
        out += step
    return np.negative(out, out=out)


# --- profiles: of u = −r²/2σ², or of x·y ---------------------------------------------------------------------------


def _gaussian(u: Floats, bandwidth: float, dim: int) -> Floats:
    return np.exp(u, out=u)


def _distance_ratio(u: Floats) -> Floats:
    """r/σ = √(−2u), in place."""
    u *= -2.0
    return np.sqrt(u, out=u)


def _laplace(u: Floats, bandwidth: float, dim: int) -> Floats:
    ratio = _distance_ratio(u)
    return np.exp(np.negative(ratio, out=ratio), out=ratio)


def _inverse_multiquadric(u: Floats, bandwidth: float, dim: int) -> Floats:
    u *= -2.0
    u += 1.0
    np.sqrt(u, out=u)
    return np.reciprocal(u, out=u)


def _rational_quadratic(u: Floats, bandwidth: float, dim: int) -> Floats:
    total = np.zeros_like(u)
    base = np.empty_like(u)
    for alpha in ALPHAS:
        np.multiply(u, -1.0 / alpha, out=base)
        base += 1.0
        total += _inverse_power(base, alpha)
    u[...] = total
    return u


def _inverse_power(base: Floats, alpha: float) -> Floats:
    """base^−α, in place; without a logarithm where there is no need."""
    if alpha == 0.5:
        return np.reciprocal(np.sqrt(base, out=base), out=base)
    if alpha == int(alpha):
        return np.reciprocal(base ** int(alpha), out=base)
    np.log(base, out=base)
    base *= -alpha
    return np.exp(base, out=base)


def _distance(u: Floats, bandwidth: float, dim: int) -> Floats:
    ratio = _distance_ratio(u)
    ratio *= -bandwidth
    return ratio


def _polynomial(product: Floats, bandwidth: float, dim: int) -> Floats:
    product *= 1.0 / dim
    product += 1.0
    square = product * product
    product *= square
    return product


def _linear(product: Floats, bandwidth: float, dim: int) -> Floats:
    return product


# --- the table --------------------------------------------------------------------------------------------------

KERNELS: Registry[Kernel] = Registry("kernel")

KERNELS.add(
    Kernel(
        name="gaussian",
        label="Gaussian",
        formula=r"\exp\!\left(-\frac{\|x-y\|^2}{2\sigma^2}\right)",
        source="Gretton et al. 2012; σ is a standard deviation",
        characteristic=True,
        blind="Detail much finer than σ, and how far apart things are that are many σ apart.",
        profile=_gaussian,
    )
)

KERNELS.add(
    Kernel(
        name="laplace",
        label="Laplacian",
        formula=r"\exp\!\left(-\frac{\|x-y\|}{\sigma}\right)",
        source="Sriperumbudur et al. 2010; the norm is Euclidean",
        characteristic=True,
        blind="How far apart things are that are many σ apart; fine detail less than the Gaussian, for it has a peak.",
        profile=_laplace,
        smooth=False,
    )
)

KERNELS.add(
    Kernel(
        name="inverse_multiquadric",
        label="Inverse multiquadric",
        formula=r"\left(1+\frac{\|x-y\|^2}{\sigma^2}\right)^{-1/2}",
        source="Gorham and Mackey 2017, scaled to k(x, x) = 1",
        characteristic=True,
        blind="Detail much finer than σ; its heavy tail still notices what is far away.",
        profile=_inverse_multiquadric,
    )
)

KERNELS.add(
    Kernel(
        name="rational_quadratic",
        label="Rational quadratic mixture",
        formula=r"\sum_{\alpha\in\{0.2,0.5,1,2,5\}}\left(1+\frac{\|x-y\|^2}{2\alpha\sigma^2}\right)^{-\alpha}",
        source="Bińkowski et al. 2018, with their five α; a sum, so k(x, x) = 5",
        characteristic=True,
        blind="Detail much finer than σ; five tails of different weight leave no scale far above it unseen.",
        profile=_rational_quadratic,
        at_zero=float(len(ALPHAS)),
    )
)

KERNELS.add(
    Kernel(
        name="polynomial",
        label="Polynomial of degree 3",
        formula=r"\left(\frac{x\cdot y}{d}+1\right)^3",
        source="Bińkowski et al. 2018 (KID); it has no bandwidth",
        characteristic=False,
        blind="Everything but the first three moments; it also depends on where the origin is.",
        profile=_polynomial,
        radial=False,
        has_bandwidth=False,
    )
)

KERNELS.add(
    Kernel(
        name="distance",
        label="Distance (energy)",
        formula=r"-\|x-y\|",
        source="Sejdinovic et al. 2013: its MMD² is the squared energy distance; it has no bandwidth",
        characteristic=True,
        blind="Nothing wholly, but fine detail weighs little beside a shift.",
        profile=_distance,
        smooth=False,
        has_bandwidth=False,
        at_zero=0.0,
        units="x",
    )
)

KERNELS.add(
    Kernel(
        name="linear",
        label="Linear",
        formula=r"x\cdot y",
        source="MMD² is the squared distance of the means",
        characteristic=False,
        blind="Everything but the means.",
        profile=_linear,
        radial=False,
        has_bandwidth=False,
        units="x2",
    )
)


def kernel_row(name: str) -> Kernel:
    """The row; DivergenceError for an unknown name."""
    if not isinstance(name, str) or name not in KERNELS:
        raise DivergenceError(f"kernel: should be one of {', '.join(KERNELS)}. Received {name!r}.")
    return KERNELS[name]
