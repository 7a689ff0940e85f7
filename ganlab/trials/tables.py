"""Tables of protocols: ten seeds of every cell in one ensemble, and what came out beside what was published.

Each cell is a run in a folder of its own (`ganlab.experiments`), so that a table goes on where it was cut off, and a
cell that is finished is read, wherever it was trained. Training imports torch; the rest does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganlab.evaluation.comparing import Estimate, estimate, scales
from ganlab.experiments import MAX_STEPS, SAMPLES, Asked, finished, jsonable, train
from ganlab.experiments.files import replace
from ganlab.specs import SpecError
from ganlab.trials.protocols import MEASURE, SEEDS, Cell, Protocol
from ganlab.trials.published import Published, Reading, band

METRICS: Mapping[str, str] = {
    "modes": "modes_covered",
    "high_quality": "high_quality",
    "reverse_kl": "reverse_kl",
}
"""Columns of a table, and what they are called in a result."""

MAX_SEEDS = 100
JSON_FILE, MARKDOWN_FILE = "table.json", "table.md"

Progress = Callable[[Cell, int, int], None]
"""Called with a cell, its steps done and its steps in all."""


@dataclass(frozen=True)
class Measured:
    """One cell: its result, as `ganlab.experiments.Result.to_dict` has it, and means over seeds by metric."""

    cell: Cell
    result: Mapping[str, Any]
    estimates: Mapping[str, Estimate]

    @classmethod
    def of(cls, cell: Cell, result: Mapping[str, Any]) -> Measured:
        """From a result of a cell."""
        members = result["members"]
        modes = cell.spec.distribution.modes()
        assert modes is not None, "protocols have data with modes"
        lost = np.array([bool(member["diverged"]) for member in members])
        scale = scales(modes, int(result["samples"]))
        columns = {name: [float(m[key]) for m in members] for name, key in METRICS.items()}
        return cls(cell, result, {name: estimate(columns[name], scale[name], lost) for name in METRICS})

    @property
    def perfect(self) -> dict[str, float]:
        """What a perfect sampler scores, by metric."""
        return {name: float(self.result["baseline"][key]) for name, key in METRICS.items()}

    @property
    def bands(self) -> dict[str, tuple[float, float] | None]:
        """From the lowest to the highest that is published, by metric."""
        return {name: band(self.cell.published, name) for name in METRICS}

    def inside(self, name: str) -> bool | None:
        """Whether our mean ± standard error meets the band; None without one."""
        ends, ours = self.bands[name], self.estimates[name]
        if ends is None:
            return None
        error = float(np.nan_to_num(ours.error))
        return ours.mean + error >= ends[0] and ours.mean - error <= ends[1]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; high quality is a share."""
        own = ("spec", "steps", "device", "backend", "steps_per_second", "members")
        ours = {
            name: {"mean": e.mean, "error": e.error, "low": e.low, "high": e.high}
            for name, e in self.estimates.items()
        }
        return {
            "name": self.cell.name,
            "label": self.cell.label,
            **{name: self.result[name] for name in own},
            "ours": jsonable(ours),
            "diverged": self.estimates["modes"].diverged,
            "published": [_published(row) for row in self.cell.published],
            "band": self.bands,
            "perfect": self.perfect,
        }


def _published(row: Published) -> dict[str, Any]:
    readings = {name: getattr(row, name) for name in METRICS}
    return {"table": row.table, "method": row.method} | {
        name: None if reading is None else {"mean": reading.mean, "error": reading.error}
        for name, reading in readings.items()
    }


