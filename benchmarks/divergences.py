"""Divergences against scipy's quadrature, a 400 x 400 grid and scikit-learn, in one process, taking turns.

    python -m benchmarks.divergences

The pairs are mixtures of five normals. What counts is the whole way from two distributions to the numbers, grids
included; their accuracy is what they differ by from a far finer rule of another kind.
"""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

import numpy as np
import scipy
from numpy.typing import NDArray

from benchmarks.table import Row, show
from ganlab.distributions import Distribution, parse
from ganlab.divergences import DIVERGENCES, Options, mmd2, pair_of

Array = NDArray[np.float64]

NAMES = ("kl_pq", "kl_qp", "js", "tv", "hellinger2")
ROUNDS = 15
LINE = (
    "0.1*normal(-3,0.4)+0.2*normal(-1,0.7)+0.3*normal(0,0.5)+0.25*normal(1.5,0.8)+0.15*normal(4,0.3)",
    "0.3*normal(-2.5,0.6)+0.2*normal(-0.5,0.3)+0.1*normal(0.7,0.9)+0.2*normal(2,0.5)+0.2*normal(3.5,0.7)",
)
PLANE = (
    "0.1*normal([-3,0],0.4)+0.2*normal([-1,1],0.7)+0.3*normal([0,-1],0.5)"
    "+0.25*normal([1.5,0.5],[0.8,0.5])+0.15*normal([3,-0.5],[[0.2,0.1],[0.1,0.3]])",
    "0.3*normal([-2.5,0.3],0.6)+0.2*normal([-0.5,-1],0.5)+0.1*normal([0.7,1],0.9)"
    "+0.2*normal([2,0],[0.5,0.7])+0.2*normal([3.2,0.8],[[0.4,-0.1],[-0.1,0.3]])",
)
POINTS = 10_000


def ours(p: Distribution, q: Distribution) -> Array:
    """The five, in the order of NAMES."""
    pair, options = pair_of(p, q), Options()
    return np.array([DIVERGENCES[name].of(pair, options).value for name in NAMES])


def summed(log_p: Array, log_q: Array, cell: float) -> Array:
    """The five by a plain sum over equal cells."""
    p, q, log_m = np.exp(log_p), np.exp(log_q), np.logaddexp(log_p, log_q) - np.log(2.0)
    js = 0.5 * (p * (log_p - log_m) + q * (log_q - log_m))
    parts = (
        p * (log_p - log_q),
        q * (log_q - log_p),
        js,
        np.abs(p - q) / 2,
        (np.sqrt(p) - np.sqrt(q)) ** 2 / 2,
    )
    return np.array([float(part.sum()) * cell for part in parts])


def dense(p: Distribution, q: Distribution, n: int) -> Array:
    """The five on n equal cells per axis of [−12, 12]."""
    x = -12.0 + 24.0 * (np.arange(n) + 0.5) / n
    points = x if p.dim == 1 else np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    return summed(p.logpdf(points), q.logpdf(points), (24.0 / n) ** p.dim)


def crossed(p: Distribution, q: Distribution) -> float:
    """TV on the line by Brent's roots of p − q and the distribution functions: no quadrature at all."""

    def gap(x: float) -> float:
        return float(p.logpdf([x])[0] - q.logpdf([x])[0])

    x = np.linspace(-12.0, 12.0, 4001)
    values = p.logpdf(x) - q.logpdf(x)
    at = np.flatnonzero(values[:-1] * values[1:] < 0)
    roots = [scipy.optimize.brentq(gap, x[i], x[i + 1], xtol=1e-15) for i in at]
    return 0.5 * float(np.abs(np.diff((p.cdf(roots) - q.cdf(roots)), prepend=0.0, append=0.0)).sum())


def by_quad(p: Distribution, q: Distribution) -> Array:
    """The five by scipy.integrate.quad, plain scalar functions of the two mixtures, as one would write them."""
    mixtures = [d.gaussian_mixture() for d in (p, q)]
    weights = [m.weights / np.sqrt(2 * np.pi * m.covariances[:, 0, 0]) for m in mixtures if m is not None]
    means = [m.means[:, 0] for m in mixtures if m is not None]
    variances = [m.covariances[:, 0, 0] for m in mixtures if m is not None]

    def density(i: int, x: float) -> float:
        return float(weights[i] @ np.exp(-((x - means[i]) ** 2) / (2 * variances[i])))

    def integrand(k: int, x: float) -> float:
        a, b = density(0, x), density(1, x)
        return float(summed(np.log([a]), np.log([b]), 1.0)[k])

    return np.array(
        [scipy.integrate.quad(lambda x, k=k: integrand(k, x), -9, 9, limit=200)[0] for k in range(5)]
    )


