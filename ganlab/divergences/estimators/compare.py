"""All estimators on two samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ganlab.divergences.estimators.base import ESTIMATORS, Array, Options
from ganlab.divergences.from_samples import checked_points
from ganlab.divergences.kernels import kernel_row
from ganlab.divergences.results import DivergenceError, Value

SHUFFLE = 20_260  # seed of the order in which points are taken
LARGEST = 1e24  # the variance of the polynomial kernel takes the twelfth power
SMALLEST = 1e-70  # the variance of a squared distance takes the fourth power


@dataclass(frozen=True)
class SampleComparison(Mapping[str, Value]):
    """Values by name; `options` are those in use, with nothing left to choose; `sizes` are n and m."""

    values_by_name: Mapping[str, Value]
    options: Options
    sizes: tuple[int, int]

    def __getitem__(self, name: str) -> Value:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)


def compare_samples(
    x: ArrayLike,
    y: ArrayLike,
    names: Iterable[str] | None = None,
    *,
    kernel: str = "gaussian",
    bandwidth: float = 0.0,
    k: int = 3,
    bins: int = 0,
    smoothing: Literal["silverman", "scott"] = "silverman",
    features: Literal["fourier", "polynomial"] = "fourier",
    directions: int = 64,
    blur: float = 0.0,
) -> SampleComparison:
    """Estimates of divergences between P (x [n, d], real) and Q (y [m, d], generated), each with a 95 % interval.

    `names` are rows of `ESTIMATORS`, by default all for this dimension (1 or 2; [n] counts as [n, 1]); the keywords
    are the fields of `Options`, 0 means "choose from the samples". Points are taken in a random order, always the
    same one, so that sorted files do no harm. A value is inf or nan with a reason; a finite value with a reason was
    computed from fewer points than there are. Raises DivergenceError, which names the argument, what came and what is
    allowed.

    >>> import numpy as np
    >>> x, y = np.random.default_rng(0).normal([[0.0], [1.0]], 1.0, (2, 500))
    >>> found = compare_samples(x, y, ["w1_sorted"])["w1_sorted"]
    >>> found.interval.low < 1.0 < found.interval.high
    True
    """
    a, b = checked_samples(x, y)
    kernel_row(kernel)
    options = Options(
        kernel=kernel,
        bandwidth=bandwidth,
        k=k,
        bins=bins,
        smoothing=smoothing,
        features=features,
        directions=directions,
        blur=blur,
    )
    rng = np.random.default_rng(SHUFFLE)
    a, b = rng.permutation(a), rng.permutation(b)
    options = options.settled(a, b)
    found = {name: ESTIMATORS[name].of(a, b, options) for name in checked_names(names, a.shape[1])}
    return SampleComparison(found, options, (len(a), len(b)))


def checked_samples(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Two samples as float64 [n, d] and [m, d], d = 1 or 2, neither all one point; raises DivergenceError."""
    a, b = _checked("x", x), _checked("y", y)
    if a.shape[1] != b.shape[1]:
        raise DivergenceError(f"y: should have {a.shape[1]} columns as x has. Received {b.shape[1]}.")
    return a, b


def _checked(name: str, points: ArrayLike) -> Array:
    array = checked_points(name, points, least=0, largest=LARGEST)
    if array.shape[1] not in (1, 2):
        raise DivergenceError(f"{name}: shape should be [n], [n, 1] or [n, 2]. Received {list(array.shape)}.")
    if len(array) < 2:
        raise DivergenceError(f"{name}: should have at least 2 points. Received {len(array)}.")
    spread = float(np.ptp(array, axis=0).max())
    if spread == 0.0:
        raise DivergenceError(
            f"{name}: should have points that differ (zero variance). Received {len(array)} times {array[0].tolist()}."
        )
    if spread < SMALLEST:
        raise DivergenceError(
            f"{name}: points should differ by {SMALLEST:g} or more; use a smaller unit. Received points at most "
            f"{spread:g} apart."
        )
    return array


def checked_names(names: Iterable[str] | None, dim: int) -> list[str]:
    """Names of estimators for this dimension; by default all of them. Raises DivergenceError."""
    fitting = [name for name, row in ESTIMATORS.items() if dim in row.dims]
    if names is None:
        return fitting
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in fitting:
            raise DivergenceError(
                f"names: should be estimators for {dim}-D samples: {', '.join(fitting)}. Received {name!r}."
            )
    return chosen
