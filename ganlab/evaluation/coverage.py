"""Mode coverage by the protocol of PacGAN (Lin et al. 2018, §4.1), which follows VEEGAN (Srivastava et al.
2017, §4.1).

A sample is *high quality* within 3σ (L2) of its nearest mode; a mode is *covered* with at least one
high-quality sample; the *reverse KL* compares the histogram of modes, over high-quality samples only (as
PacGAN's own code counts them), with the true weights. Published tables use 2,500 fresh samples.

Symbols: n samples, K modes with centres c_k, standard deviations σ_k and weights w_k. KL in nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from ganlab.distributions import Distribution, Modes

SIGMAS = 3.0  # PacGAN's radius of a mode, in its standard deviations


@dataclass(frozen=True, eq=False)
class Coverage:
    """What a sample of n covers. Of a perfect sampler, `covered` is an expectation and need not be whole.

    `share [K]` is the part of all n samples that is high quality and nearest to mode k; it sums to
    `high_quality`. `reverse_kl` is in nats: inf without any high-quality sample, or with one at a mode of
    weight 0.
    """

    covered: float
    total: int
    high_quality: float
    reverse_kl: float
    share: NDArray[np.float64]


def coverage(samples: ArrayLike, modes: Modes, sigmas: float = SIGMAS) -> Coverage:
    """Coverage of `modes` by samples [n, dim], n >= 1; `sigmas` is the radius of a mode in its own σ.

    A sample that is not finite is of no mode. ValueError on a shape that does not fit the modes.
    """
    x, centres = np.asarray(samples, dtype=np.float64), np.asarray(modes.centres, dtype=np.float64)
    if x.ndim != 2 or len(x) == 0 or x.shape[1] != centres.shape[1]:
        raise ValueError(f"samples: shape should be [n, {centres.shape[1]}], n >= 1. Received {x.shape}.")
    finite = np.all(np.isfinite(x), axis=1, keepdims=True)
    x = np.where(finite, x, 0.0)
    nearest = _nearest(x, centres)
    distance = np.linalg.norm(x - centres[nearest], axis=1)
    good = finite[:, 0] & (distance <= sigmas * np.asarray(modes.spreads)[nearest])
    counts = np.bincount(nearest[good], minlength=len(centres))
    return Coverage(
        covered=float(np.count_nonzero(counts)),
        total=len(centres),
        high_quality=float(np.count_nonzero(good)) / len(x),
        reverse_kl=_reverse_kl(counts, np.asarray(modes.weights, dtype=np.float64)),
        share=counts / len(x),
    )


def _nearest(x: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index [n] of the centre nearest to each row: ‖x − c‖² without ‖x‖², the same for all centres."""
    scores = x @ (2.0 * centres.T)
    scores -= np.einsum("kd,kd->k", centres, centres)
    return np.asarray(np.argmax(scores, axis=1))


def _reverse_kl(counts: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """KL(histogram ‖ weights) in nats, ≥ 0; inf where a mode of weight 0 has counts, or nothing has."""
    total = counts.sum()
    if total == 0:
        return float("inf")
    kl = float(scipy.special.rel_entr(counts / total, weights / weights.sum()).sum())
    assert kl >= -1e-12, f"reverse KL = {kl} is negative"
    return max(kl, 0.0)


def perfect(modes: Modes, n: int, sigmas: float = SIGMAS) -> Coverage:
    """What n samples of the truth score on average, in closed form.

    For Gaussian modes that are far apart: the high-quality share is P(χ²_d ≤ sigmas²), 98.889 % in the plane
    and 99.730 % on the line, never all; reverse KL averages (K − 1)/2n (Miller 1955), over modes that have
    weight; covered Σ_k 1 − (1 − w_k·high quality)ⁿ. See `baseline` for modes that overlap or are not
    Gaussian.
    """
    if n < 1:
        raise ValueError(f"n: should be >= 1. Received {n}.")
    centres = np.asarray(modes.centres)
    weights = np.asarray(modes.weights, dtype=np.float64) / np.sum(modes.weights)
    high_quality = float(scipy.special.gammainc(centres.shape[1] / 2.0, sigmas**2 / 2.0))
    share = weights * high_quality
    return Coverage(
        covered=float((1.0 - (1.0 - share) ** n).sum()),
        total=len(centres),
        high_quality=high_quality,
        reverse_kl=(int(np.count_nonzero(weights)) - 1) / (2.0 * n),
        share=share,
    )


DRAWS = 20  # samples of n that the check below pools
AGREES = 4.0  # standard errors of the pooled high-quality share: one false alarm in 16,000


def baseline(
    distribution: Distribution, n: int, rng: np.random.Generator, sigmas: float = SIGMAS
) -> Coverage | None:
    """What a perfect sampler of this distribution scores with n samples; None where it has no modes.

    The closed form where a large sample of the truth agrees with it, else the mean over that sample: modes
    that overlap, or are not round and Gaussian, have a baseline of their own.
    """
    modes = distribution.modes()
    if modes is None:
        return None
    closed = perfect(modes, n, sigmas)
    draws = [coverage(distribution.sample(n, rng), modes, sigmas) for _ in range(DRAWS)]
    share = np.mean([draw.share for draw in draws], axis=0)
    error = np.sqrt(closed.share * (1.0 - closed.share) / (n * DRAWS))
    if np.all(np.abs(share - closed.share) <= AGREES * error + 1e-12):
        return closed
    return Coverage(
        covered=float(np.mean([draw.covered for draw in draws])),
        total=closed.total,
        high_quality=float(np.mean([draw.high_quality for draw in draws])),
        reverse_kl=float(np.mean([draw.reverse_kl for draw in draws])),
        share=share,
    )
