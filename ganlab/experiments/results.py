"""What came out of an experiment: numbers by member, readings, samples, and the training itself."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab.experiments.files import Row
from ganlab.experiments.folder import Asked, RunFolder
from ganlab.experiments.quality import Member, Quality
from ganlab.gan.spec import GanSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganlab.gan.training import Training


@dataclass(frozen=True, eq=False)
class Result:
    """A finished experiment; `print(result)` shows it as a table.

    `backend` and `device` are what ran, `steps_per_second` counts iterations of the whole ensemble, `samples` is
    float32 `[E, n, d]`, `baseline` what a perfect sampler scores with as many samples. `metrics` has one row per
    recorded step and member, with the readings of `ganlab.gan.training.Info`. `training` can go on.
    """

    spec: GanSpec
    steps: int
    device: str
    backend: str
    steps_per_second: float
    members: tuple[Member, ...]
    baseline: Quality
    samples: NDArray[np.float32]
    training: Training
    metrics: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """What `to_json` writes; non-finite numbers are strings ("inf", "nan")."""
        about = {
            "spec": self.spec.model_dump(mode="json"),
            "steps": self.steps,
            "device": self.device,
            "backend": self.backend,
            "steps_per_second": round(self.steps_per_second, 2),
            "samples": self.samples.shape[1],
            "members": [member.to_dict() for member in self.members],
            "baseline": self.baseline.to_dict(),
        }
        cleaned: dict[str, Any] = jsonable(about)
        return cleaned

    def to_json(self) -> str:
        """One line of strict JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def save(self, folder: str | Path) -> None:
        """Write metrics.csv, weights.safetensors (for `Training.restore`), spec.json, run.json and result.json.

        Replaces a run that is there. Raises SpecError when the folder cannot be written.
        """
        asked = Asked(self.spec, self.steps, tuple(member.seed for member in self.members))
        with RunFolder(folder, asked, fresh=True) as kept:
            kept.begin(self.training, self.metrics)
            kept.checkpoint(self.training, self.steps / self.steps_per_second)
            kept.finish(self.to_dict())

    def __str__(self) -> str:
        spec = self.spec
        penalty = "" if spec.penalty == "none" else f" + {spec.penalty}"
        about = f"{spec.data}  {spec.objective}{penalty}  {self.steps:,} steps  {self.device}, {self.backend}"
        lines = [f"{about}, {self.steps_per_second:,.0f} steps/s", _HEADS[self.baseline.modes_total > 0]]
        lines += [_line(str(m.seed), m) + ("  diverged" if m.diverged else "") for m in self.members]
        return "\n".join([*lines, _line("perfect", self.baseline)])


_HEADS = ("   seed  precision  recall", "   seed    modes  high quality  reverse KL")


def _line(name: str, q: Quality) -> str:
    if q.modes_total:
        modes = f"{q.modes_covered:.4g}/{q.modes_total}"
        return f"{name:>7}  {modes:>7}  {q.high_quality:>12.2%}  {q.reverse_kl:>10.4f}"
    return f"{name:>7}  {q.precision:>9.2%}  {q.recall:>6.2%}"


def jsonable(value: Any) -> Any:
    """The value with non-finite numbers as strings, at any depth."""
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
