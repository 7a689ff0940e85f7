"""What the calculator answers about the plane: the parts of the picture that were asked for, and the values."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from ganlab.distributions import Distribution
from ganlab.divergences import compare
from ganlab.divergences.mmd import median_bandwidth
from ganlab.divergences.pair import Pair, pair_of
from ganlab.divergences.results import LN2
from ganlab.live import plane_picture as picture
from ganlab.live import plane_slices as sliced
from ganlab.live.line_answer import bounds, described_value
from ganlab.live.questions import PlaneQuestion, described
from ganlab.specs import parsed

Tensors = dict[str, NDArray[Any]]
Info = dict[str, Any]

MEDIAN_OF = 300  # samples of each side for the median heuristic


class PlaneAnswer:
    """One question, answered part by part; what several parts need is computed once."""

    def __init__(self, question: PlaneQuestion) -> None:
        self.question = question
        self.p, self.q = parsed(question.p), parsed(question.q)
        self.sides: dict[str, Distribution] = {"p": self.p, "q": self.q}

    @cached_property
    def pair(self) -> Pair:
        return pair_of(self.p, self.q)

    def __call__(self) -> tuple[Tensors, Info]:
        """Tensors and info of the frame."""
        tensors: Tensors = {}
        info: Info = {
            "kind": "plane",
            "auto": picture.window_of(self.p, self.q),
            "components": {side: described(distribution) for side, distribution in self.sides.items()},
        }
        for name in self.question.parts:
            more, said = PARTS[name](self)
            tensors |= more
            info |= said
        return tensors, info

    # ------------------------------------------------------------ the picture

    def fields(self) -> tuple[Tensors, Info]:
        """The ground as bytes, and P and Q as bytes where their lines are drawn."""
        question = self.question
        raster = picture.Raster(question.window or picture.window_of(self.p, self.q), question.cells)
        logs = {side: raster.log_density(distribution) for side, distribution in self.sides.items()}
        ground, largest = self._ground(raster, logs)
        tensors = {"field": ground.reshape(raster.shape)}
        info: Info = {
            "window": raster.window,
            "ground": {"name": question.field, "largest": largest},
            "levels": {},
        }
        if question.contours:
            for side, log in logs.items():
                tensors[side] = picture.density_bytes(log)[0].reshape(raster.shape)
                info["levels"][side] = picture.held_levels(log)
        return tensors, info

    def _ground(self, raster: picture.Raster, logs: dict[str, picture.Array]) -> tuple[picture.Bytes, float]:
        name = self.question.field
        if name == "ratio":
            return picture.ratio_bytes(logs["p"], logs["q"]), 0.0
        if name == "witness":
            found = self.pair.witness(raster.points, self.question.kernel, self.question.bandwidth)
            return picture.signed_bytes(found)
        return picture.density_bytes(logs[name])

    def transport(self) -> tuple[Tensors, Info]:
        """Samples, joined one to one; beside their W2 that of P and Q themselves, where it is known."""
        lines, said = picture.transport(self.p, self.q, self.question.seed)
        return {"transport": lines}, {"transport": said | {"exact": self.pair.wasserstein(2).value}}

    def slices(self) -> tuple[Tensors, Info]:
        """P and Q along the direction, and W1, W2 over all of them."""
        angles = sliced.angles_for(self.p, self.q)
        w1, w2 = sliced.distances(*(sliced.project(d, angles) for d in self.sides.values()))
        here = [sliced.project(d, (self.question.theta,)) for d in self.sides.values()]
        s = self._along()
        tensors = {"slice_s": s, "directions": np.array(angles), "w1": w1, "w2": w2}
        for side, found in zip(self.sides, here, strict=True):
            tensors[f"slice_{side}"] = found.density(s)
        exact = all(found.exact for found in here)
        said = {
            "theta": self.question.theta,
            "sliced": float(np.sqrt(np.mean(np.square(w2[:-1])))),
            "exact": exact,
        } | self._distances_here(here, exact)
        return {name: array.astype(np.float32) for name, array in tensors.items()}, {"slices": said}

    def _distances_here(self, here: list[sliced.Projected], exact: bool) -> Info:
        if exact:
            along = pair_of(here[0].normals(), here[1].normals())
            return {f"w{order}": along.wasserstein(order).value for order in (1, 2)}
        w1, w2 = sliced.distances(here[0], here[1])
        return {"w1": float(w1[0]), "w2": float(w2[0])}

    def _along(self) -> picture.Array:
        """Even places along the direction that cover the window."""
        left, right, bottom, top = self.question.window or picture.window_of(self.p, self.q)
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
        witness = self.pair.witness([place], self.question.kernel, self.question.bandwidth)
        found = {
            "place": place,
            "p": float(np.exp(log_p)),
            "q": float(np.exp(log_q)),
            "log_ratio": ratio / (LN2 if self.question.units == "bits" else 1.0),
            "dstar": float(scipy.special.expit(ratio)),
            "witness": float(witness[0]),
        }
        return {}, {"point": found}

    def values(self) -> tuple[Tensors, Info]:
        """The rows of the table, the bounds between them, and what a GAN could reach."""
        begun = perf_counter()
        question = self.question
        names = tuple(dict.fromkeys([*question.show, "js"]))
        found = compare(
            self.p, self.q, names, alpha=question.alpha, kernel=question.kernel, bandwidth=question.bandwidth
        )
        said = {
            "values": [described_value(found[name], question.units) for name in question.show],
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
