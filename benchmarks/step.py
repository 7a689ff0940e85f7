"""The training step against a plain PyTorch loop of the same model, in one process, taking turns.

    python -m benchmarks.step [--cuda]

The loop is what a tutorial shows: nn.Module, torch.optim.Adam, fresh batches each step, torch's own number of threads.
Ours draws its batches too. Each figure is the median of `ROUNDS` rounds, the ratio that of the paired rounds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from benchmarks.table import Row, show
from ganlab.gan import GanSpec, Training

ROUNDS = 9


def plain_loop(spec: GanSpec, device: str) -> Callable[[int], None]:
    """The tutorial's loop for a non-saturating GAN on the ring, as a function of the number of steps."""

    def net(*sizes: int, activation: Callable[[], nn.Module]) -> nn.Sequential:
        layers: list[nn.Module] = []
        for a, b in pairwise(sizes[:-1]):
            layers += [nn.Linear(a, b), activation()]
        return nn.Sequential(*layers, nn.Linear(*sizes[-2:])).to(device)

    g = net(spec.noise_dim, *spec.g_hidden, spec.dim, activation=nn.ReLU)
    d = net(spec.dim, *spec.d_hidden, 1, activation=lambda: nn.LeakyReLU(0.2))
    g_adam = torch.optim.Adam(g.parameters(), spec.lr_g, (spec.beta1_g, spec.beta2_g))
    d_adam = torch.optim.Adam(d.parameters(), spec.lr_d, (spec.beta1_d, spec.beta2_d))
    modes = spec.distribution.modes()
    assert modes is not None
    centres, spread = torch.tensor(modes.centres, dtype=torch.float32, device=device), float(modes.spreads[0])

    def real() -> Tensor:
        index = torch.randint(len(centres), (spec.batch,), device=device)
        return centres[index] + spread * torch.randn(spec.batch, spec.dim, device=device)

    def run(steps: int) -> None:
        for _ in range(steps):
            d_adam.zero_grad()
            fake = g(torch.randn(spec.batch, spec.noise_dim, device=device)).detach()
            (softplus(-d(real())).mean() + softplus(d(fake)).mean()).backward()
            d_adam.step()
            g_adam.zero_grad()
            softplus(-d(g(torch.randn(spec.batch, spec.noise_dim, device=device)))).mean().backward()
            g_adam.step()
        if device == "cuda":
            torch.cuda.synchronize()

    return run


def seconds(run: Callable[[int], object], steps: int) -> float:
    """Seconds per step."""
    start = perf_counter()
    run(steps)
    return (perf_counter() - start) / steps


def against_loop(
    spec: GanSpec, members: int, threads: int, device: str, steps: int
) -> tuple[float, float, float]:
    """(ours per GAN, the loop's, ratio), seconds per step, medians of paired rounds."""
    loop_threads = torch.get_num_threads()
    loop = plain_loop(spec, device)
    training = Training(spec, range(members), backend="compiled", device=device, threads=threads)
    loop(50)
    training.advance(50)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        torch.set_num_threads(loop_threads)
        theirs.append(seconds(loop, 300))
        torch.set_num_threads(threads)
        ours.append(seconds(training.advance, steps) / members)
        torch.set_num_threads(loop_threads)
    return median(ours), median(theirs), median(b / a for a, b in zip(ours, theirs, strict=True))


def rows(device: str = "cpu") -> Iterator[Row]:
    """The figures of the step."""
    spec = GanSpec(g_hidden=(32, 32), d_hidden=(32, 32), batch=128)
    if device == "cuda":
        ours, loop, ratio = against_loop(spec, 4096, 1, device, 50)
        what = "4,096 GANs in one step on the GPU, GAN-steps/s against a plain loop there"
        yield Row(what, f"{ratio:,.0f}x ({1 / ours:,.0f} against {1 / loop:,.0f})", "≥ 1,000x", ratio >= 1000)
        return
    for members, threads, steps, target in ((1, 1, 2000, 5.0), (10, 2, 600, 0.0), (64, 2, 150, 12.0)):
        ours, loop, ratio = against_loop(spec, members, threads, device, steps)
        what = (
            f"{members} GAN{'s' * (members > 1)} (32x2, batch 128) in one step, per GAN, against a plain loop"
        )
        figure = f"{ratio:.1f}x ({ours * 1e3:.3f} ms against {loop * 1e3:.3f} ms)"
        yield Row(what, figure, f"≥ {target:.0f}x" if target else "", ratio >= target if target else None)


if __name__ == "__main__":
    show(rows("cuda" if "--cuda" in sys.argv else "cpu"))
