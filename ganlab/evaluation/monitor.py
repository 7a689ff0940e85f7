"""Everything a live view says about one sample of the generator, with what a perfect sampler would score
beside it.

A `Monitor` is built once per run and asked with every frame: what depends on the truth alone (reference
sample, bandwidth, directions, quantiles, noise floors) is drawn from the seed when first needed and kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences import (
    directions,
    js_from_masses,
    kernel_mean,
    median_bandwidth,
    mmd2,
    sliced_w2,
    w1_to_quantiles,
)
from ganlab.divergences.from_samples import checked_points
from ganlab.evaluation.coverage import Coverage, baseline, coverage
from ganlab.evaluation.precision_recall import Manifold, PrecisionRecall, perfect_precision_recall
from ganlab.evaluation.pushforward import checked_edges, kde_masses, true_masses

if TYPE_CHECKING:
    from ganlab.distributions import Distribution

Array = NDArray[np.float64]

LEAST = 10  # fewer samples than this say nothing
KERNEL_POINTS = 500  # MMD² takes the square of this
SLICE_POINTS = 2500
SLICES = 32
MANIFOLD_POINTS = 1000
CELLS = 400
REPEATS = 8  # pairs of truth samples behind a noise floor: it is known within about 15 %


@dataclass(frozen=True, eq=False)
class Metrics:
    """One reading. What does not apply is None: modes in data without modes, sw2 on the line, and so on.

    Shares are in [0, 1], KL and JS in nats, W1 and SW2 in units of the data, MMD² without unit (and
    possibly negative). `…_perfect` is what a perfect sampler scores on average with as many samples,
    `…_floor` what two independent samples of the truth give on average; for MMD², whose average there is 0,
    that of its absolute value. `distance` is SW2 in the plane, W1 on the line. `spread` is the width of the
    generated sample over that of the data (5 % to 95 % range, root mean square over axes): near 0 where all
    samples are one.
    """

    n: int
    spread: float
    distance: float
    distance_name: str
    distance_floor: float
    modes: int | None = None
    modes_total: int | None = None
    modes_perfect: float | None = None
    high_quality: float | None = None
    high_quality_perfect: float | None = None
    reverse_kl: float | None = None
    reverse_kl_perfect: float | None = None
    share: Array | None = None
    weights: Array | None = None
    precision: float | None = None
    precision_perfect: float | None = None
    recall: float | None = None
    recall_perfect: float | None = None
    mmd2: float | None = None
    mmd2_floor: float | None = None
    sw2: float | None = None
    sw2_floor: float | None = None
    w1: float | None = None
    w1_floor: float | None = None
    js: float | None = None
    js_floor: float | None = None
    js_method: str | None = None

    def readings(self) -> dict[str, float | int | str]:
        """The scalars that apply, by name, for a frame or a table; `reverse_kl` may be inf."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: value
            for name, value in values.items()
            if value is not None and not isinstance(value, np.ndarray)
        }


