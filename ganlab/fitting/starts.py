"""Where fits begin: spread evenly over P, and turned by the seed; seed 0 is the plain pattern.

Means are evenly spaced over what is worth looking at, standard deviations follow the golden ratio through one and a
half decades: two coordinates that together leave no corner of the landscape empty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ganlab.fitting.target import Array, Target

GOLDEN = (5**0.5 - 1) / 2
OFFSET = 0.382  # not ½: a start exactly between two modes would stay there by symmetry
NARROWEST, WIDEST = 0.06, 0.6  # standard deviations, in widths of the window divided by ½ + components / 2


def starts(
    target: Target, count: int, components: int, seed: int, chosen: Sequence[tuple[float, float]] = ()
) -> Array:
    """Packed parameters `[E, 3k]` in the target's units: the chosen (mean, std) in units of the data, then `count`."""
    low, high = target.window
    turn = np.random.default_rng((seed, 23)).random(2) if seed else np.zeros(2)
    i, j = np.arange(count)[:, None], np.arange(components)[None, :]
    place = ((i + OFFSET) / max(count, 1) + (j / components if count else 0) + turn[0]) % 1
    spread = ((i + j + 0.5) * GOLDEN + turn[1]) % 1
    mean = low + (high - low) * place
    reach = (high - low) / (0.5 + components / 2)
    log_std = np.log(reach * NARROWEST) + spread * np.log(WIDEST / NARROWEST)
    rows = np.concatenate([mean, log_std, np.zeros_like(mean)], axis=1)
    return np.concatenate([_chosen(target, chosen), rows]) if chosen else rows


def _chosen(target: Target, pairs: Sequence[tuple[float, float]]) -> Array:
    mean, std = np.array(pairs, dtype=np.float64).T
    return np.stack([target.inside(mean), np.log(std / target.scale), np.zeros_like(mean)], axis=1)
