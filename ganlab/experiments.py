"""Experiments without a page: train some seeds as one ensemble, measure what came out, keep it in a folder.

The command line and the Python API are both this module. Importing it does not import torch; training does.

Symbols: E members (one per seed), n samples each, d the dimension of the data.
"""

from __future__ import annotations

import csv
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab.evaluation import baseline, coverage, perfect_precision_recall, precision_recall
from ganlab.gan.networks import parameter_count
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ganlab.distributions import Distribution
    from ganlab.gan.training import Info, Training

SAMPLES = 2500  # the number in published tables of mode coverage (PacGAN, Lin et al. 2018, §4.1)
NEIGHBOUR_SAMPLES = 1000  # of these for precision and recall, whose cost grows faster
ROWS = 200  # readings kept of a run
MAX_STEPS = 100_000_000
MAX_SEEDS = 4096
MAX_NUMBERS = 200_000_000  # parameters of all members: about 5 GB with moments and gradients
MAX_SEED = 2**31 - 1
EAGER_SECONDS_PER_UPDATE = 0.0003  # one update of a small network, measured on one core
WORTH_COMPILING = 40.0  # seconds of eager training that pay for about 15 s of compiling
GENERATED_AT_ONCE = 50_000_000  # numbers in the widest layer while sampling

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all): once with 0 before the start, then about 200 times."""

Row = dict[str, float | int | bool]


@dataclass(frozen=True)
class Quality:
    """What one sample of the data scores, see `ganlab.evaluation`.

    With modes: modes covered (of a perfect sampler an expectation), high-quality share in [0, 1] and reverse KL in
    nats (inf without a high-quality sample). Without: precision and recall in [0, 1], NaN for samples that are not
    finite. What does not apply is None.
    """

    modes_covered: float
    modes_total: int
    high_quality: float | None = None
    reverse_kl: float | None = None
    precision: float | None = None
    recall: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """By name; precision and recall only for data without modes."""
        values: dict[str, Any] = {"modes_covered": self.modes_covered, "modes_total": self.modes_total}
        values |= {"high_quality": self.high_quality, "reverse_kl": self.reverse_kl}
        return values if self.modes_total else values | {"precision": self.precision, "recall": self.recall}


@dataclass(frozen=True)
class Member(Quality):
    """One trained GAN. `diverged`: its parameters or samples are no longer finite."""

    seed: int = 0
    diverged: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {"seed": self.seed} | super().to_dict() | {"diverged": self.diverged}


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
        cleaned: dict[str, Any] = _jsonable(about)
        return cleaned

    def to_json(self) -> str:
        """One line of strict JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def save(self, folder: str | Path) -> None:
        """Write metrics.csv, weights.safetensors (for `Training.restore`), spec.json and result.json.

        Raises SpecError when the folder cannot be written.
        """
        path = writable_folder(folder)
        try:
            self._write(path)
        except OSError as error:
            raise SpecError([("out", str(path), f"a folder whose files can be written ({error})")]) from error

    def _write(self, path: Path) -> None:
        with (path / "metrics.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(self.metrics[0]))
            writer.writeheader()
            writer.writerows(self.metrics)
        (path / "weights.safetensors").write_bytes(self.training.save())
        (path / "spec.json").write_text(self.spec.model_dump_json(indent=2) + "\n", encoding="utf-8")
        (path / "result.json").write_text(json.dumps(self.to_dict(), indent=2) + "\n", encoding="utf-8")

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


def _jsonable(value: Any) -> Any:
    """The value with non-finite numbers as strings, at any depth."""
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


# -- training ----------------------------------------------------------------------------------------------------


def train(
    spec: GanSpec,
    *,
    steps: int,
    seeds: int | Sequence[int] = 1,
    device: str | None = None,
    backend: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Train one GAN per seed, all in one step of tensor arithmetic, and measure 2,500 samples of each.

    `seeds`: how many (spec.seed, spec.seed + 1, …) or which. `device` and `backend` override the spec's; backend
    "auto" is decided before the first step and then kept, so that the result's `backend` reproduces it. A member
    whose numbers stop being finite leaves the others alone. Raises SpecError for anything that cannot be run.
    """
    chosen: dict[str, str] = {k: v for k, v in (("device", device), ("backend", backend)) if v is not None}
    spec = spec.changed(**chosen)
    steps, members = _steps(steps), _seeds(spec, seeds)
    threads = _threads(len(members))
    with _torch_threads(threads):
        training = _training(spec, members, steps, threads, progress)
        start = time.perf_counter()
        metrics = tuple(_rows(training, steps, progress))
        seconds = time.perf_counter() - start
        samples = _generate(training)
    truth = spec.distribution
    alive = training.finite() & np.isfinite(samples).all((1, 2))
    return Result(
        spec=spec,
        steps=steps,
        device=training.device.type,
        backend=training.backend,
        steps_per_second=steps / seconds,
        members=tuple(
            Member(**vars(measure(truth, x)), seed=seed, diverged=not fine)
            for seed, x, fine in zip(members, samples, alive, strict=True)
        ),
        baseline=perfect_quality(truth),
        samples=samples,
        training=training,
        metrics=metrics,
    )


def _training(
    spec: GanSpec, seeds: tuple[int, ...], steps: int, threads: int, progress: Progress | None
) -> Training:
    """The run; backend "auto" takes the compiled step from the cache, or makes it where the job pays for that."""
    from ganlab.gan import compiled
    from ganlab.gan.training import Training

    can = compiled.compiler() is not None
    pinned = spec.backend == "compiled"
    training = Training(spec, seeds, backend="auto" if pinned and can else None, threads=threads)
    if progress is not None:
        progress(0, steps)
    long = training.device.type == "cpu" and eager_seconds(spec, len(seeds), steps) > WORTH_COMPILING
    if can and training.backend == "eager" and (pinned or (spec.backend == "auto" and long)):
        try:
            compiled.compile_now(training.structure, len(seeds), str(training.device), threads)
        except RuntimeError as error:
            if pinned:  # with "auto" a compiler that does not work means eager, and the result says so
                raise SpecError([("backend", "compiled", str(error))]) from error
        training.take_compiled()
    return training


def eager_seconds(spec: GanSpec, members: int, steps: int) -> float:
    """A guess of how long the eager step would take for small networks on one core."""
    return steps * members * (spec.d_steps + spec.g_steps) * EAGER_SECONDS_PER_UPDATE


def _rows(training: Training, steps: int, progress: Progress | None) -> Iterator[Row]:
    """Train, and yield about `ROWS` readings of each member, the last step's among them."""
    chunk = math.ceil(steps / ROWS)
    for start in range(0, steps, chunk):
        done = min(start + chunk, steps)
        yield from _readings(training.advance(done - start), done, training.seeds)
        if progress is not None:
            progress(done, steps)


def _readings(info: Info, step: int, seeds: tuple[int, ...]) -> Iterator[Row]:
    for i, seed in enumerate(seeds):
        yield {"step": step, "seed": seed} | {name: column[i].item() for name, column in vars(info).items()}


def _generate(training: Training) -> NDArray[np.float32]:
    """Fresh samples `[E, n, d]`, drawn in slices so that a large ensemble does not fill the memory."""
    noise = training.noise(SAMPLES, 1 + training.step)
    widest = max(training.structure.g_sizes)
    n = max(1, min(SAMPLES, GENERATED_AT_ONCE // (widest * training.members)))
    return np.concatenate([training.generate(noise[:, i : i + n]) for i in range(0, SAMPLES, n)], 1)


# -- measuring ---------------------------------------------------------------------------------------------------


def measure(truth: Distribution, samples: NDArray[Any]) -> Quality:
    """What samples `[n, d]` score against the truth."""
    modes = truth.modes()
    if modes is not None:
        found = coverage(samples, modes)
        return Quality(int(found.covered), found.total, found.high_quality, found.reverse_kl)
    fake = samples[:NEIGHBOUR_SAMPLES]
    if not np.isfinite(fake).all():
        return Quality(0, 0, precision=math.nan, recall=math.nan)
    pair = precision_recall(truth.sample(len(fake), _rng()), fake)
    return Quality(0, 0, precision=pair.precision, recall=pair.recall)


def perfect_quality(truth: Distribution, n: int = SAMPLES) -> Quality:
    """What n samples of the truth itself score on average."""
    perfect = baseline(truth, n, _rng())
    if perfect is not None:
        return Quality(perfect.covered, perfect.total, perfect.high_quality, perfect.reverse_kl)
    pair = perfect_precision_recall(truth, min(n, NEIGHBOUR_SAMPLES), _rng())
    return Quality(0, 0, precision=pair.precision, recall=pair.recall)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)  # the measure is the same for every run, so that runs can be compared


# -- what was asked for ------------------------------------------------------------------------------------------


def _steps(steps: int) -> int:
    if not _is_whole(steps) or not 1 <= steps <= MAX_STEPS:
        raise SpecError([("steps", steps, f"a whole number from 1 to {MAX_STEPS:,}")])
    return int(steps)


def _seeds(spec: GanSpec, seeds: int | Sequence[int]) -> tuple[int, ...]:
    """The members' seeds, checked."""
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        members: tuple[int, ...] = tuple(range(spec.seed, spec.seed + min(max(seeds, 0), MAX_SEEDS + 1)))
    else:
        members = tuple(seeds) if isinstance(seeds, Sequence) else ()
    whole = all(_is_whole(seed) and 0 <= seed <= MAX_SEED for seed in members)
    if not whole or not 1 <= len(members) <= MAX_SEEDS or len(set(members)) < len(members):
        allowed = f"how many (1 to {MAX_SEEDS:,}), or distinct whole numbers from 0 to {MAX_SEED}"
        raise SpecError([("seeds", seeds, allowed)])
    g, d = (spec.noise_dim, *spec.g_hidden, spec.dim), (spec.dim, *spec.d_hidden, 1)
    each = parameter_count(g) + parameter_count(d)
    if each * len(members) > MAX_NUMBERS:
        allowed = f"at most {MAX_NUMBERS // each:,} members of {each:,} parameters each"
        raise SpecError([("seeds", seeds, allowed)])
    return tuple(int(seed) for seed in members)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


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


def _threads(members: int) -> int:
    """Threads that pay: small tensors are faster on one."""
    return min(2 if members >= 4 else 1, os.cpu_count() or 1)


@contextmanager
def _torch_threads(threads: int) -> Iterator[None]:
    """torch's number of threads, restored afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
