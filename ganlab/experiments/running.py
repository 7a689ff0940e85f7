"""Training an experiment from the first step to the last, or from where it was cut off."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab.experiments.files import Row
from ganlab.experiments.folder import Asked, RunFolder
from ganlab.experiments.quality import SAMPLES, Member, measure, perfect_quality
from ganlab.experiments.results import Result
from ganlab.gan.cost import operations
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import Structure
from ganlab.gan.threads import torch_threads
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ganlab.gan.training import Info, Training

ROWS = 200  # readings kept of a run
MAX_STEPS = 100_000_000
MAX_SEEDS = 4096
MAX_NUMBERS = 200_000_000  # parameters of all members: about 5 GB with moments and gradients
MAX_SEED = 2**31 - 1
EAGER_SECONDS_PER_UPDATE = 0.0003  # one update of a small network, measured on one core
OPERATIONS_PER_SECOND = 4e10  # of large networks, on one or two cores
WORTH_COMPILING = 40.0  # seconds of eager training that pay for about 15 s of compiling
GENERATED_AT_ONCE = 50_000_000  # numbers in the widest layer while sampling
SLICE = 0.5  # seconds of training between two looks at the clock, about

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all): once before the start, with 0 or where the run goes on, then about 200 times,
and every second where that is more often."""


def train(
    spec: GanSpec,
    *,
    steps: int,
    seeds: int | Sequence[int] = 1,
    device: str | None = None,
    backend: str | None = None,
    progress: Progress | None = None,
    out: str | Path | None = None,
    fresh: bool = False,
) -> Result:
    """Train one GAN per seed, all in one step of tensor arithmetic, and measure 2,500 samples of each.

    `seeds`: how many (spec.seed, spec.seed + 1, …) or which. `device` and `backend` override the spec's; backend
    "auto" is decided before the first step and then kept, so that the result's `backend` reproduces it. A member
    whose numbers stop being finite leaves the others alone. Raises SpecError for anything that cannot be run.

    `out` is a folder in which the run is kept while it trains (`ganlab.experiments.folder` says how): the same call
    goes on where it was cut off, with the result that it would have had. A folder with another run is refused, unless
    `fresh` begins anew.
    """
    chosen: dict[str, str] = {k: v for k, v in (("device", device), ("backend", backend)) if v is not None}
    spec = spec.changed(**chosen)
    asked = Asked(spec, _steps(steps), _seeds(spec, seeds))
    with nullcontext() if out is None else RunFolder(out, asked, fresh=fresh) as folder:
        result = _trained(asked, folder, progress)
        if folder is not None:
            folder.finish(result.to_dict())
    return result


def _trained(asked: Asked, folder: RunFolder | None, progress: Progress | None) -> Result:
    ran = folder.ran if folder is not None else None
    threads = ran.threads if ran is not None else _threads(len(asked.seeds))
    with torch_threads(threads):
        course = _Course(asked, folder, threads, progress)
        course.go()
        samples = _generate(course.training)
    training, truth = course.training, asked.spec.distribution
    alive = training.finite() & np.isfinite(samples).all((1, 2))
    return Result(
        spec=asked.spec,
        steps=asked.steps,
        device=training.device.type,
        backend=training.backend,
        steps_per_second=asked.steps / max(course.seconds, 1e-9),
        members=tuple(
            Member(**vars(measure(truth, x)), seed=seed, diverged=not fine)
            for seed, x, fine in zip(asked.seeds, samples, alive, strict=True)
        ),
        baseline=perfect_quality(truth),
        samples=samples,
        training=training,
        metrics=tuple(course.rows),
    )


