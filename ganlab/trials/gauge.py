"""Readings of the samples of many GANs at once: what `ganlab.evaluation` says of one, with a leading member axis.

Symbols: E members, n samples of each, d the dimension of the data, K modes, k directions.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy
import torch
from numpy.typing import NDArray

from ganlab.divergences import directions
from ganlab.evaluation import baseline
from ganlab.evaluation.coverage import SIGMAS
from ganlab.trials.metrics import METRICS, SAMPLED, SAMPLES

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.distributions import Distribution

Array = NDArray[np.float32]

SLICES = 16  # directions of SW2
AT_ONCE = 64  # members
REPEATS = 8  # samples of the truth behind what a perfect sampler scores
MARGIN = 0.1  # of the width of what is worth looking at, on both sides of a picture
LEVELS = (0.05, 0.95)  # between them is the width of a sample


class Gauge:
    """Measures samples against one distribution; the same samples have the same readings, whoever asks."""

    def __init__(self, truth: Distribution, device: torch.device | None = None) -> None:
        self.truth = truth
        self.device = device or torch.device("cpu")
        self.modes = truth.modes()
        rng = np.random.default_rng(
            0
        )  # the measure is the same for every trial, so that trials can be compared
        self._reference = truth.sample(SAMPLES, rng)
        # Along the axes for the width, along the others for the distance.
        slanted = directions(SLICES, truth.dim, rng) if truth.dim > 1 else np.ones((1, 1))
        self._lines = self._tensor(np.concatenate([np.eye(truth.dim), slanted]))
        if self.modes is not None:
            self._centres = self._tensor(self.modes.centres, torch.float64)
            self._radii = SIGMAS * self._tensor(self.modes.spreads, torch.float64)
            self._weights = np.asarray(self.modes.weights, np.float64) / np.sum(self.modes.weights)
        sorted_truth = self._projected(self._tensor(self._reference)[None])
        self._truth_width = self._width(sorted_truth)
        self._target = sorted_truth[:, truth.dim :] if truth.dim > 1 else self._quantiles()

    def measure(self, samples: Array) -> Array:
        """Readings `[E, len(SAMPLED)]` of samples `[E, 2500, d]`; NaN for a member with any that is not finite."""
        found = [self._measure(part) for part in np.array_split(samples, -(-len(samples) // AT_ONCE))]
        return np.concatenate(found)

    def _measure(self, samples: Array) -> Array:
        x = self._tensor(samples)
        finite = torch.isfinite(x).all(2).all(1)
        x = torch.where(finite[:, None, None], x, 0.0)
        ranked = self._projected(x)
        columns = {"distance": self._distance(ranked), "spread": self._width(ranked) / self._truth_width}
        if self.modes is not None:
            columns |= self._coverage(self.counts(x))
        readings = np.full((len(x), len(SAMPLED)), np.nan, np.float32)
        for name, column in columns.items():
            readings[:, SAMPLED.index(name)] = column
        readings[~finite.cpu().numpy()] = np.nan
        return readings

    # -- modes ---------------------------------------------------------------------------------------------------

    def counts(self, x: Tensor) -> NDArray[np.int64]:
        """High-quality samples at each mode `[E, K]`, of `x [E, n, d]`; see `ganlab.evaluation.coverage`."""
        at, (members, k) = x.double(), (len(x), len(self._centres))
        scores = at @ (2 * self._centres.T) - self._centres.square().sum(1)  # −‖x − c‖² + ‖x‖²
        nearest = scores.argmax(2)
        good = torch.linalg.vector_norm(at - self._centres[nearest], dim=2) <= self._radii[nearest]
        place = nearest + k * torch.arange(members, device=x.device)[:, None]
        return torch.bincount(place[good], minlength=members * k).view(members, k).cpu().numpy()

    def _coverage(self, counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        total = counts.sum(1, keepdims=True)
        kl = scipy.special.rel_entr(counts / np.maximum(total, 1), self._weights).sum(1)
        return {
            "modes": (counts > 0).sum(1).astype(np.float64),
            "high_quality": total[:, 0] / SAMPLES,
            "reverse_kl": np.where(total[:, 0] > 0, np.maximum(kl, 0.0), np.inf),
        }

    # -- distances -----------------------------------------------------------------------------------------------

    def _projected(self, x: Tensor) -> Tensor:
        """Sorted projections `[E, lines, n]` of `x [E, n, d]`."""
        along = torch.einsum("end,kd->ekn", x, self._lines)
        if x.device.type == "cpu":  # numpy sorts float32 thirty times as fast as torch does there
            return torch.from_numpy(np.sort(along.numpy(), 2))
        return along.sort(2).values

    def _distance(self, ranked: Tensor) -> NDArray[np.float32]:
        """SW2 to the reference sample, W1 to the quantiles on the line (`ganlab.divergences.transport`)."""
        gap = ranked[:, self.truth.dim :] - self._target
        found = gap.square().mean((1, 2)).sqrt() if self.truth.dim > 1 else gap.abs().mean((1, 2))
        return found.cpu().numpy()

    def _quantiles(self) -> Tensor:
        """Those of the truth at the levels (i − ½)/n `[1, 1, n]`."""
        levels = (np.arange(SAMPLES) + 0.5) / SAMPLES
        return self._tensor(self.truth.quantile(levels))[None, None]

    def _width(self, ranked: Tensor) -> NDArray[np.float32]:
        """Root mean square over axes of the range from 5 % to 95 % `[E]`."""
        ends = [_quantile(ranked[:, : self.truth.dim], level) for level in LEVELS]
        return (ends[1] - ends[0]).square().mean(1).sqrt().cpu().numpy()

    # -- beside the readings -------------------------------------------------------------------------------------

    @cached_property
    def perfect(self) -> dict[str, float]:
        """What a perfect sampler scores on average, by metric; those that apply."""
        rng = np.random.default_rng(1)
        draws = np.stack([self.truth.sample(SAMPLES, rng) for _ in range(REPEATS)]).astype(np.float32)
        mean = self.measure(draws).mean(0)
        values = {name: float(mean[SAMPLED.index(name)]) for name in ("distance", "spread")}
        ideal = baseline(self.truth, SAMPLES, rng)
        if ideal is not None:
            values |= {"modes": ideal.covered, "high_quality": ideal.high_quality}
            values["reverse_kl"] = ideal.reverse_kl
        return {name: values[name] for name in METRICS if name in values}

    @cached_property
    def frame(self) -> NDArray[np.float64]:
        """What a picture of the samples shows: low and high `[d, 2]`."""
        bounds = np.asarray(self.truth.bounds(), np.float64)
        margin = MARGIN * (bounds[:, 1] - bounds[:, 0])
        return np.stack([bounds[:, 0] - margin, bounds[:, 1] + margin], 1)

    def drawn(self, samples: Array) -> NDArray[np.uint8]:
        """Points `[E, n, d]` in 256 steps over the frame, those outside on its edge; not finite ones are 0."""
        low, high = self.frame.T
        with np.errstate(invalid="ignore", over="ignore"):
            steps = np.clip((samples - low) / (high - low), 0.0, 1.0) * 255
        return np.nan_to_num(steps).round().astype(np.uint8)

    def _tensor(self, values: object, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.as_tensor(np.asarray(values), dtype=dtype, device=self.device)


def _quantile(ranked: Tensor, level: float) -> Tensor:
    """The quantile between the sorted values `[..., n]` as numpy's default has it."""
    place = level * (ranked.shape[-1] - 1)
    low = int(place)
    return ranked[..., low] + (place - low) * (ranked[..., low + 1] - ranked[..., low])
