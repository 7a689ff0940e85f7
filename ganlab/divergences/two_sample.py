"""Two-sample tests: could two samples come from one distribution?

Symbols: x ~ P [n, d] (real), y ~ Q [m, d] (generated), N = n + m, B permutations. A p-value says how often a statistic
at least as large comes up when P = Q; it is never 0, because the samples as they are count as one of the permutations.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.checks import checked_whole
from ganlab.divergences.estimators.bounds import logistic
from ganlab.divergences.estimators.compare import checked_samples
from ganlab.divergences.estimators.features import features
from ganlab.divergences.kernels import checked_bandwidth, kernel_row
from ganlab.divergences.mmd import median_bandwidth
from ganlab.divergences.results import DivergenceError
from ganlab.registry import Registry

Array = NDArray[np.float64]

MOST = 1_000  # points of each side: the Gram matrix of both together has 4 million entries
MAX_PERMUTATIONS = 10_000
ROUNDING = 1e-12  # of the largest kernel value
CHUNK = 50  # permutations a step: tens of milliseconds


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


Steps = Iterator[TestResult | None]
"""A test a little at a time: None until it is done, then its result."""


@dataclass(frozen=True)
class TwoSampleTest:
    """One row. `steps(x, y, kernel, bandwidth, permutations, seed)` is the test in `count(permutations)` steps."""

    name: str
    label: str
    method: str
    source: str
    steps: Callable[[ArrayLike, ArrayLike, str, float, int, int], Steps]
    count: Callable[[int], int]

    def of(
        self, x: ArrayLike, y: ArrayLike, kernel: str, bandwidth: float, permutations: int, seed: int
    ) -> TestResult:
        """The whole test; bandwidth 0 for the median distance."""
        return _finished(self.steps(x, y, kernel, bandwidth, permutations, seed))


def _finished(steps: Steps) -> TestResult:
    *_, found = steps
    assert found is not None
    return found


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
    return _finished(_permuted("mmd", x, y, kernel, bandwidth, permutations, seed))


def energy_test(x: ArrayLike, y: ArrayLike, *, permutations: int = 500, seed: int = 0) -> TestResult:
    """Energy distance² against its permutations (Székely and Rizzo 2004), as `mmd_test`."""
    return _finished(_permuted("energy", x, y, "distance", 1.0, permutations, seed))


def _permuted(
    name: str, x: ArrayLike, y: ArrayLike, kernel: str, bandwidth: float, permutations: int, seed: int
) -> Steps:
    """The Gram matrix, then `CHUNK` permutations a step."""
    began, rng = time.perf_counter(), np.random.default_rng(checked_whole("seed", seed, 0))
    a, b = _prepared(x, y, permutations, rng)
    k = kernel_row(kernel)
    sigma = checked_bandwidth(bandwidth or median_bandwidth(a, len(a), b))
    pooled = np.concatenate([a, b])
    gram = np.asarray(k.of(pooled, pooled, sigma), dtype=np.float64)
    np.fill_diagonal(gram, 0.0)
    real = np.repeat([1.0, 0.0], [len(a), len(b)])
    observed = float(permuted_mmd2(gram, real[:, None])[0])
    null = np.empty(permutations)
    for start in range(0, permutations, CHUNK):
        yield None
        size = min(CHUNK, permutations - start)
        labels = rng.permuted(np.repeat(real[:, None], size, axis=1), axis=0)
        null[start : start + size] = permuted_mmd2(gram, labels)
    # as large but for rounding: the same labels in another order sum up differently
    extreme = np.count_nonzero(null >= observed - ROUNDING * float(np.abs(gram).max()))
    p_value = (1 + int(extreme)) / (1 + permutations)
    method = f"{permutations} permutations of the labels{_thinned(x, y, a, b)}"
    yield TestResult(name, observed, p_value, null, method, len(a), len(b), time.perf_counter() - began)


def _steps_permuted(permutations: int) -> int:
    return 1 + math.ceil(permutations / CHUNK)


def _thinned(x: ArrayLike, y: ArrayLike, a: Array, b: Array) -> str:
    """What is to be said where only a part of the points was looked at."""
    n, m = np.shape(x)[0], np.shape(y)[0]
    if (n, m) == (len(a), len(b)):
        return ""
    return f"; on {len(a):,} of {n:,} and {len(b):,} of {m:,} points"


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
    began, rng = time.perf_counter(), np.random.default_rng(checked_whole("seed", seed, 0))
    a, b = _prepared(x, y, permutations, rng)
    size = min(len(a), len(b))
    half = size // 2
    a, b = rng.permutation(a)[:size], rng.permutation(b)[:size]
    phi = features(a[:half], b[:half], "fourier")
    weights = logistic(phi(a[:half]), phi(b[:half]))
    held_out = np.concatenate([phi(a[half:]) @ weights > 0.0, phi(b[half:]) @ weights <= 0.0])
    right, total = int(held_out.sum()), len(held_out)
    # P(Bin(total, ½) ≥ right); `bdtrc(k, n, p)` is P(Bin > k).
    p_value = 1.0 if right == 0 else float(scipy.special.bdtrc(right - 1, total, 0.5))
    null = rng.binomial(total, 0.5, permutations) / total
    method = f"binomial tail: {right} of {total} held-out points told right{_thinned(x, y, a, b)}"
    seconds = time.perf_counter() - began
    return TestResult("classifier", right / total, p_value, null, method, size, size, seconds)


def _prepared(x: ArrayLike, y: ArrayLike, permutations: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Checked samples, thinned where they are large."""
    checked_whole("permutations", permutations, 1, MAX_PERMUTATIONS)
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
        steps=partial(_permuted, "mmd"),
        count=_steps_permuted,
    )
)

TESTS.add(
    TwoSampleTest(
        name="energy",
        label="Energy distance²",
        method="The labels are permuted; p is the share of permutations with a distance at least as large.",
        source="Székely and Rizzo 2004",
        steps=lambda x, y, kernel, bandwidth, permutations, seed: _permuted(
            "energy", x, y, "distance", 1.0, permutations, seed
        ),
        count=_steps_permuted,
    )
)

TESTS.add(
    TwoSampleTest(
        name="classifier",
        label="Classifier",
        method="A classifier is trained on one half and tried on the other; p is the binomial tail of guessing.",
        source="Lopez-Paz and Oquab 2017",
        steps=lambda x, y, kernel, bandwidth, permutations, seed: iter(
            [classifier_test(x, y, permutations=permutations, seed=seed)]
        ),
        count=lambda permutations: 1,
    )
)