class _Course:
    """A training on its way to its last step: about `ROWS` readings of each member, progress and checkpoints."""

    def __init__(
        self, asked: Asked, folder: RunFolder | None, threads: int, progress: Progress | None
    ) -> None:
        self.steps, self.folder, self._progress = asked.steps, folder, progress
        ran = folder.ran if folder is not None else None
        self.seconds = ran.seconds if ran is not None else 0.0
        self.training = _training(asked.spec, asked.seeds, threads, ran)
        self.rows = folder.resume(self.training) if folder is not None else []
        self._told: tuple[int, float] = (-1, 0.0)  # the step last told, and when
        self._tell()
        if ran is None:
            _compile(self.training, asked.steps)
        if folder is not None:
            folder.begin(self.training, self.rows)
        self._safe = self.training.state  # all of whose readings are in `rows`
        self._slice = 1  # iterations

    def go(self) -> None:
        """To the last step; interrupted, what was trained is kept."""
        try:
            while self.training.step < self.steps:
                self._forward()
        except KeyboardInterrupt:
            if self.folder is None:
                raise
            self.training.load(self._safe)
            self.folder.checkpoint(self.training, self.seconds)
            where = f"interrupted at step {self.training.step:,} of {self.steps:,}; the same command goes on from there"
            raise KeyboardInterrupt(where) from None

    def _forward(self) -> None:
        """A slice of training, and what is due after it."""
        every = math.ceil(self.steps / ROWS)
        next_row = min(self.steps, (self.training.step // every + 1) * every)
        start = time.perf_counter()
        info = self.training.advance(min(self._slice, next_row - self.training.step))
        taken = time.perf_counter() - start
        self.seconds += taken
        if taken < SLICE / 2:
            self._slice *= 2
        elif taken > SLICE:
            self._slice = max(1, self._slice // 2)
        if self.training.step == next_row:
            self._record(info)
        self._safe = self.training.state
        last = self.training.step == self.steps
        if self.folder is not None and (last or self.folder.due):
            self.folder.checkpoint(self.training, self.seconds)
        if self.training.step == next_row or time.monotonic() - self._told[1] > 1:
            self._tell()

    def _record(self, info: Info) -> None:
        rows = list(_readings(info, self.training.step, self.training.seeds))
        self.rows += rows
        if self.folder is not None:
            self.folder.add(rows)

    def _tell(self) -> None:
        if self._progress is not None and self._told[0] != self.training.step:
            self._told = self.training.step, time.monotonic()
            self._progress(self.training.step, self.steps)


def _training(spec: GanSpec, seeds: tuple[int, ...], threads: int, ran: Any) -> Training:
    """The run as it was begun; a new one takes the compiled step where the cache has it."""
    from ganlab.gan import compiled
    from ganlab.gan.training import Training

    if ran is not None:
        return Training(spec, seeds, device=ran.device, backend=ran.backend, threads=threads)
    wait = spec.backend == "compiled" and compiled.compiler() is not None  # until progress has been told
    return Training(spec, seeds, backend="auto" if wait else None, threads=threads)


def _compile(training: Training, steps: int) -> None:
    """The compiled step where the spec wants it, or with "auto" where the job pays for it."""
    from ganlab.gan import compiled

    spec = training.spec
    pinned = spec.backend == "compiled"
    long = training.device.type == "cpu" and eager_seconds(spec, training.members, steps) > WORTH_COMPILING
    wanted = pinned or (spec.backend == "auto" and long)
    if training.backend == "compiled" or not wanted or compiled.compiler() is None:
        return
    try:
        compiled.compile_now(training.structure, training.members, str(training.device), training.threads)
    except RuntimeError as error:
        if pinned:  # with "auto" a compiler that does not work means eager, and the result says so
            raise SpecError([("backend", "compiled", str(error))]) from error
    training.take_compiled()


def eager_seconds(spec: GanSpec, members: int, steps: int) -> float:
    """A guess of how long the eager step would take: calls for small networks, arithmetic for large ones."""
    calls = (spec.d_steps + spec.g_steps) * EAGER_SECONDS_PER_UPDATE
    return steps * members * max(calls, operations(spec) / OPERATIONS_PER_SECOND)


def _readings(info: Info, step: int, seeds: tuple[int, ...]) -> Iterator[Row]:
    for i, seed in enumerate(seeds):
        yield {"step": step, "seed": seed} | {name: column[i].item() for name, column in vars(info).items()}


def _generate(training: Training) -> NDArray[np.float32]:
    """Fresh samples `[E, n, d]`, drawn in slices so that a large ensemble does not fill the memory."""
    noise = training.noise(SAMPLES, 1 + training.step)
    widest = max(training.structure.g_sizes)
    n = max(1, min(SAMPLES, GENERATED_AT_ONCE // (widest * training.members)))
    return np.concatenate([training.generate(noise[:, i : i + n]) for i in range(0, SAMPLES, n)], 1)


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
    structure = Structure.of(spec)
    each = structure.d_net.parameters + structure.g_count
    if each * len(members) > MAX_NUMBERS:
        allowed = f"at most {MAX_NUMBERS // each:,} members of {each:,} parameters each"
        raise SpecError([("seeds", seeds, allowed)])
    return tuple(int(seed) for seed in members)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _threads(members: int) -> int:
    """Threads that pay: small tensors are faster on one."""
    return min(2 if members >= 4 else 1, os.cpu_count() or 1)
