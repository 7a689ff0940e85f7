"""Uploaded data sets on disk, each under the hash of its contents: every process and link finds it by its id.

The folder is $GANLAB_DATA, else one per user in the system's folder for temporary files. The 200 sets used
last stay.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ganlab.distributions.errors import DistributionError

MAX_SETS = 200
MAX_NAME = 80
_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, eq=False)
class StoredSet:
    """Points on the stage, float32 [n, d]; raw value = offset [d] + scale * stage value."""

    id: str
    points: npt.NDArray[np.float32]
    name: str
    offset: tuple[float, ...]
    scale: float


def folder() -> Path:
    """Where data sets live; made when missing, readable by its owner only.

    Raises DistributionError when somebody else owns it or it cannot be made.
    """
    configured = os.environ.get("GANLAB_DATA")
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    path = Path(configured) if configured else Path(tempfile.gettempdir()) / f"ganlab-{user}"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        foreign = hasattr(os, "getuid") and (path.is_symlink() or path.stat().st_uid != os.getuid())
    except OSError as error:
        raise _unusable(path, error) from error
    if foreign and not configured:
        raise DistributionError(
            f"the data folder {path} belongs to another user; set GANLAB_DATA to one of your own"
        )
    return path


def identify(points: npt.NDArray[np.float32], offset: tuple[float, ...], scale: float) -> str:
    """16 hexadecimal digits: the SHA-256 of the shape, the place in the file and the little-endian values [n, d].

    A file and the same moved or stretched look alike on the stage, but they are two data sets.
    """
    place = "".join(f"{float(value).hex()}," for value in (*offset, scale))
    digest = hashlib.sha256(f"{points.shape[0]}x{points.shape[1]}:{place}".encode())
    digest.update(np.ascontiguousarray(points, dtype="<f4").tobytes())
    return digest.hexdigest()[:16]


def put(points: npt.NDArray[np.float32], name: str, offset: tuple[float, ...], scale: float) -> str:
    """Keep points [n, d] and return their id; the same points of the same file have one id, and the first name stays.

    A damaged copy is written anew. Raises DistributionError when the folder cannot be written to.
    """
    home, identity = folder(), identify(points, offset, scale)
    try:
        if not _intact(identity):
            note = {"name": _printable(name), "offset": list(offset), "scale": scale}
            _write(home, identity, points, note)
        _forget_oldest(home)
    except OSError as error:
        raise _unusable(home, error) from error
    return identity


def get(identity: str) -> StoredSet:
    """The data set of that id. Raises DistributionError when it is malformed, missing or damaged."""
    if not _ID.fullmatch(identity):
        raise DistributionError(f"id is {identity[:40]!r}; allowed: 16 hexadecimal digits", parameter="id")
    values, about = _paths(folder(), identity)
    try:
        with values.open("rb") as file:
            points = np.lib.format.read_array(file, allow_pickle=False)
        note = json.loads(about.read_text(encoding="utf-8"))
        offset = tuple(float(value) for value in note["offset"])
        found = StoredSet(identity, points, str(note["name"]), offset, float(note["scale"]))
    except FileNotFoundError as error:
        raise DistributionError(
            f"no data set {identity}: this data set was uploaded to another computer or has been cleared; "
            "upload it again",
            parameter="id",
        ) from error
    except (KeyError, TypeError, ValueError, EOFError, MemoryError, OSError) as error:
        raise DistributionError(
            f"data set {identity} cannot be read; upload it again", parameter="id"
        ) from error
    whole = points.ndim == 2 and points.dtype == np.float32 and len(offset) == points.shape[1]
    if not whole or identify(points, offset, found.scale) != identity:
        raise DistributionError(f"data set {identity} is damaged; upload it again", parameter="id")
    points.setflags(write=False)
    with contextlib.suppress(OSError):  # a read-only folder: the set is good, its place in the queue stays
        os.utime(values)  # used now: the last to be forgotten
    return found


def _intact(identity: str) -> bool:
    """Whether the set is there, whole and readable."""
    try:
        get(identity)
    except DistributionError:
        return False
    return True


def _write(home: Path, identity: str, points: npt.NDArray[np.float32], note: dict[str, object]) -> None:
    values, about = _paths(home, identity)
    with _replacing(about) as draft:
        draft.write_text(json.dumps(note), encoding="utf-8")
    with _replacing(values) as draft, draft.open("wb") as file:
        np.save(file, np.ascontiguousarray(points, dtype="<f4"), allow_pickle=False)


def _unusable(path: Path, error: OSError) -> DistributionError:
    reason = error.strerror or type(error).__name__
    return DistributionError(
        f"the data folder {path} cannot be used ({reason}); set GANLAB_DATA to a folder you can write to"
    )


def _paths(home: Path, identity: str) -> tuple[Path, Path]:
    return home / f"{identity}.npy", home / f"{identity}.json"


class _replacing:
    """A draft beside `path` that takes its place at the end: a reader never sees half a file."""

    def __init__(self, path: Path) -> None:
        self.path, self.draft = path, path.with_name(f".{path.name}.{secrets.token_hex(6)}")

    def __enter__(self) -> Path:
        return self.draft

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.draft.replace(self.path)
        else:
            self.draft.unlink(missing_ok=True)


def _forget_oldest(home: Path) -> None:
    def used(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except FileNotFoundError:  # another process forgot it first
            return 0.0

    for path in sorted(home.glob("*.npy"), key=used, reverse=True)[MAX_SETS:]:
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


def _printable(name: str) -> str:
    return "".join(c for c in name if c.isprintable())[:MAX_NAME] or "data"
