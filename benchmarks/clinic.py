"""Ten seeds of every disease of the clinic, untreated and with its remedies:

    python -m benchmarks.clinic [DISEASE …] [--arms "r1|pack2|r1+ema"] [--all] [--seeds 10] [--steps N]

Prints a Markdown table for each; docs/clinic.md and the captions of `ganlab/trials/diseases.py` come from here. `--all`
tries every remedy there is. `--base "lr_g=0.1&…"` takes a GAN of one's own in place of a disease.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from ganlab.gan.remedies import REMEDIES
from ganlab.gan.variants import SEPARATOR
from ganlab.trials import METRICS, Trial
from ganlab.trials.clinic import OWN, ClinicSpec, refusal, treated
from ganlab.trials.clinic_findings import findings, markdown
from ganlab.trials.diseases import DISEASES


def run(spec: ClinicSpec, arms: list[str], steps: int, backend: str) -> None:
    """Train all arms, one disease at a time, and print what came of it."""
    base = spec.gan
    tried = [treated(base, text) for text in arms]
    cells = [base, *(arm.spec for arm in tried)]
    began = time.perf_counter()
    trial = Trial(cells, spec.chosen_seeds, steps, moments=4, backend=backend, device="cpu")
    for _ in trial:
        pass
    modes = base.distribution.modes()
    assert modes is not None
    found = findings(modes, trial.readings[-1], trial.record.diverged >= 0)
    seconds = time.perf_counter() - began
    about = ", ".join(f"{k}={v}" for k, v in base.to_query().items() if k != "seed")
    print(f"\n### {spec.disease}\n\n{about}; {spec.seeds} seeds, {steps:,} steps, {seconds:.0f} s\n")
    print(markdown(["untreated", *(arm.text for arm in tried)], found, trial.record.perfect))
    print()
    for label, finding, early in zip(["untreated", *arms], found, trial.readings[1], strict=True):
        each = " ".join(f"{value:g}" for value in finding.values["modes"])
        before = float(np.nan_to_num(early[:, METRICS.index("modes")]).mean())
        print(
            f"- {label}: modes by seed {each}; at step {trial.schedule[1]:,} a mean of {before:.1f}",
            flush=True,
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Ten seeds of the clinic's diseases, untreated and treated.")
    parser.add_argument(
        "names", nargs="*", metavar="DISEASE", help=f"of {', '.join(DISEASES)} (default: all)"
    )
    parser.add_argument("--base", default="", help="a GAN of one's own, as fields in a link")
    parser.add_argument("--arms", help="remedies and changes, as the clinic writes them")
    parser.add_argument("--all", action="store_true", help="every remedy")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--backend", default="eager", help="eager or compiled")
    arguments = parser.parse_args()
    for name in [OWN] if arguments.base else arguments.names or DISEASES:
        spec = ClinicSpec.make(
            {"disease": name, "base": arguments.base, "arms": "", "seeds": arguments.seeds}
        )
        texts = (
            arguments.arms
            if arguments.arms is not None
            else SEPARATOR.join(() if name == OWN else DISEASES[name].arms)
        )
        arms = list(REMEDIES) if arguments.all else [text for text in texts.split(SEPARATOR) if text]
        possible = [arm for arm in arms if refusal(spec.gan, arm) is None]
        run(spec, possible, arguments.steps or spec.iterations, arguments.backend)


if __name__ == "__main__":
    main()
