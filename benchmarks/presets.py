"""What the presets do, in ten seeds each: `python -m benchmarks.presets [NAME …] [--steps 20000]`.

The claims in `ganlab/presets.py` come from here.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from ganlab.evaluation import coverage
from ganlab.gan import GanSpec, Training
from ganlab.presets import PRESETS

SEEDS = range(10)
LOOKS = (1000, 2000, 5000, 10_000, 20_000, 40_000)


def watch(name: str, spec: GanSpec, steps: int) -> None:
    """Train ten seeds of one preset and print their modes at a few steps."""
    modes = spec.distribution.modes()
    training = Training(spec, SEEDS, backend="compiled", device="cpu", threads=torch.get_num_threads())
    print(f"\n{name}: {', '.join(f'{k}={v}' for k, v in spec.to_query().items() if k != 'seed')}")
    for step in [look for look in LOOKS if look <= steps]:
        info = training.advance(step - training.step)
        samples = training.generate(2500).astype(np.float64)
        alive = info.finite
        line = f"  step {step:6d}: {(~alive).sum()} of 10 diverged"
        if not alive.any():
            print(line, flush=True)
            return
        if modes is not None:
            each = [coverage(x, modes) for x in samples[alive]]
            found = " ".join(f"{c.covered:g}" for c in each)
            quality = np.mean([c.high_quality for c in each])
            line += f"; modes of {len(modes.weights)}: {found}; high quality {quality:.1%}"
        real, fake = (float(np.nanmedian(a)) for a in (info.accuracy_real, info.accuracy_fake))
        print(f"{line}; D right on {real:.0%} of real, {fake:.0%} of generated;", end=" ")
        gradients = info.grad_g[np.isfinite(info.grad_g)]
        print(f"G's gradient {np.median(gradients):.2g}" if gradients.size else "G rests", flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"presets (default: all of {', '.join(PRESETS)})"
    )
    parser.add_argument("--steps", type=int, default=20_000)
    arguments = parser.parse_args()
    for name in arguments.names or PRESETS:
        watch(name, PRESETS[name].spec, arguments.steps)


if __name__ == "__main__":
    main()
