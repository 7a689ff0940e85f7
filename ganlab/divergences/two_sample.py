"""Two-sample tests: could two samples come from one distribution?

Symbols: x ~ P [n, d] (real), y ~ Q [m, d] (generated), N = n + m, B permutations. A p-value says how often a statistic
at least as large comes up when P = Q; it is never 0, because the samples as they are count as one of the permutations.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.estimators.compare import checked_samples
from ganlab.divergences.estimators.features import features
from ganlab.divergences.kernels import checked_bandwidth, kernel_row
from ganlab.divergences.mmd import median_bandwidth
from ganlab.divergences.results import DivergenceError
from ganlab.registry import Registry

Array = NDArray[np.float64]

MOST = 1_000  # points of each side: the Gram matrix of both together has 4 million entries
MAX_PERMUTATIONS = 10_000
NEWTON_STEPS = 30
RIDGE = 1e-3  # per point; keeps weights finite where the classes can be separated


@dataclass(frozen=True)
class TestResult:
    """`null` [B] is the statistic under P = Q; `n_used` and `m_used` are the points that were looked at."""

    __test__ = False  # pytest would collect it

    name: str
    statistic: float
    p_value: float
    null: Array
    method: str
    n_used: int
    m_used: int
    seconds: float


@dataclass(frozen=True)
class TwoSampleTest:
    """One row; `of(x, y, kernel, bandwidth, permutations, seed)`, bandwidth 0 for the median distance."""

    name: str
    label: str
    method: str
    source: str
    of: Callable[[ArrayLike, ArrayLike, str, float, int, int], TestResult]


def mmd_test(
    x: ArrayLike,
    y: ArrayLike,
    *,
    kernel: str = "gaussian",
    bandwidth: float = 0.0,
    permutations: int = 500,
    seed: int = 0,
) -> TestResult:
    """Unbiased MMD² against its permutations (Gretton et al. 2012, §4.1 and 5).

    `bandwidth` 0 takes the median distance of both samples together, which permutations leave as it is. More than 1,000
    points of a side are thinned at random. Raises DivergenceError for samples or numbers that cannot be used.
    """
    return _permuted("mmd", x, y, kernel, bandwidth, permutations, seed)


def energy_test(x: ArrayLike, y: ArrayLike, *, permutations: int = 500, seed: int = 0) -> TestResult:
    """Energy distance² against its permutations (Székely and Rizzo 2004), as `mmd_test`."""
    return _permuted("energy", x, y, "distance", 1.0, permutations, seed)


def _permuted(
    name: str, x: ArrayLike, y: ArrayLike, kernel: str, bandwidth: float, permutations: int, seed: int
) -> TestResult:
    began, rng = time.perf_counter(), np.random.default_rng(seed)
    a, b = _prepared(x, y, permutations, rng)
    k = kernel_row(kernel)
    sigma = checked_bandwidth(bandwidth or median_bandwidth(a, len(a), b))
    pooled = np.concatenate([a, b])
    gram = np.asarray(k.of(pooled, pooled, sigma), dtype=np.float64)
    np.fill_diagonal(gram, 0.0)
    labels = np.zeros((len(pooled), permutations + 1))
    labels[: len(a), 0] = 1.0  # the first column is the samples as they are
    labels[:, 1:] = rng.permuted(np.repeat(labels[:, :1], permutations, axis=1), axis=0)
    found = permuted_mmd2(gram, labels)
    p_value = float(np.count_nonzero(found >= found[0])) / len(found)
    method = f"{permutations} permutations of the labels"
    return TestResult(
        name, float(found[0]), p_value, found[1:], method, len(a), len(b), time.perf_counter() - began
    )


def permuted_mmd2(gram: Array, labels: Array) -> Array:
    """Unbiased MMD² for each labelling: Gram matrix [N, N] with a zero diagonal, labels [N, B] (1 P, 0 Q) -> [B].

    One matrix product serves all labellings: with s a column of labels, s'Ks sums over P's pairs.
    """
    n = labels.sum(axis=0)
    m = len(labels) - n
    product = gram @ labels
    own_p = np.einsum("ib,ib->b", labels, product)
    rows = gram.sum(axis=1) @ labels
    crossed = rows - own_p
    own_q = float(gram.sum()) - own_p - 2.0 * crossed
    return np.asarray(own_p / (n * (n - 1)) + own_q / (m * (m - 1)) - 2.0 * crossed / (n * m))


def classifier_test(x: ArrayLike, y: ArrayLike, *, permutations: int = 500, seed: int = 0) -> TestResult:
    """Can a classifier tell them apart? (Lopez-Paz and Oquab 2017.)

    Logistic regression on random Fourier features is trained on one half of min(n, m) points of each side. Its
    accuracy on the other half is the statistic. Under P = Q the number of right answers is the sum of Bin(h, π) and
    Bin(h, 1 − π), which is less spread out than Bin(2h, ½) (Hoeffding 1956): that binomial's tail is the p-value,
    exact at π = ½ and conservative elsewhere. `null` holds `permutations` draws from that binomial, for a picture.
    """
    began, rng = time.perf_counter(), np.random.default_rng(seed)
    a, b = _prepared(x, y, permutations, rng)
    size = min(len(a), len(b))
    half = size // 2
    a, b = rng.permutation(a)[:size], rng.permutation(b)[:size]
    weights, feature_map = _trained(a[:half], b[:half])
    held_out = np.concatenate([feature_map(a[half:]) @ weights > 0.0, feature_map(b[half:]) @ weights <= 0.0])
    right, total = int(held_out.sum()), len(held_out)
    # P(Bin(total, ½) ≥ right); `bdtrc(k, n, p)` is P(Bin > k).
    p_value = 1.0 if right == 0 else float(scipy.special.bdtrc(right - 1, total, 0.5))
    null = rng.binomial(total, 0.5, permutations) / total
    method = f"binomial tail: {right} of {total} held-out points told right"
    seconds = time.perf_counter() - began
    return TestResult("classifier", right / total, p_value, null, method, size, size, seconds)


def _trained(a: Array, b: Array) -> tuple[Array, Callable[[Array], Array]]:
    """Weights of a logistic regression that says P where φ·w > 0, by Newton's method on a strictly convex loss."""
    feature_map = features(a, b, "fourier")
    phi = np.concatenate([feature_map(a), feature_map(b)])
    target = np.concatenate([np.ones(len(a)), np.zeros(len(b))])
    weights, ridge = np.zeros(phi.shape[1]), RIDGE * len(phi)
    for _ in range(NEWTON_STEPS):
        chance = scipy.special.expit(phi @ weights)
        gradient = phi.T @ (chance - target) + ridge * weights
        curvature = (phi * (chance * (1.0 - chance))[:, None]).T @ phi + ridge * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights, feature_map