def turns(*functions: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Median seconds of each, taken in turn."""
    times: list[list[float]] = [[] for _ in functions]
    for function in functions:
        function()
    for _ in range(rounds):
        for function, taken in zip(functions, times, strict=True):
            start = perf_counter()
            function()
            taken.append(perf_counter() - start)
    return [median(taken) for taken in times]


def many(function: Callable[[], object], times: int) -> Callable[[], None]:
    """The same, several times over, for what is too short for one clock reading."""

    def run() -> None:
        for _ in range(times):
            function()

    return run


def line_row() -> Row:
    """Five divergences of two mixtures on the line."""
    p, q = (parse(text) for text in LINE)
    referee = dense(p, q, 400_000)  # smooth integrands: spectrally accurate
    referee[3] = crossed(p, q)
    wrong = float(np.abs(ours(p, q) - referee).max())
    batch = many(lambda: ours(p, q), 20)
    mine, quad = turns(batch, lambda: by_quad(p, q), rounds=7)
    figure = f"{mine / 20 * 1e3:.2f} ms, off by {wrong:.0e} (scipy quad: {quad * 1e3:.0f} ms)"
    what = "KL both ways, JS, TV, Hellinger² of two 5-component mixtures on the line, together, at 1e-9"
    return Row(what, figure, "≤ 0.5 ms", mine / 20 <= 0.5e-3 and wrong <= 1e-9)


def plane_row() -> Row:
    """The same in the plane."""
    p, q = (parse(text) for text in PLANE)
    referee = dense(p, q, 3000)
    wrong = float(np.abs(ours(p, q) - referee).max())
    mine, grid = turns(lambda: ours(p, q), lambda: dense(p, q, 400), rounds=9)
    coarse = float(np.abs(dense(p, q, 400) - referee).max())
    figure = (
        f"{mine * 1e3:.0f} ms, off by {wrong:.0e} (400 x 400 grid: {grid * 1e3:.0f} ms, off by {coarse:.0e})"
    )
    what = "the same in the plane, at 1e-6"
    return Row(what, figure, "≤ 30 ms", mine <= 30e-3 and wrong <= 1e-6)


def mmd_row() -> Row:
    """Unbiased MMD² of two large samples, and the memory it takes."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((POINTS, 2)), rng.standard_normal((POINTS, 2)) + 0.5
    [mine] = turns(lambda: mmd2(x, y, 1.0), rounds=5)
    tracemalloc.start()
    value = mmd2(x, y, 1.0)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    theirs, expected = in_another_process()
    apart = abs(value - expected)
    figure = f"{mine:.2f} s, {peak:.0f} MB (scikit-learn's rbf_kernel: {theirs:.1f} s), {apart:.0e} apart"
    what = f"MMD² unbiased, n = m = {POINTS:,}, 2-D; memory above the data"
    return Row(what, figure, "≤ 0.35 s, ≤ 64 MB", mine <= 0.35 and peak <= 64 and apart < 1e-5)


_SKLEARN = """
import numpy as np, time
from sklearn.metrics.pairwise import rbf_kernel
n = %d
rng = np.random.default_rng(0)
x, y = rng.standard_normal((n, 2)), rng.standard_normal((n, 2)) + 0.5
start = time.perf_counter()
own = lambda a: (rbf_kernel(a, a, gamma=0.5).sum() - n) / (n * (n - 1))
value = own(x) + own(y) - 2 * rbf_kernel(x, y, gamma=0.5).mean()
print(time.perf_counter() - start, value)
"""


def in_another_process() -> tuple[float, float]:
    """Seconds and value of the same by scikit-learn, whose Gram matrices would stay in our memory otherwise."""
    command = [sys.executable, "-c", _SKLEARN % POINTS]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    taken, value = map(float, out.split())
    return taken, value


def rows() -> Iterator[Row]:
    """The figures of the core."""
    yield line_row()
    yield plane_row()
    yield mmd_row()


if __name__ == "__main__":
    show(rows())
