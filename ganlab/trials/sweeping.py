"""A sweep without a page: all cells of a `SweepSpec` trained and measured, kept in a folder while they train."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab.distributions import DistributionError
from ganlab.experiments import files, jsonable
from ganlab.experiments.running import WORTH_COMPILING
from ganlab.gan.cost import operations
from ganlab.gan.threads import torch_threads
from ganlab.specs import SpecError
from ganlab.trials import store
from ganlab.trials.folder import READINGS, RESULT, SweepFolder
from ganlab.trials.metrics import METRICS, SAMPLES, summary
from ganlab.trials.record import Record
from ganlab.trials.spec import Cell, SweepSpec

if TYPE_CHECKING:
    from ganlab.trials.chunk import Library
    from ganlab.trials.trial import Trial

A_SECOND = 4e10  # operations of one core, about
WORTH_A_THREAD = 10.0  # seconds

Progress = Callable[[int, int], None]
"""Called with (iterations of single GANs done, in all)."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """A finished sweep; `print(sweep)` shows its first metric as a table, `table(name)` any.

    `record` has all readings; its cells are those of `spec.cells` that can be trained, in order. `gan_steps_per_second`
    counts iterations of single GANs.
    """

    spec: SweepSpec
    record: Record
    backend: str
    device: str
    gan_steps_per_second: float

    @property
    def trained(self) -> dict[int, int]:
        """Number of each cell of the spec that was trained, to its number in the record."""
        possible = [number for number, cell in enumerate(self.spec.cells) if cell.spec is not None]
        return {number: index for index, number in enumerate(possible)}

    def to_dict(self) -> dict[str, Any]:
        """The last moment as JSON values, without what does not apply; not finite numbers as strings."""
        spec = self.spec
        about = {
            "spec": spec.model_dump(mode="json"),
            "axes": [
                {"dial": axis.dial, "values": list(axis.labels), "scale": axis.scale} for axis in spec.axes
            ],
            "seeds": list(spec.chosen_seeds),
            "steps": spec.steps,
            "samples": SAMPLES,
            "device": self.device,
            "backend": self.backend,
            "gan_steps_per_second": round(self.gan_steps_per_second, 1),
            "perfect": self.record.perfect,
            "cells": [self._cell(number, cell) for number, cell in enumerate(spec.cells)],
        }
        cleaned: dict[str, Any] = jsonable(about)
        return cleaned

    def _cell(self, number: int, cell: Cell) -> dict[str, Any]:
        place = (cell.x, cell.y)
        about: dict[str, Any] = {
            axis.dial: axis.labels[index] for axis, index in zip(self.spec.axes, place, strict=False)
        }
        if cell.spec is None:
            return about | {"refused": [f"{field} = {value}: {text}" for field, value, text in cell.problems]}
        index = self.trained[number]
        last = self.record.readings[-1, index]
        found = {name: summary(last[:, METRICS.index(name)]) for name in self.metrics}
        means = {
            name: {"mean": float(s.mean), "error": float(s.error), "n": int(s.n)} for name, s in found.items()
        }
        each = [
            {"seed": seed, "diverged": bool(self.record.diverged[index, k] >= 0)}
            | {name: float(last[k, METRICS.index(name)]) for name in self.metrics}
            for k, seed in enumerate(self.spec.chosen_seeds)
        ]
        return about | {"metrics": means, "members": each}

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those that apply: without modes in the data there are none to cover."""
        modal = "modes" in self.record.perfect
        return (
            METRICS
            if modal
            else tuple(m for m in METRICS if m not in ("modes", "high_quality", "reverse_kl"))
        )

    def to_json(self) -> str:
        """One line of strict JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def to_csv(self) -> str:
        """Every reading of every GAN: the dials, seed, step, metrics (empty where there is none), diverged."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        dials = [axis.dial for axis in self.spec.axes]
        writer.writerow([*dials, "seed", "step", *self.metrics, "diverged"])
        for number, index in self.trained.items():
            cell = self.spec.cells[number]
            values = [axis.labels[i] for axis, i in zip(self.spec.axes, (cell.x, cell.y), strict=False)]
            for k, seed in enumerate(self.spec.chosen_seeds):
                for moment, step in enumerate(self.record.schedule):
                    row = self.record.readings[moment, index, k]
                    readings = [row[METRICS.index(name)] for name in self.metrics]
                    lost = 0 <= self.record.diverged[index, k] <= moment
                    shown = ["" if math.isnan(value) else f"{value:.7g}" for value in readings]
                    writer.writerow([*values, seed, step, *shown, int(lost)])
        return text.getvalue()

    def table(self, metric: str) -> str:
        """The map as text, y upward: mean ± standard error over seeds; `–` where all diverged, `·` where refused."""
        spec, axes = self.spec, self.spec.axes
        cells = [
            [self._text(j * spec.columns + i, metric) for i in range(spec.columns)] for j in range(spec.rows)
        ]
        sides = list(axes[1].labels) if len(axes) > 1 else [""]
        lines = [["", *axes[0].labels], *([side, *row] for side, row in zip(sides, cells, strict=True))]
        lines = [*reversed(lines[1:]), lines[0]]
        widths = [max(len(line[k]) for line in lines) for k in range(spec.columns + 1)]
        body = [
            "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in lines
        ]
        head = f"{metric}, {spec.seeds} seed{'s' * (spec.seeds > 1)}, step {spec.steps:,}"
        upward = f"{axes[1].dial} upward, " if len(axes) > 1 else ""
        return "\n".join([f"{head}; {upward}{axes[0].dial} across", *body])

    def _text(self, number: int, metric: str) -> str:
        if number not in self.trained:
            return "·"
        mean, error, n = summary(self.record.readings[-1, self.trained[number], :, METRICS.index(metric)])
        if n == 0:
            return "–"
        return f"{mean:.3g}" if math.isnan(error) else f"{mean:.3g}±{error:.2g}"

    def __str__(self) -> str:
        gan = self.spec.gan
        count = len(self.trained) * self.spec.seeds
        about = f"{gan.data}  {gan.objective}  {count} GANs, {self.spec.steps:,} steps each"
        where = f"{self.device}, {self.backend}, {self.gan_steps_per_second:,.0f} GAN steps/s"
        return f"{about}  {where}\n{self.table(self.metrics[0])}"

    def save(self, folder: Path) -> None:
        """Writes readings.csv and result.json."""
        files.replace(folder / READINGS, self.to_csv().encode())
        files.replace(
            folder / RESULT, (json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n").encode()
        )


# -- training ----------------------------------------------------------------------------------------------------


def sweep(
    spec: SweepSpec,
    *,
    device: str | None = None,
    backend: str | None = None,
    progress: Progress | None = None,
    out: str | Path | None = None,
    fresh: bool = False,
) -> Sweep:
    """Train every cell with every seed, and measure 2,500 samples of each at every moment.

    Steps that pay for it are compiled before the first iteration. `out` is a folder in which the sweep is kept while
    it trains: the same call goes on where it was cut off. A folder with another sweep is refused, unless `fresh`
    begins anew. Raises SpecError for anything that cannot be run.
    """
    with nullcontext() if out is None else SweepFolder(out, spec, fresh=fresh) as folder:
        threads = folder.threads if folder is not None and folder.threads else _threads(spec)
        with torch_threads(threads):
            trial = _trial(spec, folder, device, backend, threads)
            seconds = _trained(trial, folder, progress)
        found = Sweep(spec, trial.record, trial.backend, trial.device, trial.total / max(seconds, 1e-9))
        _keep(found)
        if folder is not None:
            with folder.writing():
                found.save(folder.path)
    return found


def _trial(
    spec: SweepSpec, folder: SweepFolder | None, device: str | None, backend: str | None, threads: int
) -> Trial:
    """The trial, where it was cut off or at its beginning, with the compiled steps that it goes on with."""
    from ganlab.trials.trial import Trial

    options: dict[str, Any] = {"device": device, "backend": "eager", "threads": threads}
    kept = folder.restored(options) if folder is not None else None
    if kept is not None:  # on what it ran before: only so it comes out the same
        _compile(kept, set(kept.compiled), must=True)
        return kept
    wanted = backend or spec.gan.backend
    cells = [cell.spec for cell in spec.cells if cell.spec is not None]
    trial = Trial(cells, spec.chosen_seeds, spec.steps, spec.moments, **options)
    if wanted != "eager":
        _compile(trial, _worth_compiling(trial, wanted), must=wanted == "compiled")
    return trial


def _worth_compiling(trial: Trial, wanted: str) -> set[Library]:
    """Steps that are not in the cache and pay for a compile; all of them where the spec insists."""
    from ganlab.gan import compiled

    trial.take_compiled()
    eager = trial.eager()
    if compiled.compiler() is None:
        if eager and wanted == "compiled":
            raise SpecError([("backend", wanted, "a C++ compiler is needed (install g++), or choose eager")])
        return set()
    return {library for library, left in eager.items() if wanted == "compiled" or left > WORTH_COMPILING}


def _compile(trial: Trial, libraries: set[Library], *, must: bool) -> None:
    """Into the cache, and from there into the trial; raises SpecError for one that must be and cannot."""
    from ganlab.gan import compiled

    for library in libraries:
        try:
            compiled.compile_now(*library)
        except RuntimeError as error:
            if must:
                raise SpecError([("backend", "compiled", str(error))]) from error
    trial.take_compiled(list(libraries))


def _trained(trial: Trial, folder: SweepFolder | None, progress: Progress | None) -> float:
    """Trains to the end; seconds that it took, with those before a kill."""
    before = folder.seconds if folder is not None else 0.0
    start = told = time.perf_counter()
    tell = progress or (lambda done, total: None)
    tell(trial.done, trial.total)
    try:
        for _ in trial:
            now = time.perf_counter()
            if folder is not None and folder.due:
                folder.checkpoint(trial, before + now - start)
            if now - told > 0.2:
                told = now
                tell(trial.done, trial.total)
    except KeyboardInterrupt:
        if folder is None:
            raise
        folder.checkpoint(trial, before + time.perf_counter() - start)
        raise KeyboardInterrupt("; the same command goes on") from None
    tell(trial.total, trial.total)
    seconds = before + time.perf_counter() - start
    if folder is not None:
        folder.checkpoint(trial, seconds)
    return seconds


def _threads(spec: SweepSpec) -> int:
    """Two for what takes long: threads wait for each other, and on a busy machine for everybody else."""
    work = (
        sum(operations(cell.spec) for cell in spec.cells if cell.spec is not None) * spec.seeds * spec.steps
    )
    return min(2, os.cpu_count() or 1) if work / A_SECOND > WORTH_A_THREAD else 1


def _keep(found: Sweep) -> None:
    """For the page: a link to this map shows it at once on this machine."""
    cells = [cell.spec for cell in found.spec.cells if cell.spec is not None]
    identity = store.identify(cells, found.spec.chosen_seeds, found.spec.steps, found.spec.moments)
    try:
        store.put(identity, found.record, found.backend)
    except (OSError, DistributionError) as error:
        print(f"ganlab: the map cannot be kept for its page: {error}", file=sys.stderr)
