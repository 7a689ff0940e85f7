"""What is read of every GAN at every moment, and how readings of several seeds are summed up. Without torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2500  # fresh ones at every moment: the number in published tables (PacGAN, Lin et al. 2018, §4.1)

SAMPLED = ("modes", "high_quality", "reverse_kl", "distance", "spread")
"""Read from fresh samples. Modes covered, share of high quality in [0, 1] and reverse KL in nats as in
`ganlab.evaluation.coverage` (NaN for data without modes; reverse KL is inf without any sample of high quality);
distance is SW2 in the plane and W1 on the line, in units of the data; spread is the generated width over the data's."""

TRAINED = ("loss_d", "loss_g", "grad_d", "grad_g")
"""Readings of the latest updates (`ganlab.gan.training.Info`)."""

METRICS = SAMPLED + TRAINED
"""Columns of `Trial.readings`, in this order."""


class Summary(NamedTuple):
    """Over seeds: mean, its standard error (s/√n; NaN for n < 2) and n, the seeds that have a reading. Same shape."""

    mean: NDArray[np.float64]
    error: NDArray[np.float64]
    n: NDArray[np.int64]


def summary(readings: NDArray[np.floating], axis: int = -1) -> Summary:
    """Mean ± standard error along the axis of seeds; what is NaN (diverged, not read yet) does not count.

    An infinite reading makes an infinite mean, with an error of NaN.
    """
    x = np.moveaxis(np.asarray(readings, np.float64), axis, -1)
    known = ~np.isnan(x)
    n = known.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, x, 0.0).sum(-1) / np.where(n, n, np.nan)
        squares = np.where(known, np.square(x - mean[..., None]), 0.0).sum(-1)
        error = np.sqrt(squares / np.where(n > 1, n - 1, np.nan) / np.where(n, n, np.nan))
    return Summary(mean, np.where(np.isfinite(mean), error, np.nan), n)
