"""Improved precision and recall (Kynkäänniemi et al. 2019), for data in which "mode" means nothing.

The manifold of a sample is the union of balls, one about each point, out to its k-th nearest neighbour.
Precision is the share of generated points on the manifold of the real ones (quality), recall the share of
real points on the manifold of the generated ones (variety).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.from_samples import checked_points

if TYPE_CHECKING:
    from ganlab.distributions import Distribution

NEIGHBOURS = 3  # the paper's k


@dataclass(frozen=True)
class PrecisionRecall:
    """Both are shares in [0, 1]."""

    precision: float
    recall: float


class Manifold:
    """The union of k-nearest-neighbour balls about points [n, dim]; n > k. Immutable, to be asked many
    times.
    """

    def __init__(self, points: ArrayLike, k: int = NEIGHBOURS, name: str = "points") -> None:
        if k < 1:
            raise ValueError(f"k: should be >= 1. Received {k}.")
        self.points = checked_points(name, points, least=k + 1)
        self.k = k

    @cached_property
    def tree(self) -> scipy.spatial.cKDTree:
        return scipy.spatial.cKDTree(self.points)

    @cached_property
    def radii(self) -> NDArray[np.float64]:
        """Distance [n] from each point to its k-th nearest neighbour, itself not counted."""
        distances, _ = self.tree.query(self.points, k=[self.k + 1])
        return np.asarray(distances[:, 0], dtype=np.float64)

    def share_of(self, other: Manifold) -> float:
        """The share of the other manifold's points that lie in at least one of the balls (closed)."""
        if other.points.shape[1] != self.points.shape[1]:
            raise ValueError(
                f"fake: should be [m, {self.points.shape[1]}] as real is. Received {other.points.shape}."
            )
        inside = np.zeros(len(other.points), dtype=bool)
        found = other.tree.query_ball_point(self.points, self.radii)
        inside[np.fromiter(chain.from_iterable(found), dtype=np.intp)] = True
        return float(inside.mean())


def precision_recall(real: ArrayLike, fake: ArrayLike, k: int = NEIGHBOURS) -> PrecisionRecall:
    """Precision and recall of fake [m, dim] against real [n, dim]; both need more than k points."""
    real_manifold, fake_manifold = Manifold(real, k, "real"), Manifold(fake, k, "fake")
    return PrecisionRecall(
        precision=real_manifold.share_of(fake_manifold), recall=fake_manifold.share_of(real_manifold)
    )


def perfect_precision_recall(
    distribution: Distribution, n: int, rng: np.random.Generator, k: int = NEIGHBOURS, repeats: int = 4
) -> PrecisionRecall:
    """What two independent samples of the truth score, n points each: the mean of `repeats` pairs.

    Below 1, because a finite sample leaves holes; the two are equal in expectation, so both are their common
    mean.
    """
    pairs = [
        precision_recall(distribution.sample(n, rng), distribution.sample(n, rng), k) for _ in range(repeats)
    ]
    mean = float(np.mean([(pair.precision + pair.recall) / 2.0 for pair in pairs]))
    return PrecisionRecall(mean, mean)
