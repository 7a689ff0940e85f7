"""Checkpoints of runs on disk, so that a worker's end is not theirs.

One file per run, replaced in one go: a JSON header (state, pace), then what its kind keeps of the computation, each
part with its length (`ganlab.live.wire`). A kind that keeps nothing begins again, at the pace it had.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ganlab.live import wire
from ganlab.live.base import Clock, LiveRun
from ganlab.live.compiling import Compiling
from ganlab.live.kinds import kind_of
from ganlab.specs import FlatSpec


def path(folder: str, name: str) -> Path:
    """Where the checkpoint of a run is; names are our own tokens, and nothing else is let near the disk."""
    if not name or not all(character.isalnum() or character in "-_" for character in name):
        raise ValueError(f"{name!r} is not the name of a run")
    return Path(folder) / f"{name}.checkpoint"


def save(folder: str, run: LiveRun[Any]) -> None:
    """Write the checkpoint of a run, atomically."""
    target = path(folder, run.name)
    parts = run.parts()
    temporary = target.with_suffix(".new")
    temporary.write_bytes(
        b"".join([wire.pack(run.header() | {"parts": len(parts)}), *(wire.pack({}, part) for part in parts)])
    )
    os.replace(temporary, target)


def restore(
    folder: str, name: str, spec: FlatSpec, compiling: Compiling, clock: Clock
) -> LiveRun[Any] | None:
    """The run as it was at its latest checkpoint; None when it has none. Raises ValueError for a damaged one."""
    source = path(folder, name)
    if not source.exists():
        return None
    with source.open("rb") as file:
        first = wire.read(file)
        rest = [wire.read(file) for _ in range(first[0]["parts"])] if first else []
    if first is None or None in rest:
        raise ValueError(f"the checkpoint of run {name} is damaged")
    parts = [message[1] for message in rest if message]
    return kind_of(spec).run.restored(name, spec, compiling, first[0], parts, clock=clock)


def remove(folder: str, name: str) -> None:
    """Forget a run."""
    path(folder, name).unlink(missing_ok=True)


def stamp(run: LiveRun[Any]) -> str:
    """What a checkpoint would hold, in short: equal stamps need no new file."""
    return json.dumps(run.stamp())
