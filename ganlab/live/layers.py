"""The layers of a frame: what a viewer sees of one run at one moment.

A `View` is made once per run: the real samples, the noise and the grids are fixed, so that what moves on screen is the
run and nothing else. Every layer is a function of the training alone and never disturbs it.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from ganlab.distributions.base import FloatArray
from ganlab.evaluation import kde_masses, mixture_knots, noise_knots, pushforward_masses, true_masses
from ganlab.gan.batches import MODE_STD, draw_noise, noise_centres
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.live.frames import Floats, Tensors

SHOWN = 450  # generated samples
REAL = 450
FIELD = 48  # cells per side
ARROWS = 60
CELLS = 400  # of the grid on the line
MAP = 200
ESTIMATED = 4000  # samples behind q where it has to be estimated
MANIFOLD = 21  # knots per side
MARGIN = 0.25  # of the width of a 1-D stage, added on both sides: generated samples stray
SEED = (11, 17)  # of the real samples shown; any will do


class View:
    """What is fixed about the picture of a run."""

    def __init__(self, spec: GanSpec) -> None:
        self.spec = spec
        self.dim = spec.dim
        self.bounds = _bounds(spec, self._first_samples())
        rng = np.random.default_rng((*SEED, spec.seed))
        self._real = spec.distribution.sample(REAL, rng).astype(np.float32)

    def layer(self, name: str, training: Training) -> Tensors:
        """The tensors of one layer by name; none where the layer does not apply to this run."""
        made = getattr(self, f"_{name}_layer")(training)
        assert isinstance(made, dict)
        return made

    # -- both dimensions

    def _real_layer(self, _: Training) -> dict[str, Floats]:
        return {"real": self._real}

    def _fake_layer(self, training: Training) -> dict[str, Floats]:
        return {"fake": self.fake(training)}

    def fake(self, training: Training) -> Floats:
        """G at fixed noise `[n, dim]`: points move and do not flicker."""
        return training.generate(self._noise)[0]

    @cached_property
    def _noise(self) -> Floats:
        rng = np.random.default_rng((*SEED, self.spec.seed, 1))
        return self._draw(rng, SHOWN)

    def _first_samples(self) -> Floats:
        """What G makes with its initial weights `[n, dim]`, always worked out on the same device."""
        return Training(self.spec, device="cpu", backend="eager").generate(self._noise)[0]

    def _draw(self, rng: np.random.Generator, n: int) -> Floats:
        return draw_noise(self.spec, rng, n)

    def probability(self, training: Training, x: NDArray[np.floating]) -> FloatArray:
        """What D says about points `[n, dim]`, as a number in [0, 1] that is ½ where it is undecided.

        The objective knows what an output stands for. A critic's has no scale of its own: the middle between its
        means on real and generated is ½, and twice its spread saturates.
        """
        output = np.asarray(training.discriminate(x)[0], np.float64)
        objective = OBJECTIVES[self.spec.objective]
        if objective.threshold is None:
            middle, spread = self._scale(training)
            return _sigmoid((output - middle) / spread)
        return objective.probability(output)

    def _scale(self, training: Training) -> tuple[float, float]:
        """Middle and spread (half of the 10-90 % range over both samples) of a critic's output."""
        a = np.asarray(training.discriminate(self._real)[0], np.float64)
        b = np.asarray(training.discriminate(self.fake(training))[0], np.float64)
        low, high = np.percentile(np.concatenate([a, b]), [10, 90])
        return float(a.mean() + b.mean()) / 2, max(float(high - low) / 4, 1e-9)

    # -- in the plane

    def _field_layer(self, training: Training) -> dict[str, NDArray[np.uint8]]:
        if self.dim != 2:
            return {}
        values = self.probability(training, self._field_points)
        return {"field": np.rint(255 * np.nan_to_num(values, nan=0.5)).astype(np.uint8).reshape(FIELD, FIELD)}

    @cached_property
    def _field_points(self) -> Floats:
        """Centres of the cells, row 0 at the lowest y."""
        x, y = (low + (high - low) * (np.arange(FIELD) + 0.5) / FIELD for low, high in self.bounds)
        grid = np.stack(np.meshgrid(x, y), axis=-1)
        return grid.reshape(-1, 2).astype(np.float32)

    def _manifold_layer(self, training: Training) -> dict[str, Floats]:
        if self.dim != 2 or self.spec.noise_dim > 2 or self.spec.noise == "mixture":  # its pieces are no grid
            return {}
        noise = self._manifold_noise
        x = training.generate(noise.reshape(-1, self.spec.noise_dim))[0]
        return {"manifold": x.reshape(*noise.shape[:2], 2)}

    @cached_property
    def _manifold_noise(self) -> Floats:
        """Corners of noise cells of equal probability `[R, C, z]`; R = 1 for noise of one dimension."""
        if self.spec.noise_dim == 1:
            return self._levels(MANIFOLD**2)[None, :, None]
        side = self._levels(MANIFOLD)
        return np.stack(np.meshgrid(side, side), axis=-1)

    def _levels(self, n: int) -> Floats:
        """n values of one noise dimension with equal probability between neighbours, 1 % (n = 50) cut at both ends."""
        u = (np.arange(n) + 0.5) / n
        if self.spec.noise == "mixture":
            knots, weights = self._knots
            return np.interp(u, np.concatenate([[0.0], weights.cumsum()]), knots).astype(np.float32)
        z = ndtri(u) if self.spec.noise == "normal" else 2 * u - 1
        return np.asarray(z, np.float32)

    def _arrows_layer(self, training: Training) -> dict[str, Floats]:
        if self.dim != 2:
            return {}
        x = training.generate(self._noise[:ARROWS])[0]
        return {"arrows": np.concatenate([x, training.pull(x)[0]], axis=1)}

    # -- on the line

    def _map_layer(self, training: Training) -> dict[str, Floats]:
        if self.dim != 1 or self.spec.noise_dim != 1:
            return {}
        z = self._levels(MAP)
        return {"map_z": z, "map_x": training.generate(z[:, None])[0, :, 0]}

    def _curves_layer(self, training: Training) -> dict[str, Floats]:
        if self.dim != 1:
            return {}
        width = np.diff(self.edges)
        grid = (self.edges[:-1] + self.edges[1:]) / 2
        p, q = self.p_masses[1:-1] / width, self.q_masses(training)[1:-1] / width
        with np.errstate(invalid="ignore"):  # neither density reaches here: D* is undefined
            dstar = p / (p + q)
        d = self.probability(training, grid[:, None])
        values = {"grid": grid, "p": p, "q": q, "d": d, "dstar": dstar}
        return {name: value.astype(np.float32) for name, value in values.items()}

    @property
    def q_method(self) -> str | None:
        """How q is known on the line: exactly, by pushing the noise forward, or by a kernel estimate."""
        return None if self.dim != 1 else "pushforward" if self.spec.noise_dim == 1 else "kde"

    def q_masses(self, training: Training) -> FloatArray:
        """What G puts into the cells of the grid `[cells + 2]`; the outer two are all that lies beyond it."""
        if self.spec.noise_dim == 1:
            z, weights = self._knots
            return pushforward_masses(
                training.generate(z.astype(np.float32)[:, None])[0], weights, self.edges
            )
        return kde_masses(training.generate(self._many_noise)[0], self.edges)

    @cached_property
    def edges(self) -> FloatArray:
        """Edges of the grid on the line `[cells + 1]`."""
        low, high = self.bounds[0]
        return np.linspace(low, high, CELLS + 1)

    @property
    def p_method(self) -> str | None:
        """How p is known on the line: exactly, or by a kernel estimate from data that have no density."""
        return None if self.dim != 1 else "exact" if self.spec.distribution.has_density else "kde"

    @cached_property
    def p_masses(self) -> FloatArray:
        data = self.spec.distribution
        if data.has_density:
            return true_masses(data, self.edges)
        return kde_masses(data.sample(ESTIMATED, np.random.default_rng((*SEED, 3))), self.edges)

    @cached_property
    def _knots(self) -> tuple[FloatArray, FloatArray]:
        if self.spec.noise == "mixture":
            return mixture_knots(noise_centres(self.spec)[:, 0], MODE_STD)
        return noise_knots(self.spec.noise)

    @cached_property
    def _many_noise(self) -> Floats:
        return self._draw(np.random.default_rng((*SEED, self.spec.seed, 2)), ESTIMATED)


def _bounds(spec: GanSpec, first: NDArray[np.floating]) -> FloatArray:
    """What the stage shows `[dim, 2]`, fixed for the run so that the picture does not jump.

    The data, and where G begins as well (the central 90 % of its `first` samples `[n, dim]`) if that is elsewhere.
    """
    bounds = np.asarray(spec.distribution.bounds(), np.float64)
    low, middle, high = np.percentile(first.astype(np.float64), [5, 50, 95], axis=0)
    if ((middle < bounds[:, 0]) | (middle > bounds[:, 1])).any():
        bounds = np.stack([np.minimum(bounds[:, 0], low), np.maximum(bounds[:, 1], high)], axis=1)
        centre, half = bounds.mean(axis=1), np.diff(bounds, axis=1).max() / 2
        bounds = np.stack([centre - half, centre + half], axis=1)  # the same span per axis
    if spec.dim == 2:
        return bounds
    margin = MARGIN * (bounds[:, 1] - bounds[:, 0])
    return np.stack([bounds[:, 0] - margin, bounds[:, 1] + margin], axis=1)


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(expit(x), np.float64)