@dataclass(frozen=True)
class Table:
    """Cells of a protocol, trained for so many steps with so many seeds."""

    protocol: Protocol
    steps: int
    seeds: int
    cells: tuple[Measured, ...]

    @property
    def full(self) -> bool:
        """Whether it is what was published, to the last step and seed."""
        return (self.steps, self.seeds) == (self.protocol.steps, SEEDS)

    @property
    def label(self) -> str:
        """How it relates to what was published; in every form of the table."""
        whole = self.protocol.steps
        if self.full:
            return f"FULL: {whole:,} steps and {SEEDS} seeds, as published."
        found = []
        if self.steps != whole:
            kind = "FAST: " if self.steps == self.protocol.fast_steps else ""
            found.append(f"{kind}{self.steps:,} steps instead of {whole:,}")
        if self.seeds != SEEDS:
            found.append(f"{self.seeds} seeds instead of {SEEDS}")
        return f"{', '.join(found)}; all else is as in the full table, with whose numbers these cannot be compared."

    def inside(self, cell: Measured) -> dict[str, bool | None]:
        """Whether a cell meets the published bands, by metric; None where there is none, or this table is not full."""
        return {name: cell.inside(name) if self.full else None for name in METRICS}

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know when reading it."""
        return (self.protocol.claim, MEASURE, *self.protocol.differs)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "table": self.protocol.name,
            "title": self.protocol.title,
            "source": self.protocol.source,
            "label": self.label,
            "full": self.full,
            "fast": self.steps == self.protocol.fast_steps,
            "steps": self.steps,
            "published_steps": self.protocol.steps,
            "seeds": self.seeds,
            "samples": SAMPLES,
            "claim": self.protocol.claim,
            "measure": MEASURE,
            "differs": list(self.protocol.differs),
            "cells": [cell.to_dict() | {"inside": self.inside(cell)} for cell in self.cells],
        }


# -- making one ----------------------------------------------------------------------------------------------------


def chosen(protocol: Protocol, names: Sequence[str] | None) -> tuple[Cell, ...]:
    """The cells with these names, all without any, in the order of the protocol; raises SpecError."""
    every = {cell.name: cell for cell in protocol.cells}
    strange = [name for name in names or () if name not in every]
    if strange:
        raise SpecError([("cell", name, f"choose one of {', '.join(every)}") for name in strange])
    return tuple(cell for name, cell in every.items() if not names or name in names)


def checked(steps: int, seeds: int) -> None:
    """Raises SpecError for what is no number of steps, or of seeds."""
    for name, value, most in (("steps", steps, MAX_STEPS), ("seeds", seeds, MAX_SEEDS)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise SpecError([(name, value, f"a whole number from 1 to {most:,}")])


def measured(
    cells: Sequence[Cell],
    *,
    steps: int,
    seeds: int,
    folder: Path,
    fresh: bool = False,
    device: str | None = None,
    backend: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Measured]:
    """Each cell in turn, trained in `folder` under its name, or read from there; all seeds of a cell in one step.

    `device`: by default CUDA where there is one. Raises SpecError for what cannot be run.
    """
    checked(steps, seeds)
    for cell in cells:
        place = folder / cell.name
        asked = Asked(cell.spec, steps, tuple(range(seeds)))
        result = None if fresh else finished(place, asked)
        if result is None:
            tell = None if progress is None else (lambda done, total, cell=cell: progress(cell, done, total))
            options: dict[str, Any] = {"device": device or _device(), "backend": backend, "progress": tell}
            trained = train(cell.spec, steps=steps, seeds=seeds, out=place, fresh=fresh, **options)
            result = trained.to_dict()
        yield Measured.of(cell, result)


def _device() -> str | None:
    """CUDA where there is one: these networks are too large for the processor to win."""
    import torch

    return "cuda" if torch.cuda.is_available() else None


def kept(protocol: Protocol, steps: int, seeds: int, folder: Path) -> Table:
    """All cells of a protocol that are finished in a folder."""
    found = [
        (cell, finished(folder / cell.name, Asked(cell.spec, steps, tuple(range(seeds)))))
        for cell in protocol.cells
    ]
    cells = tuple(Measured.of(cell, result) for cell, result in found if result is not None)
    return Table(protocol, steps, seeds, cells)


def write(table: Table, folder: Path) -> None:
    """The table as JSON and as Markdown; raises SpecError where that cannot be written."""
    try:
        replace(folder / JSON_FILE, (json.dumps(table.to_dict(), indent=2, allow_nan=False) + "\n").encode())
        replace(folder / MARKDOWN_FILE, (markdown(table) + "\n").encode())
    except OSError as error:
        allowed = f"a folder whose files can be written ({error.strerror or error})"
        raise SpecError([("out", str(folder), allowed)]) from error


# -- as text -------------------------------------------------------------------------------------------------------

HEADS = ("modes", "high quality, %", "reverse KL, nats")


def rows(table: Table, cell: Measured) -> Iterator[tuple[str, ...]]:
    """Lines of one cell: a name, and a text for each metric."""
    yield "ours", *(_ours(name, e.mean, e.error) for name, e in cell.estimates.items())
    for row in cell.cell.published:
        yield row.table, *(_theirs(name, getattr(row, name)) for name in METRICS)
    if cell.cell.published:
        yield "published band", *(_ends(name, ends) for name, ends in cell.bands.items())
    if table.full and cell.cell.published:
        met = {None: "", True: "yes", False: "no"}
        yield "ours meets it", *(met[inside] for inside in table.inside(cell).values())
    yield "perfect sampler", *(_ours(name, value) for name, value in cell.perfect.items())


def _ours(name: str, mean: float, error: float = np.nan) -> str:
    """As exactly as 2,500 samples of ten seeds deserve."""
    unit = _unit(name)
    decimals = 1 if name == "high_quality" else 2 if name == "modes" or mean >= 0.1 else 4
    shown = f"{unit * mean:.{decimals}f}"
    return f"{shown} ± {unit * error:.{decimals}f}" if np.isfinite(error) else shown


def _theirs(name: str, reading: Reading | None) -> str:
    """As it was printed."""
    if reading is None:
        return ""
    error = "" if reading.error is None else f" ± {_unit(name) * reading.error:.4g}"
    return f"{_unit(name) * reading.mean:.4g}{error}"


def _ends(name: str, ends: tuple[float, float] | None) -> str:
    return "" if ends is None else " to ".join(f"{_unit(name) * end:.4g}" for end in ends)


def _unit(name: str) -> int:
    return 100 if name == "high_quality" else 1


def heading(cell: Measured) -> str:
    """What a cell is, and how it ran."""
    lost = cell.estimates["modes"].diverged
    diverged = f", {lost} diverged" if lost else ""
    total = cell.result["baseline"]["modes_total"]
    speed = float(cell.result["steps_per_second"])
    ran = f"{cell.result['device']}, {cell.result['backend']}, {speed:,.3g} steps/s"
    return f"{cell.cell.name}: {cell.cell.label}, {total} modes, {ran}{diverged}"


def plain(table: Table) -> str:
    """The table for a terminal."""
    lines = [f"{table.protocol.title} ({table.protocol.source})", table.label]
    lines.append(f"{table.seeds} seeds, {SAMPLES:,} samples of each; mean ± standard error.")
    for cell in table.cells:
        lines += ["", heading(cell), f"    {'':<16}" + "".join(f"  {head:<18}" for head in HEADS).rstrip()]
        lines += [
            (f"    {name:<16}" + "".join(f"  {text:<18}" for text in texts)).rstrip()
            for name, *texts in rows(table, cell)
        ]
    return "\n".join([*lines, "", *(f"* {note}" for note in table.notes)])


def markdown(table: Table) -> str:
    """The table as Markdown."""
    lines = [f"## {table.protocol.title}", "", f"**{table.label}** Source: {table.protocol.source}."]
    lines += [f"{table.seeds} seeds, {SAMPLES:,} samples of each; mean ± standard error.", ""]
    lines += [f"| cell | | {' | '.join(HEADS)} |", "|---|---|---|---|---|"]
    for cell in table.cells:
        for i, (name, *texts) in enumerate(rows(table, cell)):
            lines.append(f"| {cell.cell.label if i == 0 else ''} | {name} | {' | '.join(texts)} |")
    lines += ["", *(f"* {heading(cell)}" for cell in table.cells)]
    return "\n".join([*lines, "", *(f"* {note}" for note in table.notes)])
