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
        N_("G too fast"),
        N_(
            "Plain gradient steps, and G's are five times as large as D's. G jumps to where D is most mistaken, D "
            "follows, G jumps on, and the modes that nobody visits are forgotten."
        ),
        steps=5000,
        losing=10,
        modes=3.1,
        of=8,
        arms=("r1", "zero_gp", "mixture_noise", "wgan_gp", "pack2", "label_smoothing"),
        values={**SGD, "lr_d": 0.025, "lr_g": 0.125},
    )
)
DISEASES.add(
    Disease(
        "slow_d",
        N_("D too slow"),
        N_(
            "Adam, and D learns a tenth as fast as G. Before D has noticed where samples are missing, G has piled them "
            "up somewhere else. What calms D does not help here; what lets it see more, or keep up, does."
        ),
        steps=4000,
        losing=10,
        modes=2.0,
        of=8,
        arms=("d_steps=5", "lr_d=0.001", "pack4", "unrolled", "r1", "label_smoothing"),
        values={"lr_d": 0.0001},
    )
)
DISEASES.add(
    Disease(
        "momentum",
        N_("Too much momentum"),
        N_(
            "Adam with β₁ = 0.99: both players keep 99 % of their last step, overshoot, and swing past each other. "
            "The cure is to take the cause away; a remedy that works elsewhere makes it worse."
        ),
        steps=5000,
        losing=10,
        modes=1.6,
        of=8,
        arms=("beta1_d=0.5&beta1_g=0.5", "two_rates", "kl_regularised", "r1", "mixture_noise"),
        values={"beta1_d": 0.99, "beta1_g": 0.99},
    )
)
DISEASES.add(
    Disease(
        "small_d",
        N_("D too small"),
        N_(
            "D has a single hidden layer of eight units, too few to hold eight modes apart. It can be enlarged, or "
            "told what it cannot see for itself: how alike the samples of a batch are."
        ),
        steps=5000,
        losing=9,
        modes=2.4,
        of=8,
        arms=("d_hidden=32,32", "minibatch", "pack2", "d_steps=5", "r1", "ema"),
        values={"d_hidden": (8,)},
    )
)
DISEASES.add(
    Disease(
        "grid",
        N_("25 modes on a grid"),
        N_(
            "The grid of PacGAN's and VEEGAN's tables, with small networks and few steps: 25 narrow modes are much to "
            "find in so short a time. Remedies that papers praise for this very grid make no clear difference here; "
            "larger steps with a penalty do."
        ),
        steps=5000,
        losing=10,
        modes=18.7,
        of=25,
        arms=("lr_d=0.005&lr_g=0.005+r1", "pack2", "unrolled", "r1", "mixture_noise"),
        values={"data": "grid(5,spacing=2,std=0.05)"},
    )
)
