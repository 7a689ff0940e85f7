"""Finished trials on disk, each under the hash of what was asked for: a link to one shows it at once.

The folder is `trials` beside the uploaded data sets (`ganlab.distributions.store`). Another version of what trains and
measures is another hash, so what is kept is what would come out now. The trials used last stay. Without torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import ganlab
from ganlab.distributions import store
from ganlab.gan.spec import GanSpec
from ganlab.trials.record import Record
from ganlab.trials.saving import packed, unpacked

MOST_KEPT = 100
PARTS = ("distributions", "evaluation", "gan", "trials")  # of ganlab, on which readings depend


def identify(cells: Sequence[GanSpec], seeds: Sequence[int], steps: int, moments: int) -> str:
    """32 hexadecimal digits: what was asked for, and the code that answers."""
    asked = [[spec.model_dump(mode="json") for spec in cells], list(seeds), steps, moments]
    return hashlib.sha256((json.dumps(asked) + _code()).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _code() -> str:
    digest = hashlib.sha256(ganlab.__version__.encode())
    root = Path(ganlab.__file__).parent
    for path in sorted(path for part in PARTS for path in (root / part).rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def folder() -> Path:
    """Where trials lie; made when missing. Raises DistributionError, an OSError of its parent, where that cannot be."""
    path = store.folder() / "trials"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def put(identity: str, record: Record, backend: str) -> None:
    """Keep a finished trial; what is kept already is replaced in one go. Raises OSError where that cannot be."""
    home = folder()
    draft = home / f".{identity}.{secrets.token_hex(6)}"
    try:
        draft.write_bytes(packed({**record.about(), "backend": backend}, record.tensors()))
        draft.replace(_path(home, identity))
    finally:
        draft.unlink(missing_ok=True)
    _forget_oldest(home)


def get(identity: str) -> tuple[Record, str] | None:
    """The record of a finished trial, and the backend that it ran on; None where it is not kept, or damaged."""
    try:
        path = _path(folder(), identity)
        about, tensors = unpacked(path.read_bytes())
        record = Record.of(about, tensors)
        with contextlib.suppress(OSError):  # a read-only folder: its place in the queue stays
            os.utime(path)
        return record, str(about["backend"])
    except FileNotFoundError:
        return None
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"ganlab: the finished trial {identity} cannot be read: {error}", file=sys.stderr)
        return None


def _path(home: Path, identity: str) -> Path:
    return home / f"{identity}.safetensors"


def _forget_oldest(home: Path) -> None:
    def used(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except FileNotFoundError:  # another process forgot it first
            return 0.0

    for path in sorted(home.glob("*.safetensors"), key=used, reverse=True)[MOST_KEPT:]:
        path.unlink(missing_ok=True)
