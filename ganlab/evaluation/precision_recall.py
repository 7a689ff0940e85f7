"""Improved precision and recall (Kynkäänniemi et al. 2019), for data in which "mode" means nothing.

The manifold of a sample is the union of balls, one about each point, out to its k-th nearest neighbour.
Precision is the share of generated points on the manifold of the real ones (quality), recall the share of
real points on the manifold of the generated ones (variety).

The paper assumes continuous data, in which no two points are equal. Rounded data (a column of integers) repeats
its values: more than k copies would make the k-th neighbour another copy and the ball a point. Balls therefore
stand about the distinct points, while shares still count every point.
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
    """The union of k-nearest-neighbour balls about the distinct points of [n, dim]; n > k. Immutable, to be
    asked many times.
    """

    def __init__(self, points: ArrayLike, k: int = NEIGHBOURS, name: str = "points") -> None:
        if k < 1:
            raise ValueError(f"k: should be >= 1. Received {k}.")
        self.points = checked_points(name, points, least=k + 1)
        self.k = k

        self.centres, self.counts = np.unique(self.points, axis=0, return_counts=True)

    @cached_property
    def tree(self) -> scipy.spatial.cKDTree:
        return scipy.spatial.cKDTree(self.centres)

    @cached_property
    def radii(self) -> NDArray[np.float64]:
        """Distance [m] from each distinct point to its k-th nearest other one.

        With k others or fewer it is the farthest of them; one point alone has a ball of radius 0.
        """
        distances, _ = self.tree.query(self.centres, k=[min(self.k + 1, len(self.centres))])
        return np.asarray(distances[:, 0], dtype=np.float64)

    def share_of(self, other: Manifold) -> float:
        """The share of the other manifold's points that lie in at least one of the balls (closed)."""
        if other.points.shape[1] != self.points.shape[1]:
            raise ValueError(
                f"fake: should be [m, {self.points.shape[1]}] as real is. Received {other.points.shape}."
            )
        inside = np.zeros(len(other.centres), dtype=bool)
        found = other.tree.query_ball_point(self.centres, self.radii)
        inside[np.fromiter(chain.from_iterable(found), dtype=np.intp)] = True
        return float(other.counts[inside].sum() / len(other.points))


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
