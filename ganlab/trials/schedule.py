"""When a trial is measured. Without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOMENTS = 40
"""Readings of every GAN, unless something else is asked for."""


def schedule(steps: int, moments: int = MOMENTS) -> NDArray[np.int64]:
    """The steps `[m ≤ moments]` at which a trial of so many steps is measured: increasing, the last is `steps`.

    Spaced like squares, (k/m)²: most of what happens to a GAN happens early, and a map that is watched has its first
    picture at once. Fewer moments than asked for where there are fewer steps.
    """
    m = min(moments, steps)
    wanted = np.round(steps * np.square(np.arange(1, m + 1) / m)).astype(np.int64)
    least = np.arange(1, m + 1)  # no two at the same step
    return np.maximum(wanted, least)
