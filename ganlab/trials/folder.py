"""A sweep kept in a folder while it trains, so that the same call goes on after a kill.

| file | what it holds |
|---|---|
| `sweep.json` | what was asked for, on how many threads it runs, and seconds so far |
| `trial.safetensors` | the newest state and all readings so far, replaced in one go every ten seconds |
| `readings.csv` | every reading of every GAN, at the end |
| `result.json` | the last moment, at the end |

Everything a GAN needs is a function of its state, so a sweep that was cut off ends as if it had not been.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ganlab.experiments import files
from ganlab.specs import SpecError
from ganlab.trials.spec import SweepSpec

if TYPE_CHECKING:
    from ganlab.trials.trial import Trial

CHECKPOINT_SECONDS = 10.0  # between two, at least
CHECKPOINT_SHARE = 0.05  # of the time, at most, goes into writing them
SWEEP, TRIAL, READINGS, RESULT = "sweep.json", "trial.safetensors", "readings.csv", "result.json"
ALL = (RESULT, READINGS, TRIAL, SWEEP)


class SweepFolder:
    """One sweep in a folder, locked while it is open."""

    def __init__(self, folder: str | Path, spec: SweepSpec, *, fresh: bool = False) -> None:
        """`fresh` forgets what is there. Raises SpecError for a folder that is not for this sweep."""
        self.path, self.spec = files.writable_folder(folder), spec
        self._lock = files.locked(self.path)
        self.threads, self.seconds = 0, 0.0
        self._last, self._cost = time.monotonic(), 0.0
        try:
            if fresh:
                with self.writing():
                    for name in ALL:
                        (self.path / name).unlink(missing_ok=True)
            self._read()
        except SpecError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _read(self) -> None:
        """What is noted of the sweep that is there."""
        try:
            note = json.loads((self.path / SWEEP).read_text(encoding="utf-8"))
            other, self.threads, self.seconds = (
                SweepSpec.make(note["spec"]),
                int(note["threads"]),
                float(note["seconds"]),
            )
        except FileNotFoundError:
            strange = [name for name in ("run.json", *ALL) if (self.path / name).exists()]
            if strange:
                raise self._refusal(f"a folder without another run; this one has {strange[0]}") from None
            return
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise self._refusal(f"a folder whose {SWEEP} can be read ({error})") from error
        differing = self.spec.differences(other)
        if differing:
            said = ", ".join(
                f"{name} = {getattr(other, name)}" for name in SweepSpec.model_fields if name in differing
            )
            raise self._refusal(f"a folder without another sweep; this one has {said}")

    def _refusal(self, text: str) -> SpecError:
        anew = "choose another folder, or begin anew in this one with --fresh (in Python fresh=True)"
        return SpecError([("out", str(self.path), f"{text}; {anew}")])

    def restored(self, options: Mapping[str, Any]) -> Trial | None:
        """The trial that is there, at its latest state; None before the first."""
        from ganlab.trials.trial import Trial

        try:
            return Trial.restore((self.path / TRIAL).read_bytes(), **options)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._refusal(f"a folder whose {TRIAL} can be read ({error})") from error

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self._last > max(CHECKPOINT_SECONDS, self._cost / CHECKPOINT_SHARE)

    def checkpoint(self, trial: Trial, seconds: float) -> None:
        """Keeps the trial, after so many seconds of training."""
        start = time.monotonic()
        note = {"spec": self.spec.model_dump(mode="json"), "threads": trial.threads, "seconds": seconds}
        with self.writing():
            files.replace(self.path / SWEEP, (json.dumps(note) + "\n").encode())
            files.replace(self.path / TRIAL, trial.save())
        self._last = time.monotonic()
        self._cost = self._last - start

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Where files are written; raises SpecError where they cannot be."""
        try:
            yield
        except OSError as error:
            allowed = f"a folder whose files can be written ({error.strerror or error})"
            raise SpecError([("out", str(self.path), allowed)]) from error
