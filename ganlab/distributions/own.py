"""Data of one's own: uploaded samples, and clouds drawn by hand."""

from __future__ import annotations

import base64
import binascii
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ganlab.distributions import store
from ganlab.distributions.base import FloatArray, Parametric, floats, square
from ganlab.distributions.errors import DistributionError
from ganlab.distributions.gaussian import GaussianMixture, GaussianPlanar, isotropic
from ganlab.distributions.registry import family, positive, text

MAX_POINTS = 400
EXTENT = 2.0  # the drawing board is [-2, 2] by [-2, 2]
_STEPS = 255  # coordinates are bytes: 0 is -2, 255 is 2


@family("samples", "Data of your own, uploaded as a CSV file.", r"\frac1n\sum_i\delta_{x_i}")
@dataclass(frozen=True)
class Samples(Parametric):
    """The empirical distribution of a data set in the store: draws with replacement, no density."""

    id: str = text("id of the data set, 16 hexadecimal digits")

    def _check(self) -> None:
        object.__setattr__(self, "_stored", store.get(self.id))

    @property
    def stored(self) -> store.StoredSet:
        """Points, name and scale as they are kept in the store."""
        return self.__dict__["_stored"]

    @property
    def points(self) -> npt.NDArray[np.float32]:
        """All the points, float32 [n, d], on the stage."""
        return self.stored.points

    @property
    def dim(self) -> int:
        return int(self.points.shape[1])

    @property
    def has_density(self) -> bool:
        return False

    @cached_property
    def _sorted(self) -> FloatArray:
        return np.sort(self.points[:, 0].astype(np.float64))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.points[rng.integers(len(self.points), size=n)].astype(np.float64)

    def _cdf(self, x: FloatArray) -> FloatArray:
        return floats(np.searchsorted(self._sorted, x, side="right") / len(self._sorted))

    def _quantile(self, u: FloatArray) -> FloatArray:
        levels = np.arange(1, len(self._sorted) + 1) / len(self._sorted)
        return floats(self._sorted[np.searchsorted(levels, u, side="left")])

    def bounds(self) -> FloatArray:
        """Everything but the outermost 0.1 % on each side of each axis, with a margin."""
        low, high = np.quantile(self.points.astype(np.float64), [0.001, 0.999], axis=0)
        if self.dim == 2:
            return square(low, high)
        return np.stack([low, high], axis=1) + np.array([[-0.125, 0.125]]) * (high - low)


@family(
    "drawn",
    "A cloud drawn by hand.",
    r"\frac1n\sum_i\mathcal N(x_i,\sigma^2 I)",
    example='drawn("gKyAsYW9kMqh1LbVy8zavN-m2pDLe7ZnoVWQRIU2gCyAKX8sejZvRF5VSWc0eyWQIKYlvDTMSdVe1G_Ker1_sQ",std=0.05)',
)
@dataclass(frozen=True)
class Drawn(GaussianPlanar, Parametric):
    """Equal Gaussians at 1 to 400 points of [-2, 2]², each coordinate kept in one byte (steps of 4/255)."""

    data: str = text("points: base64url of bytes x0, y0, x1, y1 ...; 0 is -2, 255 is 2")
    _: KW_ONLY
    std: float = positive(0.05, "standard deviation of each point", high=2)

    def _check(self) -> None:
        object.__setattr__(self, "data", _encode(_decode(self.data)))  # one text per cloud

    @classmethod
    def from_points(cls, points: npt.ArrayLike, std: float = 0.05) -> Drawn:
        """A cloud through points [n, 2], moved onto the board and thinned evenly to 400.

        Raises DistributionError for another shape, no points, or numbers that are not finite.
        """
        x = np.asarray(points, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != 2 or not len(x):
            raise DistributionError(f"points have shape {x.shape}; allowed: [n, 2] with n at least 1")
        if not np.all(np.isfinite(x)):
            raise DistributionError("points are not all finite; allowed: numbers from -2 to 2")
        keep = np.round(np.linspace(0, len(x) - 1, min(len(x), MAX_POINTS))).astype(int)
        steps = np.round((np.clip(x[keep], -EXTENT, EXTENT) + EXTENT) * (_STEPS / (2 * EXTENT)))
        return cls(_encode(steps.astype(np.uint8)), std=std)

    @property
    def points(self) -> FloatArray:
        """The points [n, 2]."""
        return _decode(self.data).astype(np.float64) * (2 * EXTENT / _STEPS) - EXTENT

    def _mixture(self) -> GaussianMixture:
        return isotropic(self.points, self.std)

    def modes(self) -> None:
        """None: where the pen passed is not a mode."""
        return


def _encode(steps: npt.NDArray[np.uint8]) -> str:
    return base64.urlsafe_b64encode(steps.tobytes()).rstrip(b"=").decode()


def _decode(data: str) -> npt.NDArray[np.uint8]:
    allowed = f"base64url of 1 to {MAX_POINTS} points, two bytes each"
    try:
        raw = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    except binascii.Error as error:
        raise DistributionError(f"data is not base64url; allowed: {allowed}", parameter="data") from error
    if len(raw) % 2 or not 2 <= len(raw) <= 2 * MAX_POINTS:
        raise DistributionError(f"data holds {len(raw)} bytes; allowed: {allowed}", parameter="data")
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, 2)
