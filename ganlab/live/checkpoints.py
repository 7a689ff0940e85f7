"""Checkpoints of runs on disk, so that a worker's end is not theirs.

One file per run, replaced in one go: a JSON header (pace, state, spec as it is now), the training as `Training.save`
has it, and the history, each with its length (`ganlab.live.wire`).
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ganlab.gan.training import Training
from ganlab.live import wire
from ganlab.live.compiling import Compiling
from ganlab.live.history import History
from ganlab.live.run import Clock, Run


def path(folder: str, name: str) -> Path:
    """Where the checkpoint of a run is; names are our own tokens, and nothing else is let near the disk."""
    if not name or not all(character.isalnum() or character in "-_" for character in name):
        raise ValueError(f"{name!r} is not the name of a run")
    return Path(folder) / f"{name}.checkpoint"


def save(folder: str, run: Run) -> None:
    """Write the checkpoint of a run, atomically."""
    target = path(folder, run.name)
    about, rows = run.history.dump()
    header = {
        "state": run.state,
        "asleep": run.asleep,
        "watched": run.watched,
        "per_second": run.pace.per_second,
        "halves": run.pace.halves,
        "epoch": run.epoch,
        "history": about,
    }
    temporary = target.with_suffix(".new")
    temporary.write_bytes(wire.pack(header, run.training.save()) + wire.pack({}, rows))
    os.replace(temporary, target)


def restore(folder: str, name: str, compiling: Compiling, clock: Clock) -> Run | None:
    """The run as it was at its latest checkpoint; None when it has none. Raises ValueError for a damaged one."""
    source = path(folder, name)
    if not source.exists():
        return None
    with source.open("rb") as file:
        first, second = wire.read(file), wire.read(file)
    if first is None or second is None:
        raise ValueError(f"the checkpoint of run {name} is damaged")
    (header, saved), (_, rows) = first, second
    training = _training(saved)
    run = Run(name, training.spec, compiling, training=training, clock=clock)
    _resume(run, header, rows)
    return run


def _training(saved: bytes) -> Training:
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(saved)
        file.flush()
        return Training.restore(file.name, backend="eager")


def _resume(run: Run, header: dict[str, Any], rows: bytes) -> None:
    run.state, run.asleep, run.watched = header["state"], header["asleep"], header["watched"]
    run.epoch = header["epoch"]
    run.pace.set(header["per_second"], header["halves"], run.clock())
    run.history = History.restore(header["history"], rows, last_step=run.training.step)
    if run.state == "diverged":
        run.diagnosis = "diverged"


def remove(folder: str, name: str) -> None:
    """Forget a run."""
    path(folder, name).unlink(missing_ok=True)


def exists(folder: str, name: str) -> bool:
    """Whether a run has a checkpoint."""
    return path(folder, name).exists()


def stamp(run: Run) -> str:
    """What a checkpoint would hold, in short: equal stamps need no new file."""
    s = run.training.state
    values = (
        run.epoch,
        s.step,
        s.d_updates,
        s.g_updates,
        run.state,
        run.asleep,
        run.pace.per_second,
        run.pace.halves,
    )
    return json.dumps([*values, run.spec.model_dump_json()])
