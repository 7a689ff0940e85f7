"""Files of a run: replaced in one go, read with care, and a folder that one process at a time writes to."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganlab.specs import SpecError

try:
    import fcntl as _fcntl
except ImportError:  # not on Windows: there two processes can spoil each other's folder
    fcntl: Any = None
else:
    fcntl = _fcntl

Row = dict[str, float | int | bool]
"""One reading of one member: step, seed, and those of `ganlab.gan.training.Info`."""


def writable_folder(folder: str | Path) -> Path:
    """The folder, made when missing; raises SpecError when nothing can be written there."""
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".ganlab-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SpecError([("out", str(folder), f"a folder that can be written ({error.strerror})")]) from error
    return path


def locked(folder: Path) -> int | None:
    """A descriptor that locks the folder until it is closed; None where the system has no such locks.

    Raises SpecError where another process has it. The lock of a process that was killed is gone.
    """
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SpecError(
            [("out", str(folder), "a folder of its own; another process trains in this one")]
        ) from None
    except OSError:  # a file system without locks
        os.close(descriptor)
        return None
    return descriptor


def replace(path: Path, data: bytes) -> None:
    """Writes a file so that at any moment there is the old one or the new one, whole."""
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def rows_text(rows: Sequence[Row], *, header: bool) -> str:
    """Readings as CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]) if rows else [])
    if header and rows:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_rows(path: Path, until: int) -> list[Row]:
    """The readings up to a step, exactly as they were written; a line that was cut off is later than any of them."""
    rows: list[Row] = []
    with path.open(newline="", encoding="utf-8") as file:
        for texts in csv.DictReader(file):
            if int(texts["step"]) > until:
                break
            rows.append({name: _read(name, text) for name, text in texts.items()})
    return rows


def _read(name: str, text: Any) -> float | int | bool:
    if name == "finite":
        return bool(text == "True")
    return int(text) if name in ("step", "seed") else float(text)