class Monitor:
    """Measures samples of one generator against one distribution.

    The same distribution, seed and samples give the same readings, whatever was measured before.
    """

    def __init__(self, distribution: Distribution, seed: int) -> None:
        self.distribution = distribution
        self.seed = seed
        self._kept: dict[tuple[str, int], object] = {}
        self._last_masses: tuple[Array, Array] | None = None

    def measure(self, fake: ArrayLike) -> Metrics:
        """Metrics of generated samples [n, dim], n >= 10, finite (ValueError otherwise).

        On the line JS compares the true masses with a kernel estimate of the generated ones (`js_method`
        "kde"); where one-dimensional noise makes the exact density known, use `measure_1d`.
        """
        x = checked_points("fake", fake, dim=self.distribution.dim, least=LEAST)
        if self.distribution.dim > 1:
            return self._metrics(x, self._planar(x))
        return self._metrics(x, self._linear(x) | self._js_kde(x))

    def measure_1d(self, fake: ArrayLike, q_masses: ArrayLike, edges: ArrayLike) -> Metrics:
        """As `measure` on the line, with JS from exact masses [n + 2] of the generator over edges [n + 1].

        The masses are those of `pushforward_masses`, hence `js_method` "pushforward" and a floor of 0: no
        sampling is involved.
        """
        x = checked_points("fake", fake, dim=1, least=LEAST)
        js: dict[str, object] = {}
        if self.distribution.has_density:
            value = js_from_masses(self._p_masses(checked_edges(edges)), q_masses)
            js = {"js": value, "js_floor": 0.0, "js_method": "pushforward"}
        return self._metrics(x, self._linear(x) | js)

    def _metrics(self, x: Array, distances: dict[str, object]) -> Metrics:
        quality = self._coverage(x) if self.distribution.modes() is not None else self._precision_recall(x)
        name = "w1" if self.distribution.dim == 1 else "sw2"
        values = {
            "n": len(x),
            "spread": _width(x) / self._truth_width,
            "distance": distances[name],
            "distance_name": name,
            "distance_floor": distances[f"{name}_floor"],
        }
        return Metrics(**values, **distances, **quality)  # type: ignore[arg-type]

    # --- modes, or precision and recall

    def _coverage(self, x: Array) -> dict[str, object]:
        modes = self.distribution.modes()
        assert modes is not None
        found, perfect = coverage(x, modes), self._baseline(len(x))
        return {
            "modes": int(found.covered),
            "modes_total": found.total,
            "modes_perfect": perfect.covered,
            "high_quality": found.high_quality,
            "high_quality_perfect": perfect.high_quality,
            "reverse_kl": found.reverse_kl,
            "reverse_kl_perfect": perfect.reverse_kl,
            "share": found.share,
            "weights": np.asarray(modes.weights, dtype=np.float64),
        }

    def _baseline(self, n: int) -> Coverage:
        perfect = self._keep("baseline", n, lambda rng: baseline(self.distribution, n, rng))
        assert isinstance(perfect, Coverage)
        return perfect

    def _precision_recall(self, x: Array) -> dict[str, object]:
        fake = Manifold(_thin(x, MANIFOLD_POINTS), name="fake")
        n = len(fake.points)
        real = self._keep("manifold", n, lambda rng: Manifold(self.distribution.sample(n, rng)))
        perfect = self._keep("precision", n, lambda rng: perfect_precision_recall(self.distribution, n, rng))
        assert isinstance(real, Manifold)
        assert isinstance(perfect, PrecisionRecall)
        return {
            "precision": real.share_of(fake),
            "precision_perfect": perfect.precision,
            "recall": fake.share_of(real),
            "recall_perfect": perfect.recall,
        }

    # --- distances in the plane

    def _planar(self, x: Array) -> dict[str, object]:
        few, more = _thin(x, KERNEL_POINTS), _thin(x, SLICE_POINTS)
        return {
            "mmd2": self._mmd2(few),
            "mmd2_floor": self._keep("mmd2", len(few), lambda rng: self._mmd2_floor(len(few), rng)),
            "sw2": sliced_w2(self._reference[: len(more)], more, self._directions),
            "sw2_floor": self._keep("sw2", len(more), lambda rng: self._sw2_floor(len(more), rng)),
        }

    def _mmd2(self, y: Array) -> float:
        """`mmd2` of the reference and y; what concerns the reference alone is computed once."""
        own = kernel_mean(y, None, self._bandwidth)
        return self._reference_kernel + own - 2.0 * kernel_mean(self._kernel_points, y, self._bandwidth)

    def _mmd2_floor(self, n: int, rng: np.random.Generator) -> float:
        sample = self.distribution.sample
        pairs = ((sample(KERNEL_POINTS, rng), sample(n, rng)) for _ in range(REPEATS))
        return float(np.mean([abs(mmd2(x, y, self._bandwidth)) for x, y in pairs]))

    def _sw2_floor(self, n: int, rng: np.random.Generator) -> float:
        sample = self.distribution.sample
        pairs = ((sample(n, rng), sample(n, rng)) for _ in range(REPEATS))
        return float(np.mean([sliced_w2(x, y, self._directions) for x, y in pairs]))

    @cached_property
    def _reference(self) -> Array:
        return self.distribution.sample(SLICE_POINTS, self._rng("reference", 0))

    @cached_property
    def _kernel_points(self) -> Array:
        return self._reference[:KERNEL_POINTS]

    @cached_property
    def _bandwidth(self) -> float:
        return median_bandwidth(self._reference, KERNEL_POINTS)

    @cached_property
    def _reference_kernel(self) -> float:
        return kernel_mean(self._kernel_points, None, self._bandwidth)

    @cached_property
    def _directions(self) -> Array:
        return directions(SLICES, self.distribution.dim, self._rng("directions", 0))

    @cached_property
    def _truth_width(self) -> float:
        return _width(self._reference) or 1.0

    # --- distances on the line

    def _linear(self, x: Array) -> dict[str, object]:
        floor = self._keep("w1", len(x), lambda rng: self._w1_floor(len(x), rng))
        return {"w1": w1_to_quantiles(x, self._quantile), "w1_floor": floor}

    def _quantile(self, levels: Array) -> Array:
        """True quantiles; the levels depend on their number alone, and mixtures take a root search for
        each.
        """
        values = self._keep("quantiles", len(levels), lambda _: self.distribution.quantile(levels))
        assert isinstance(values, np.ndarray)
        return values

    def _w1_floor(self, n: int, rng: np.random.Generator) -> float:
        draws = (self.distribution.sample(n, rng) for _ in range(REPEATS))
        return float(np.mean([w1_to_quantiles(draw, self._quantile) for draw in draws]))

    @cached_property
    def edges(self) -> Array:
        """The grid of JS on the line: 400 cells over what is worth looking at."""
        low, high = self.distribution.bounds()[0]
        return np.linspace(low, high, CELLS + 1)

    def _p_masses(self, edges: Array) -> Array:
        """True masses over these edges, kept for the last ones asked for."""
        if self._last_masses is None or not np.array_equal(self._last_masses[0], edges):
            self._last_masses = (edges.copy(), true_masses(self.distribution, edges))
        return self._last_masses[1]

    def _js_kde(self, x: Array) -> dict[str, object]:
        if not self.distribution.has_density:
            return {}
        floor = self._keep("js", len(x), lambda rng: self._js_floor(len(x), rng))
        return {"js": self._js_of(x), "js_floor": floor, "js_method": "kde"}

    def _js_of(self, x: Array) -> float:
        return js_from_masses(self._p_masses(self.edges), kde_masses(x, self.edges))

    def _js_floor(self, n: int, rng: np.random.Generator) -> float:
        return float(np.mean([self._js_of(self.distribution.sample(n, rng)) for _ in range(REPEATS)]))

    # --- what is kept

    def _keep(self, what: str, n: int, make: Callable[[np.random.Generator], object]) -> object:
        """What depends on the truth and a sample size, made when first asked for."""
        if (what, n) not in self._kept:
            self._kept[what, n] = make(self._rng(what, n))
        return self._kept[what, n]

    def _rng(self, what: str, n: int) -> np.random.Generator:
        """A stream of its own for each purpose, so that the order of questions changes no answer."""
        return np.random.default_rng([self.seed, n, *what.encode()])


def _thin(x: Array, n: int) -> Array:
    """n rows spread evenly over x (all, where there are fewer): also right for samples that come in an
    order.
    """
    return x if len(x) <= n else x[np.linspace(0, len(x) - 1, n).astype(np.intp)]


def _width(x: Array) -> float:
    """Root mean square over axes of the range from 5 % to 95 %: finite for heavy tails too."""
    low, high = np.percentile(x, [5.0, 95.0], axis=0)
    return float(np.sqrt(np.mean(np.square(high - low))))
