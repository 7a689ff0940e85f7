"""Samples at the edge: what may come in. Points are float arrays [n, dim], finite; a vector [n] counts as [n, 1]."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.results import DivergenceError

Array = NDArray[np.float64]


def checked_points(name: str, points: ArrayLike, dim: int | None = None, least: int = 1) -> Array:
    """Points as float64 [n, dim]; a vector [n] counts as [n, 1].

    DivergenceError (a ValueError) on any other shape, fewer than `least` points or a non-finite value.
    """
    try:
        array = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DivergenceError(f"{name}: should be numbers [n, dim]. Received {points!r:.60}.") from error
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) < least or array.shape[1] != (dim or max(array.shape[1], 1)):
        wanted = f"[n, {'dim' if dim is None else dim}] with n >= {least}"
        raise DivergenceError(f"{name}: shape should be {wanted}. Received shape {array.shape}.")
    if not np.isfinite(array).all():
        count = np.count_nonzero(~np.isfinite(array))
        raise DivergenceError(f"{name}: every value should be finite. Received {count} that are not.")
    return array


def checked_pair(x: ArrayLike, y: ArrayLike, least: int = 1) -> tuple[Array, Array]:
    """Two samples of one dimension, `least` points each."""
    a = checked_points("x", x, least=least)
    return a, checked_points("y", y, dim=a.shape[1], least=least)
