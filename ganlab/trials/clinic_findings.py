"""What ten seeds of every arm of a clinic came to, and whether the treatments help. Without torch.

Symbols: C arms (the first untreated), S seeds; readings `[C, S, len(METRICS)]` are those of one moment of a trial.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import Modes
from ganlab.evaluation.comparing import Effect, Estimate, Scale, compare, estimate, scales, settled
from ganlab.trials.metrics import METRICS, SAMPLES

JUDGED = ("modes", "high_quality", "reverse_kl")
"""The metrics of a clinic; the first decides."""

CURED = 15 / 16
"""Share of the modes that an arm covers on average to count as cured: 7.5 of 8."""


@dataclass(frozen=True)
class Finding:
    """One arm: `values [S]` by metric (with the worst there is for seeds that diverged), their means, and what the
    treatment did to each (None for the untreated arm).
    """

    values: Mapping[str, NDArray[np.float64]]
    estimates: Mapping[str, Estimate]
    effects: Mapping[str, Effect] | None

    @property
    def losing(self) -> int:
        """Seeds that cover fewer than all modes."""
        modes = self.estimates["modes"]
        return modes.n - modes.perfect


def findings(
    modes: Modes, readings: NDArray[np.floating], diverged: NDArray[np.bool_]
) -> tuple[Finding, ...]:
    """A finding for each arm of readings `[C, S, len(METRICS)]`; `diverged [C, S]`: its numbers are not finite."""
    measured = scales(modes, SAMPLES)
    columns = {name: np.asarray(readings[..., METRICS.index(name)], np.float64) for name in JUDGED}
    untreated = {name: columns[name][0] for name in JUDGED}
    return tuple(
        _finding(
            measured,
            {name: columns[name][arm] for name in JUDGED},
            diverged[arm],
            untreated if arm else None,
            diverged[0],
        )
        for arm in range(len(diverged))
    )


def _finding(
    measured: Mapping[str, Scale],
    values: Mapping[str, NDArray[np.float64]],
    lost: NDArray[np.bool_],
    untreated: Mapping[str, NDArray[np.float64]] | None,
    lost_untreated: NDArray[np.bool_],
) -> Finding:
    kept = {name: settled(values[name], measured[name], lost) for name in JUDGED}
    if untreated is None:
        return Finding(kept, {name: estimate(values[name], measured[name], lost) for name in JUDGED}, None)
    effects = {
        name: compare(
            untreated[name],
            values[name],
            measured[name],
            diverged_before=lost_untreated,
            diverged_after=lost,
        )
        for name in JUDGED
    }
    return Finding(kept, {name: effect.after for name, effect in effects.items()}, effects)


# -- as a table --------------------------------------------------------------------------------------------------

HEAD = (
    "arm",
    "modes",
    "95 % interval",
    "all modes in",
    "high quality",
    "reverse KL",
    "diverged",
    "modes more than untreated, 95 % interval",
    "better in",
    "verdict",
)
WORDS = {
    "helps": "helps",
    "hurts": "hurts",
    "unclear": "no clear difference",
    "both_perfect": "nothing left to help",
}


def markdown(labels: Sequence[str], found: Sequence[Finding], perfect: Mapping[str, float]) -> str:
    """The findings as a Markdown table, mean ± standard error, with a row for a perfect sampler."""
    rows = [_row(label, finding) for label, finding in zip(labels, found, strict=True)]
    shares = (
        f"{perfect['modes']:.2f}",
        f"{100 * perfect['high_quality']:.1f} %",
        f"{perfect['reverse_kl']:.4f}",
    )
    rows.append(("perfect sampler", shares[0], "", "", shares[1], shares[2], "", "", "", ""))
    lines = [HEAD, ("---",) * len(HEAD), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _row(label: str, finding: Finding) -> tuple[str, ...]:
    modes, quality, kl = (finding.estimates[name] for name in JUDGED)
    share = f"{100 * quality.mean:.1f} ± {_error(100 * quality.error)} %"
    told = [
        label,
        f"{modes.mean:.2f} ± {_error(modes.error)}",
        f"{modes.low:.2f} to {modes.high:.2f}",
        f"{modes.perfect} of {modes.n}",
        share,
        f"{kl.mean:.3f} ± {_error(kl.error, 3)}",
        str(modes.diverged),
    ]
    if finding.effects is None:
        return (*told, "", "", "")
    effect = finding.effects["modes"]
    interval = f"{effect.difference:+.2f}, {effect.low:+.2f} to {effect.high:+.2f}"
    return (*told, interval, f"{effect.better} of {effect.n}", WORDS[effect.verdict])


def _error(value: float, digits: int = 2) -> str:
    return "?" if math.isnan(value) else f"{value:.{digits}f}"
