"""What is told of a comparison: its history, the info of each run, and the rows of one that joined late."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ganlab.live.history import COLUMNS, History
from ganlab.live.run import READINGS

if TYPE_CHECKING:
    from ganlab.live.compare_lane import Lane
    from ganlab.live.compare_run import CompareRun

WIDTH = len(COLUMNS) - 1  # columns of each run: the step is common to all


def _place(k: int) -> slice:
    return slice(1 + WIDTH * k, 1 + WIDTH * (k + 1))


def columns_of(history: History, k: int, last: int) -> dict[str, NDArray[np.float32]]:
    """The course of one run up to a step, by the names that a run alone has."""
    rows = history.rows
    rows = rows[rows[:, 0] <= last]
    names = [name.rpartition(".")[0] for name in history.columns[_place(k)]]
    return {"step": rows[:, 0], **dict(zip(names, rows[:, _place(k)].T, strict=True))}


def moved_columns(history: History, origins: Sequence[int | None]) -> None:
    """Run k is now the one that was run `origins[k]`; None is a new one, which has no course yet."""
    rows = history.rows
    before = rows.copy()
    rows[:, 1:] = np.nan
    for k, origin in enumerate(origins):
        if origin is not None:
            rows[:, _place(k)] = before[:, _place(origin)]


def catch_up(run: CompareRun, budget: float) -> None:
    """Trains the first of those that are behind for about `budget` seconds, and notes its course as it passes."""
    lane, until = run.behind[0], time.thread_time() + budget
    k = run.lanes.index(lane)
    stops = np.union1d(np.array(run.moments.steps), run.history.rows[:, 0].astype(np.int64))
    while lane.alive and lane.step < run.step and time.thread_time() < until:
        after = stops[np.searchsorted(stops, lane.step, side="right") :]
        stop = min(int(after[0]), run.step) if len(after) else run.step
        lane.go(min(stop - lane.step, max(1, int(budget / max(lane.seconds, 1e-6)))))
        if lane.alive:
            _pass(run, lane, k)


def _pass(run: CompareRun, lane: Lane, k: int) -> None:
    """The run is where the others have been: keep what they have kept, note what they have noted."""
    if lane.step in run.moments:
        lane.keep()
    rows = run.history.rows
    place = int(np.searchsorted(rows[:, 0], lane.step))
    if place == len(rows) or rows[place, 0] != lane.step:
        return
    read = any(
        np.isfinite(rows[place, run.history.columns.index(f"distance.{j}")]) for j in range(len(run.lanes))
    )
    for name, value in lane.row(read and lane.measure()).items():
        rows[place, run.history.columns.index(f"{name}.{k}")] = value


def lane_info(run: CompareRun, k: int) -> dict[str, Any]:
    """What a frame says of one run. `seconds` is processor time for a step, `arm` its text (empty for the base)."""
    lane = run.lanes[k]
    training, info = lane.training, lane.info
    late = lane in run.behind
    return {
        "arm": "" if k == 0 else run.spec.arm_texts[k - 1],
        "state": "diverged" if not lane.alive else "catching_up" if late else run.state,
        "step": lane.step,
        "backend": training.backend,
        "device": training.device.type,
        "compiling": lane.compiling,
        "q_method": lane.view.q_method,
        "metrics": {} if late else lane.measuring.readings(),
        "diagnosis": None if late else lane.diagnosis,
        "notice": lane.notice if lane.alive else "diverged",
        "seconds": lane.seconds,
        **({} if info is None else {name: float(getattr(info, name)[0]) for name in READINGS}),
    }
