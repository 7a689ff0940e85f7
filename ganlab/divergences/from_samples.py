"""Samples at the edge: what may come in. Points are float arrays [n, dim], finite; a vector [n] counts as [n, 1]."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.results import DivergenceError

Array = NDArray[np.float64]
LARGEST = 1e50  # the sixth power, which the polynomial kernel takes, is a float


def checked_points(
    name: str, points: ArrayLike, dim: int | None = None, least: int = 1, largest: float = LARGEST
) -> Array:
    """Points as float64 [n, dim]; a vector [n] counts as [n, 1].

    DivergenceError (a ValueError) on what is not real numbers, any other shape, fewer than `least` points, a value that
    is not finite, or one beyond ±`largest`.
    """
    array = _numbers(name, points)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) < least or array.shape[1] != (dim or max(array.shape[1], 1)):
        wanted = f"[n, {'dim' if dim is None else dim}] with n >= {least}"
        raise DivergenceError(f"{name}: shape should be {wanted}. Received shape {list(array.shape)}.")
    wrong = ~(np.abs(array) <= largest)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        finite = bool(np.isfinite(array).all())
        wanted = f"from {-largest:g} to {largest:g}" if finite else "finite"
        raise DivergenceError(
            f"{name}: every value should be {wanted}. Received {np.count_nonzero(wrong)} that are not, the first is "
            f"{array[row, column]} in row {row}."
        )
    return array


def _numbers(name: str, points: ArrayLike) -> Array:
    try:
        if not np.iscomplexobj(points):
            return np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DivergenceError(f"{name}: should be an array of numbers. Received {points!r:.60}.") from error
    raise DivergenceError(f"{name}: should be an array of real numbers. Received complex ones.")


def checked_pair(x: ArrayLike, y: ArrayLike, least: int = 1, largest: float = LARGEST) -> tuple[Array, Array]:
    """Two samples of one dimension, `least` points each."""
    a = checked_points("x", x, least=least, largest=largest)
    return a, checked_points("y", y, dim=a.shape[1], least=least, largest=largest)
