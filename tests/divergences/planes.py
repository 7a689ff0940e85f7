"""Problems in the plane: random mixtures of Gaussians as texts, and sums over a plain grid as a referee."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ganlab.distributions import parse
from ganlab.divergences.generators import GENERATORS, Generator
from ganlab.divergences.plane import PlanePair

KL, TV, JS = GENERATORS["kl"], GENERATORS["total_variation"], GENERATORS["jensen_shannon"]
HELLINGER, PEARSON, NEYMAN = GENERATORS["hellinger"], GENERATORS["pearson"], GENERATORS["neyman"]


def plane(p: str, q: str) -> PlanePair:
    """The pair of two texts."""
    return PlanePair(parse(p), parse(q))


def value(pair: PlanePair, generator: Generator, flipped: bool = False) -> float:
    """The number, which must be finite and known to 1e-6."""
    answer = pair.f_divergence(generator, flipped)
    assert answer.reason is None
    assert answer.error <= 1e-6 * max(1.0, abs(answer.value))
    return answer.value


def single(pair: PlanePair) -> tuple[np.ndarray, ...]:
    """Means and covariances of two Gaussians."""
    p, q = pair.p.gaussian_mixture(), pair.q.gaussian_mixture()
    return p.means[0], p.covariances[0], q.means[0], q.covariances[0]


def gaussian_text(rng: np.random.Generator, box: float, low: float, high: float, most: float) -> str:
    """A Gaussian with its mean in a box, standard deviations from low to high, and |ρ| <= most."""
    mean = rng.uniform(-box, box, 2)
    std = np.exp(rng.uniform(math.log(low), math.log(high), 2))
    crossed = rng.uniform(-most, most) * std[0] * std[1]
    cov = [[std[0] ** 2, crossed], [crossed, std[1] ** 2]]
    numbers = [[float(f"{v:.12g}") for v in row] for row in cov]
    return f"normal([{mean[0]:.9g},{mean[1]:.9g}],{numbers})".replace(" ", "")


def mixture_text(
    seed: int,
    count: int,
    box: float = 3.0,
    low: float = 0.3,
    high: float = 1.0,
    most: float = 0.8,
) -> str:
    """A mixture of `count` of them."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(count, 3.0)) * 0.95 + 0.05 / count
    return "+".join(f"{w:.9g}*{gaussian_text(rng, box, low, high, most)}" for w in weights)


def grid_points(low: float, high: float, n: int) -> tuple[np.ndarray, float]:
    """Centres of n by n cells over a square [n², 2], and the area of a cell."""
    step = (high - low) / n
    ticks = low + (np.arange(n) + 0.5) * step
    return np.stack([np.repeat(ticks, n), np.tile(ticks, n)], axis=1), step**2


Values = Callable[[np.ndarray, np.ndarray], np.ndarray]


def brute(
    pair: PlanePair, *values: Values, low: float = -10.0, high: float = 10.0, n: int = 600
) -> list[float]:
    """∫ values(log p, log q) of each by the midpoint rule on n by n cells."""
    points, area = grid_points(low, high, n)
    logs = [d.logpdf(points) for d in (pair.p, pair.q)]
    return [float(value(*logs).sum() * area) for value in values]
