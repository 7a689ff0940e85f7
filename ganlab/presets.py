"""Presets: exercises that one click or one link opens, each with a comment and, where it makes a claim, a measurement.

Texts are marked for translation with `N_` and translated where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.registry import Registry


def N_(text: str) -> str:
    """Mark a text for translation."""
    return text


@dataclass(frozen=True)
class Preset:
    """One exercise: a page (`gan_1d` or `gan_2d`), what is changed from the default spec, and what to look for."""

    name: str
    page: str
    title: str
    comment: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> GanSpec:
        """The whole spec."""
        return GanSpec.make(self.values)


PRESETS: Registry[Preset] = Registry("preset")

PRESETS.add(
    Preset(
        "learns",
        "gan_2d",
        N_("Learns all modes"),
        N_("Eight modes on a ring. The generator finds them one after the other and then keeps all of them."),
    )
)
PRESETS.add(
    Preset(
        "collapses",
        "gan_2d",
        N_("Collapses"),
        N_("The generator puts all its samples on a few modes, and jumps when the discriminator catches up."),
        {"lr_d": 1e-4, "g_hidden": (128, 128), "lr_g": 1e-3},
    )
)
PRESETS.add(
    Preset(
        "d_too_strong",
        "gan_2d",
        N_("D too strong"),
        N_("With the minimax loss and ten updates of D for each of G, the generator's gradient vanishes."),
        {"objective": "minimax", "d_steps": 10, "lr_d": 1e-3, "lr_g": 1e-4},
    )
)
PRESETS.add(
    Preset(
        "oscillates",
        "gan_2d",
        N_("Oscillates"),
        N_("Momentum makes both players overshoot: the samples circle around the data and never settle."),
        {
            "optimiser_d": "momentum",
            "optimiser_g": "momentum",
            "beta1_d": 0.9,
            "beta1_g": 0.9,
            "lr_d": 0.02,
            "lr_g": 0.02,
        },
    )
)
PRESETS.add(
    Preset(
        "too_fast",
        "gan_2d",
        N_("Learning rate too high"),
        N_(
            "Both learning rates are a hundred times too high. Lower them while it runs and watch it recover."
        ),
        {"lr_d": 0.1, "lr_g": 0.1},
    )
)
PRESETS.add(
    Preset(
        "two_modes_1d",
        "gan_1d",
        N_("Two modes"),
        N_(
            "Two normals. D should approach p/(p+q), and the map from noise to sample must tear between the modes."
        ),
        {"data": "0.5*normal(-1,0.3)+0.5*normal(1,0.3)", "noise_dim": 1},
    )
)
