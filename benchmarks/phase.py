"""A phase diagram against a plain PyTorch loop, and the time from a click to a map.

    python -m benchmarks.phase [--cuda]

256 GANs (32x2 networks, batches of 128) over 16 x 16 learning rates, with their readings, as often as on the page (40
in 2,000 steps), against the loop of `benchmarks.step`, in one process and taking turns; the ratio is that of paired
rounds. Then the map that the page opens with (8 x 8 cells, two seeds, 2,000 steps) in a worker of its own, looked at
ten times a second as a browser does: from the start of the run until every cell is read at the last step.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from statistics import median

import torch

from benchmarks.step import plain_loop, seconds
from benchmarks.table import Row, show
from ganlab.gan import GanSpec, compiled
from ganlab.gan.structure import Structure
from ganlab.live import commands
from ganlab.live.frames import decode
from ganlab.live.pool import Pool
from ganlab.trials import Trial
from ganlab.trials.plan import plan
from ganlab.trials.spec import SweepSpec

ROUNDS = 5
STEPS = 50  # between two readings
LOOP_STEPS = 300
LOOKS = 0.1  # seconds between two frames
PATIENCE = 600.0
LAYERS = ["history", "points"]


def cells() -> list[GanSpec]:
    """16 x 16 pairs of learning rates."""
    spec = SweepSpec(x="lr_g=0.0001:0.1:16:log", y="lr_d=0.0001:0.1:16:log", seeds=1)
    return [cell.spec.changed(device="auto") for cell in spec.cells if cell.spec is not None]


def against_loop(device: str, threads: int) -> tuple[float, float, float]:
    """(ours per GAN, the loop's, ratio), seconds per step, medians of paired rounds."""
    specs, loop_threads = cells(), torch.get_num_threads()
    loop = plain_loop(specs[0], device)
    trial = Trial(specs, [0], STEPS * (ROUNDS + 1), ROUNDS + 1, device=device, threads=threads)
    for library in trial.eager():
        compiled.compile_now(*library)
    trial.take_compiled()
    trial.record.schedule[:] = [
        STEPS * (k + 1) for k in range(ROUNDS + 1)
    ]  # even ones, so that rounds are equal
    loop(50)
    ours, theirs = [], []
    for moment in range(ROUNDS + 1):
        torch.set_num_threads(loop_threads)
        theirs.append(seconds(loop, LOOP_STEPS))
        torch.set_num_threads(threads)
        start = time.perf_counter()
        while trial.moments == moment:
            trial.work(0.05)
        ours.append((time.perf_counter() - start) / STEPS / len(specs))
    torch.set_num_threads(loop_threads)
    pairs = list(zip(ours, theirs, strict=True))[1:]  # in the first, networks are made and libraries loaded
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(b / a for a, b in pairs)


def loop_rows(device: str) -> Iterator[Row]:
    """256 GANs, per GAN, against the loop."""
    target = 1000.0 if device == "cuda" else 10.0
    for threads in (1,) if device == "cuda" else (2, 1):
        ours, loop, ratio = against_loop(device, threads)
        what = f"256 GANs (32x2, batch 128) in a phase diagram, per GAN, against a plain loop on {device}"
        figure = f"{ratio:,.1f}x ({ours * 1e6:,.1f} µs against {loop * 1e6:,.0f} µs)"
        best = threads == 2 or device == "cuda"
        yield Row(
            what if best else f"{what}, on one thread, as in a worker",
            figure,
            f"≥ {target:,.0f}x" if best else "",
            ratio >= target if best else None,
        )


def click_to_map(environment: dict[str, str]) -> tuple[float, float, str]:
    """Seconds from the start of a run until the first moment is read, and until the last; what it ran on in the end."""
    pool = Pool(1, environment=environment)
    try:
        while not pool.ready:
            time.sleep(0.05)
        start = time.perf_counter()
        run = pool.start(SweepSpec(), "benchmark").run
        first, held = 0.0, 0
        while time.perf_counter() - start < PATIENCE:
            asked = commands.Frame(layers=LAYERS, since=held)  # type: ignore[arg-type]
            tensors, info = decode(pool.request(run, asked).result(60).payload)
            held = info["history_from"] + len(tensors["history"])
            if info["moments"] and not first:
                first = time.perf_counter() - start
            if info["state"] == "finished" and held == info["total"]:
                return first, time.perf_counter() - start, info["backend"]
            time.sleep(LOOKS)
        raise TimeoutError(f"no map after {PATIENCE:.0f} s")
    finally:
        pool.close()


def map_rows() -> Iterator[Row]:
    """The first map of the page, with the compiled step in the cache and without."""
    spec = SweepSpec()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GANLAB_CACHE"] = f"{folder}/warm"
        for part in plan([cell.spec for cell in spec.cells if cell.spec], spec.seeds):
            compiled.compile_now(Structure.of(part.spec), part.size, "cpu", 1)
        for name, cache in (("warm", f"{folder}/warm"), ("cold: compiled meanwhile", f"{folder}/cold")):
            environment = {"GANLAB_CACHE": cache, "GANLAB_DATA": f"{folder}/data-{name[:4]}"}
            first, last, backend = click_to_map(environment)
            what = f"from click to the 8 x 8 x 2-seed map at 2,000 steps ({name})"
            figure = f"{last:.1f} s (first picture {first:.1f} s; {backend})"
            warm = name == "warm"
            yield Row(what, figure, "≤ 30 s" if warm else "", last <= 30 if warm else None)


def rows(device: str = "cpu") -> Iterator[Row]:
    """All figures."""
    return loop_rows(device) if device == "cuda" else chain(loop_rows(device), map_rows())


if __name__ == "__main__":
    show(rows("cuda" if "--cuda" in sys.argv else "cpu"))
