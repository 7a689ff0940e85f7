"""Diseases: GANs that are known to lose modes, each with what ten seeds of it do, as measured.

The measurements are those of `python -m benchmarks.clinic`; docs/clinic.md has all of them. Texts are marked for
translation with `N_` and translated where they are shown. Without torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.registry import Registry

SEEDS = 10  # of every measurement below: 0 to 9


def N_(text: str) -> str:
    """Mark a text for translation."""
    return text


@dataclass(frozen=True)
class Disease:
    """One row: a GAN, how long it is trained, and what ten seeds of it came to.

    `losing` of ten seeds ended without some of the `of` modes, `modes` is the mean that they covered. `arms` are what
    the clinic opens with: remedies, or changes as in `ganlab.trials.clinic`.
    """

    name: str
    title: str
    comment: str
    steps: int
    losing: int
    modes: float
    of: int
    arms: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> GanSpec:
        """The GAN."""
        return GanSpec.make(self.values)


DISEASES: Registry[Disease] = Registry("disease")

SGD = {"optimiser_d": "sgd", "optimiser_g": "sgd"}

DISEASES.add(
    Disease(
        "fast_g",
        N_("G five times as fast"),
        N_("x."),
        5000,
        10,
        1.0,
        8,
        ("r1",),
        {**SGD, "lr_d": 0.02, "lr_g": 0.1},
    )
)