def _prepared(x: ArrayLike, y: ArrayLike, permutations: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Checked samples, thinned where they are large."""
    if not 1 <= permutations <= MAX_PERMUTATIONS:
        raise DivergenceError(
            f"permutations: should be a whole number from 1 to {MAX_PERMUTATIONS}. Received {permutations}."
        )
    a, b = checked_samples(x, y)
    for name, points in (("x", a), ("y", b)):
        if len(points) < 4:
            raise DivergenceError(f"{name}: should have at least 4 points. Received {len(points)}.")
    return tuple(c if len(c) <= MOST else rng.permutation(c)[:MOST] for c in (a, b))  # type: ignore[return-value]


TESTS: Registry[TwoSampleTest] = Registry("two-sample test")

TESTS.add(
    TwoSampleTest(
        name="mmd",
        label="MMD²",
        method="The labels are permuted; p is the share of permutations with an MMD² at least as large.",
        source="Gretton et al. 2012",
        of=lambda x, y, kernel, bandwidth, permutations, seed: mmd_test(
            x, y, kernel=kernel, bandwidth=bandwidth, permutations=permutations, seed=seed
        ),
    )
)

TESTS.add(
    TwoSampleTest(
        name="energy",
        label="Energy distance²",
        method="The labels are permuted; p is the share of permutations with a distance at least as large.",
        source="Székely and Rizzo 2004",
        of=lambda x, y, kernel, bandwidth, permutations, seed: energy_test(
            x, y, permutations=permutations, seed=seed
        ),
    )
)

TESTS.add(
    TwoSampleTest(
        name="classifier",
        label="Classifier",
        method="A classifier is trained on one half and tried on the other; p is the binomial tail of guessing.",
        source="Lopez-Paz and Oquab 2017",
        of=lambda x, y, kernel, bandwidth, permutations, seed: classifier_test(
            x, y, permutations=permutations, seed=seed
        ),
    )
)
