"""What the samples of a trained GAN score, and what a perfect sampler does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab.evaluation import baseline, coverage, perfect_precision_recall, precision_recall

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ganlab.distributions import Distribution

SAMPLES = 2500  # the number in published tables of mode coverage (PacGAN, Lin et al. 2018, §4.1)
NEIGHBOUR_SAMPLES = 1000  # of these for precision and recall, whose cost grows faster


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
