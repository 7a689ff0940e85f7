"""What the calculator answers about the plane: the parts of the picture that were asked for, and the values."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from time import perf_counter

import numpy as np
import scipy

from ganlab.distributions import Distribution
from ganlab.distributions.base import FloatArray
from ganlab.divergences import projections
from ganlab.divergences.mmd import median_bandwidth
from ganlab.divergences.plane import PlanePair
from ganlab.divergences.results import LN2
from ganlab.live import plane_picture as picture
from ganlab.live import plane_slices as sliced
from ganlab.live.frames import Info, Tensors
from ganlab.live.questions import PlaneQuestion, described
from ganlab.live.values import bounds, described_value, evaluated, options_of
from ganlab.specs import parsed

CLOSED = frozenset({"gaussian", "linear", "polynomial"})
"""Kernels whose witness of Gaussian mixtures is a closed form; the others take 5 to 70 µs a point."""

FINE = 128  # cells that a picture at rest has at least
COARSER, MOST_COARSE = 3, 48
MEDIAN_OF = 300  # samples of each side for the median heuristic


class PlaneAnswer:
    """One question, answered part by part; what several parts need is computed once."""

    def __init__(self, question: PlaneQuestion) -> None:
        self.question = question
        self.p, self.q = parsed(question.p), parsed(question.q)
        self.sides: dict[str, Distribution] = {"p": self.p, "q": self.q}

    @cached_property
    def pair(self) -> PlanePair:
        return PlanePair(self.p, self.q)

    def __call__(self) -> tuple[Tensors, Info]:
        """Tensors and info of the frame."""
        tensors: Tensors = {}
        info: Info = {
            "kind": "plane",
            "auto": self.auto,
            "components": {side: described(distribution) for side, distribution in self.sides.items()},
        }
        for name in self.question.parts:
            more, said = PARTS[name](self)
            tensors |= more
            info |= said
        return tensors, info

    # ------------------------------------------------------------ the picture

    @cached_property
    def auto(self) -> picture.Window:
        """The window that fits."""
        return picture.window_of(self.p, self.q)

    @property
    def window(self) -> picture.Window:
        """What is on screen, or what fits."""
        return self.question.window or self.auto

    @cached_property
    def raster(self) -> picture.Raster:
        return picture.Raster(self.window, self.question.cells)

    @cached_property
    def logs(self) -> dict[str, FloatArray]:
        """Both log-densities in the cells."""
        return {side: self.raster.log_density(distribution) for side, distribution in self.sides.items()}

    def fields(self) -> tuple[Tensors, Info]:
        """The ground as bytes, and P and Q as bytes where their lines are drawn."""
        question = self.question
        tensors: Tensors = {}
        levels = {}
        if question.contours:
            for side, log in self.logs.items():
                tensors[side] = picture.density_bytes(log)[0].reshape(self.raster.shape)
                levels[side] = picture.held_levels(log)
        tensors["field"], largest = self._witness() if question.field == "witness" else self._ground()
        ground = {"name": question.field, "largest": largest}
        return tensors, {"window": self.window, "ground": ground, "levels": levels}

    def _ground(self) -> tuple[picture.Bytes, float]:
        """log p/q or a density, and its largest value where there is one to say."""
        if self.question.field == "ratio":
            return picture.ratio_bytes(self.logs["p"], self.logs["q"]).reshape(self.raster.shape), 0.0
        found, peak = picture.density_bytes(self.logs[self.question.field])
        return found.reshape(self.raster.shape), peak

    def _witness(self) -> tuple[picture.Bytes, float]:
        """The witness and the largest |w|, on a coarser grid where no closed form gives it at once: it is smooth."""
        question = self.question
        mixtures = all(d.gaussian_mixture() is not None for d in self.sides.values())
        at_once = mixtures and question.kernel in CLOSED
        cells = question.cells * 2 // 3 if at_once else min(question.cells // COARSER, MOST_COARSE)
        raster = picture.Raster(self.window, max(cells, 16))
        found, largest = picture.signed_bytes(self._seen(raster.points))
        return found.reshape(raster.shape), largest

    def _seen(self, points: FloatArray) -> FloatArray:
        """The witness at points [n, 2] -> [n]."""
        return self.pair.witness(points, self.question.kernel, self.question.bandwidth)

    def transport(self) -> tuple[Tensors, Info]:
        """Samples, joined one to one; beside their W2 that of P and Q themselves, where it is known."""
        lines, said = picture.transport(self.p, self.q, self.question.seed)
        return {"transport": lines}, {"transport": said | {"exact": self.pair.wasserstein(2).value}}

    def slices(self) -> tuple[Tensors, Info]:
        """P and Q along the direction, and W1, W2 over all of them."""
        angles = sliced.angles_for(self.p, self.q, self.question.cells < FINE)
        every = [sliced.project(d, angles) for d in self.sides.values()]
        here = [sliced.project(d, (self.question.theta,)) for d in self.sides.values()]
        w1, w2 = sliced.distances(*every)
        s = self._along()
        tensors = {"slice_s": s, "directions": np.array(angles), "w1": w1, "w2": w2}
        for side, found in zip(self.sides, here, strict=True):
            tensors[f"slice_{side}"] = found.density(s)
        said = {"theta": self.question.theta, "sliced": float(np.sqrt(np.mean(np.square(w2[:-1]))))}
        said |= {"closed": sliced.both_normal(*every), "exact": all(found.exact for found in here)}
        return {name: array.astype(np.float32) for name, array in tensors.items()}, {
            "slices": said | self._distances_here(here)
        }

    def _distances_here(self, here: list[sliced.Projected]) -> Info:
        """W1 and W2 along the direction: between mixtures of normals those of the core, else as on the curve."""
        mixtures, angle = self.pair.mixtures, np.radians([self.question.theta])
        if mixtures is None or sliced.both_normal(*here):
            w1, w2 = sliced.distances(*here)
        else:
            w1, w2 = (projections.slices(*mixtures, order, angle).distances for order in (1, 2))
        return {"w1": float(w1[0]), "w2": float(w2[0])}

    def _along(self) -> FloatArray:
        """Even places along the direction that cover the window."""
        left, right, bottom, top = self.window
        way = sliced.units((self.question.theta,))[0]
        middle = float(way @ [(left + right) / 2, (bottom + top) / 2])
        reach = float(np.abs(way) @ [(right - left) / 2, (top - bottom) / 2])
        return np.linspace(middle - reach, middle + reach, sliced.DRAWN_AT)

    # ------------------------------------------------------------ numbers

    def point(self) -> tuple[Tensors, Info]:
        """What stands under the pointer."""
        place = self.question.x, self.question.y
        log_p, log_q = (float(d.logpdf(place)[0]) for d in self.sides.values())
        nowhere = log_p == log_q == -np.inf
        ratio = float("nan") if nowhere else log_p - log_q
        found = {
            "place": place,
            "p": float(np.exp(log_p)),
            "q": float(np.exp(log_q)),
            "log_ratio": ratio / (LN2 if self.question.units == "bits" else 1.0),
            "dstar": float(scipy.special.expit(ratio)),
            "witness": float(self._seen(np.array([place]))[0]),
        }
        return {}, {"point": found}

    def values(self) -> tuple[Tensors, Info]:
        """The rows of the table, the bounds between them, and what a GAN could reach."""
        begun = perf_counter()
        question = self.question
        shown = [name for name in question.show if name not in question.skip]
        names = shown if "js" in question.skip else [*shown, "js"]
        found = evaluated(self.pair, names, options_of(question))
        said = {
            "values": [described_value(found[name], question.units) for name in shown],
            "bounds": bounds(found, question),
            "optimal_value": found.optimal_value,
            "median": self._median(),
        }
        return {}, said | {"seconds": perf_counter() - begun}

    def _median(self) -> float:
        """The median heuristic, from fixed samples of both."""
        x, y = (d.sample(MEDIAN_OF, np.random.default_rng(k)) for k, d in enumerate(self.sides.values()))
        return median_bandwidth(x, 2 * MEDIAN_OF, y)


PARTS: dict[str, Callable[[PlaneAnswer], tuple[Tensors, Info]]] = {
    "fields": PlaneAnswer.fields,
    "slices": PlaneAnswer.slices,
    "transport": PlaneAnswer.transport,
    "values": PlaneAnswer.values,
    "point": PlaneAnswer.point,
}


def plane(question: PlaneQuestion) -> tuple[Tensors, Info]:
    """The frame that answers a question about the plane."""
    return PlaneAnswer(question)()
