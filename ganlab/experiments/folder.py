"""A run kept in a folder while it trains, so that the same call goes on after a kill.

| file | what it holds |
|---|---|
| `run.json` | what was asked for (spec, steps, seeds), and what runs: device, backend, threads, seconds so far |
| `spec.json` | the spec alone, for `--spec` |
| `metrics.csv` | readings, appended as they come |
| `weights.safetensors` | the newest state, replaced in one go every ten seconds; for `Training.restore` |
| `result.json` | what came out, at the end |

Readings are on disk before the state that comes after them: going on means to load the state and to drop what was read
later than it. Everything a run needs is a function of its state, so it ends bit for bit as if it had not been cut off.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from ganlab.experiments import files
from ganlab.experiments.files import Row, writable_folder
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from ganlab.gan.training import Training

CHECKPOINT_SECONDS = 10.0  # between two, at least
CHECKPOINT_SHARE = 0.05  # of the time, at most, goes into writing them

RUN, SPEC, METRICS = "run.json", "spec.json", "metrics.csv"
WEIGHTS, RESULT = "weights.safetensors", "result.json"
PLACE = ("device", "backend")
"""Fields of a spec that say where it runs, and not what."""


@dataclass(frozen=True)
class Asked:
    """What a run is known by: the same of all three is the same run."""

    spec: GanSpec
    steps: int
    seeds: tuple[int, ...]

    def differences(self, other: Asked) -> list[str]:
        """What the other has otherwise, as words."""
        differing = self.spec.differences(other.spec)
        found = [
            f"{name} = {getattr(other.spec, name)}" for name in GanSpec.model_fields if name in differing
        ]
        if self.steps != other.steps:
            found.append(f"steps = {other.steps}")
        return found if self.seeds == other.seeds else [*found, f"seeds {_seeds_text(other.seeds)}"]

    def anywhere(self) -> Asked:
        """The same, wherever it runs."""
        return replace(self, spec=self.spec.changed(**dict.fromkeys(PLACE, "auto")))

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"spec": self.spec.model_dump(mode="json"), "steps": self.steps, "seeds": list(self.seeds)}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Asked:
        """The inverse of `to_dict`; raises KeyError, TypeError or ValueError for anything else."""
        return cls(GanSpec.make(values["spec"]), int(values["steps"]), tuple(map(int, values["seeds"])))


def _seeds_text(seeds: tuple[int, ...]) -> str:
    first, last = seeds[0], seeds[-1]
    whole = seeds == tuple(range(first, last + 1))
    return f"{first} to {last}" if whole and len(seeds) > 1 else ", ".join(map(str, seeds))


@dataclass(frozen=True)
class Ran:
    """How a run was begun, which it must keep to come out the same, and how long it has trained."""

    device: str
    backend: str
    threads: int
    seconds: float = 0.0


class RunFolder:
    """One run in a folder: to be begun, or gone on with (`ran` says how it was begun; None before that).

    A context manager, because the folder is locked while it is open.
    """

    def __init__(self, folder: str | Path, asked: Asked, *, fresh: bool = False) -> None:
        """`fresh` forgets what is there. Raises SpecError for a folder that cannot be written or holds another run."""
        self.path, self.asked = writable_folder(folder), asked
        self._lock = files.locked(self.path)
        self._metrics: IO[str] | None = None
        self._last, self._cost = time.monotonic(), 0.0
        try:
            if fresh:
                self._forget()
            self.ran = self._found()
        except SpecError:
            self._unlock()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._metrics is not None:
            self._metrics.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # -- what is there -------------------------------------------------------------------------------------------

    def _found(self) -> Ran | None:
        try:
            kept = read_run(self.path)
        except ValueError as error:
            raise self._refusal(f"a folder whose {RUN} can be read ({error})") from error
        if kept is not None:
            other = self.asked.differences(kept[0])
            if other:
                raise self._refusal(f"a folder without another run; this one has {', '.join(other)}")
            return kept[1]
        strange = [name for name in (SPEC, METRICS, WEIGHTS, RESULT) if (self.path / name).exists()]
        if strange:
            raise self._refusal(f"a folder without another run; this one has {strange[0]}, but no {RUN}")
        return None

    def _refusal(self, text: str) -> SpecError:
        anew = "choose another folder, or begin anew in this one with --fresh (in Python fresh=True)"
        return SpecError([("out", str(self.path), f"{text}; {anew}")])

    def _forget(self) -> None:
        with self._writing():
            for name in (RESULT, WEIGHTS, METRICS, SPEC, RUN):  # a state is never there without its run
                (self.path / name).unlink(missing_ok=True)

    def resume(self, training: Training) -> list[Row]:
        """Loads the state that is kept, if any, into a new training; the readings up to there."""
        from ganlab.gan import saving

        path = self.path / WEIGHTS
        if self.ran is None or not path.exists():
            return []
        try:
            training.load(saving.read(str(path)).state(training.state))
            return files.read_rows(self.path / METRICS, training.step)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise self._refusal(f"a folder whose run can be read ({error})") from error

    # -- keeping it ----------------------------------------------------------------------------------------------

    def begin(self, training: Training, rows: Sequence[Row]) -> None:
        """Notes how it runs, and the readings that it goes on from."""
        if self.ran is None:
            self.ran = Ran(training.device.type, training.backend, training.threads)
        with self._writing():
            self._note(self.ran)
            self._replace(SPEC, self.asked.spec.model_dump_json(indent=2) + "\n")
            self._replace(METRICS, files.rows_text(rows, header=True))
            self._metrics = (self.path / METRICS).open("a", newline="", encoding="utf-8")

    def add(self, rows: Sequence[Row]) -> None:
        """Readings that have come; they are on disk with the next checkpoint."""
        assert self._metrics is not None, "a run is begun before it is read"
        with self._writing():
            self._metrics.write(files.rows_text(rows, header=self._metrics.tell() == 0))

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self._last > max(CHECKPOINT_SECONDS, self._cost / CHECKPOINT_SHARE)

    def checkpoint(self, training: Training, seconds: float) -> None:
        """Keeps readings and state, after so many seconds of training."""
        assert self._metrics is not None, "a run is begun before it is kept"
        assert self.ran is not None, "a run is begun before it is kept"
        start = time.monotonic()
        with self._writing():
            self._metrics.flush()
            os.fsync(self._metrics.fileno())
            files.replace(self.path / WEIGHTS, training.save())
            self._note(replace(self.ran, seconds=seconds))
        self._last = time.monotonic()
        self._cost = self._last - start

    def finish(self, result: dict[str, Any]) -> None:
        """Keeps what came out."""
        with self._writing():
            self._replace(RESULT, json.dumps(result, indent=2, allow_nan=False) + "\n")

    def _note(self, ran: Ran) -> None:
        self.ran = ran
        self._replace(RUN, json.dumps(self.asked.to_dict() | {"ran": asdict(ran)}) + "\n")

    def _replace(self, name: str, text: str) -> None:
        files.replace(self.path / name, text.encode())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            allowed = f"a folder whose files can be written ({error.strerror or error})"
            raise SpecError([("out", str(self.path), allowed)]) from error


def read_run(folder: Path) -> tuple[Asked, Ran] | None:
    """What the run in a folder was asked for, and how it ran; None without one. ValueError where that is damaged."""
    try:
        values = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(str(error)) from error
    try:
        return Asked.of(values), Ran(**values["ran"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is no note of a run: {error!r}") from error


def finished(folder: str | Path, asked: Asked) -> dict[str, Any] | None:
    """The result of this very run, as `Result.to_dict` gives it, wherever it was trained; None until it is there."""
    path = Path(folder)
    try:
        kept = read_run(path)
        if kept is None or kept[0].anywhere() != asked.anywhere():
            return None
        result: dict[str, Any] = json.loads((path / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no result, or a damaged one: what trains here next says what is wrong
        return None
    return result if {"members", "baseline"} <= set(result) else None
