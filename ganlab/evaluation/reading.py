"""The summary of a run's history that the diagnosis judges: medians, trends and swings over a recent
window.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.evaluation.monitor import Metrics

Array = NDArray[np.float64]

# --- the window
WINDOW_SHARE = 1 / 3  # of the run so far: old behaviour is forgotten in proportion to age
WINDOW_STEPS = 10_000  # at most: a late collapse shows within a few seconds at full speed
WINDOW_ROWS = 12  # at least: fewer give no median of two halves
SWING_SHARE = 1 / 2  # of the run, for swings, which take longer to show than a level
SWING_STEPS = 100_000  # at most: slow circles take ten seconds at full speed to close twice
SWING_ROWS = 24  # without these, four changes of side are noise

# --- swings
SWING_OF_MEDIAN = 0.5  # 10-90 % range over median: swings that are as large as half of the distance itself
SWING_OF_FLOOR = 2.0  # 10-90 % range over noise floor: far more than sampling gives
SMOOTH = 10.0  # rows on one side, on average: V comes from single batches, whose noise changes sides at once
LASTING = 0.25  # of the widest swing of V so far: a circle that is damped to less is no longer one
TWO_MODES = 2.0  # least 10-90 % range of a mode count that swings,
QUARTER = 0.25  # or this share of all modes, where that is more

IMPROVING = 0.9  # the later half of the window is at least a tenth closer to the data than the earlier


@dataclass(frozen=True)
class Reading:
    """What the rules see. Medians over the window unless said; NaN where there is nothing to read.

    `accuracy` is D's on real and generated, averaged (0.5: it cannot tell). `gradient` is G's norm over the
    largest norm of the run. `distance` and `distance_before` are in noise floors, of the whole
    window and of its earlier half; `distance_after` of its later half. `swings` counts changes of side of
    distance, mode count or value. `quality` is the share of high-quality samples (or the lesser of precision and
    recall) over a perfect sampler's, `precision` and `recall` likewise.
    """

    finite: bool
    step: float
    rows: int
    loss: float
    accuracy: float
    gradient: float
    distance: float
    distance_before: float
    distance_after: float
    js: float
    swings: int
    modes: float
    modes_range: float
    modes_total: float
    modes_perfect: float
    quality: float
    precision: float
    recall: float
    spread: float

    @property
    def improving(self) -> bool:
        """Whether the distance is falling by a tenth or more within the window."""
        return self.distance_after <= IMPROVING * self.distance_before


def read(history: Mapping[str, ArrayLike], metrics: Metrics | None, finite: bool) -> Reading:
    """Sum up the window of a history for the rules."""
    columns = _columns(history)
    step = columns["step"]
    window = _window(step, WINDOW_SHARE, WINDOW_ROWS)
    recent = {name: values[window] for name, values in columns.items()}
    floor = _median(recent["distance_floor"])
    floors = recent["distance"] / floor if floor > 0.0 else np.full_like(recent["distance"], np.nan)
    half = len(floors) // 2
    losses = np.abs(np.concatenate([recent["loss_d"], recent["loss_g"]]))
    now = _Now.of(metrics)
    return Reading(
        finite=bool(finite) and not np.isinf(losses).any(),
        step=float(step[-1]) if len(step) else 0.0,
        rows=int(np.isfinite(columns["distance"]).sum()),
        loss=_largest(np.array([_median(np.abs(recent[name])) for name in ("loss_d", "loss_g")])),
        accuracy=(_median(recent["accuracy_real"]) + _median(recent["accuracy_fake"])) / 2.0,
        gradient=_ratio(_median(recent["grad_g"]), _largest(columns["grad_g"])),
        distance=_median(floors),
        distance_before=_median(floors[:half]),
        distance_after=_median(floors[half:]),
        js=_median(recent["js"]),
        swings=_swings_of(columns, floor, now.modes_total),
        modes=_median(recent["modes"]),
        modes_range=_range(recent["modes"]),
        modes_total=now.modes_total,
        modes_perfect=now.modes_perfect,
        quality=_ratio(_median(recent["high_quality"]), now.high_quality_perfect)
        if now.modes_total > 0
        else min(now.precision, now.recall),
        precision=now.precision,
        recall=now.recall,
        spread=now.spread if np.isnan(recent["spread"]).all() else _median(recent["spread"]),
    )


def _swings_of(columns: Mapping[str, Array], floor: float, modes_total: float) -> int:
    """Changes of side of the distance, of the mode count or of V(D, G), whichever has most; 0 while the distance's
    peaks get lower.
    """
    window = _window(columns["step"], SWING_SHARE, SWING_ROWS, SWING_STEPS)
    distance, modes = columns["distance"][window], columns["modes"][window]
    half = len(distance) // 2
    falling = _peak(distance[half:]) <= IMPROVING * _peak(distance[:half])
    if len(distance) < SWING_ROWS or falling:
        return 0
    value = columns["value"][window]
    ever = columns["value"][np.isfinite(columns["value"])]
    turns = _swings(value, LASTING * float(np.ptp(ever))) if len(ever) else 0
    return max(
        _swings(distance, SWING_OF_FLOOR * floor),
        _swings(modes, max(TWO_MODES, QUARTER * modes_total)),
        turns if turns * SMOOTH <= np.isfinite(value).sum() else 0,
    )


HISTORY = (
    "step",
    "loss_d",
    "loss_g",
    "value",
    "grad_g",
    "accuracy_real",
    "accuracy_fake",
    "modes",
    "high_quality",
    "distance",
    "distance_floor",
    "js",
    "spread",
)


def _columns(history: Mapping[str, ArrayLike]) -> dict[str, Array]:
    step = np.asarray(history["step"], dtype=np.float64)
    columns = {}
    for name in HISTORY:
        column = np.asarray(history.get(name, np.full(step.shape, np.nan)), dtype=np.float64)
        if column.ndim != 1 or column.shape != step.shape:
            raise ValueError(
                f"history[{name!r}]: shape should be {step.shape}, as step. Received {column.shape}."
            )
        columns[name] = column
    return columns


def _window(step: Array, share: float, rows: int, steps: int = WINDOW_STEPS) -> slice:
    """The last `share` of the run, at most so many iterations and at least so many rows."""
    if len(step) == 0:
        return slice(0, 0)
    span = min(share * step[-1], steps)
    first = int(np.searchsorted(step, step[-1] - span, side="left"))
    return slice(max(0, min(first, len(step) - rows)), len(step))


# --- small statistics that pass over missing values


def _median(values: Array) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else math.nan


def _peak(values: Array) -> float:
    """The 90 % quantile."""
    values = values[np.isfinite(values)]
    return float(np.percentile(values, 90.0)) if len(values) else math.nan


def _range(values: Array) -> float:
    """From the 10 % to the 90 % quantile."""
    values = values[np.isfinite(values)]
    return float(np.subtract(*np.percentile(values, [90.0, 10.0]))) if len(values) else math.nan


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else math.nan


def _largest(values: Array) -> float:
    values = values[np.isfinite(values)]
    return float(values.max()) if len(values) else math.nan


def _swings(values: Array, least: float) -> int:
    """How often a series changes sides, if its 10-90 % range is at least `least` and half of its median.

    A side is more than a quarter of the range away from the middle. Medians of three take single spikes out.
    """
    values = values[np.isfinite(values)]
    if len(values) < 3:
        return 0
    values = np.median(np.lib.stride_tricks.sliding_window_view(values, 3), axis=1)
    low, high = np.percentile(values, [10.0, 90.0])
    if not (high - low >= least and high - low >= SWING_OF_MEDIAN * abs(np.median(values))):
        return 0
    offset = values - (low + high) / 2.0
    side = np.where(np.abs(offset) > (high - low) / 4.0, np.sign(offset), 0.0)
    side = side[side != 0.0]
    return int(np.count_nonzero(np.diff(side)))


@dataclass(frozen=True)
class _Now:
    """The latest metrics as numbers, NaN where they do not apply."""

    spread: float = math.nan
    modes_total: float = math.nan
    modes_perfect: float = math.nan
    high_quality_perfect: float = math.nan
    precision: float = math.nan
    recall: float = math.nan

    @classmethod
    def of(cls, metrics: Metrics | None) -> _Now:
        if metrics is None:
            return cls()

        def number(value: float | None) -> float:
            return math.nan if value is None else float(value)

        return cls(
            spread=metrics.spread,
            modes_total=number(metrics.modes_total),
            modes_perfect=number(metrics.modes_perfect),
            high_quality_perfect=number(metrics.high_quality_perfect),
            precision=_ratio(number(metrics.precision), number(metrics.precision_perfect)),
            recall=_ratio(number(metrics.recall), number(metrics.recall_perfect)),
        )
