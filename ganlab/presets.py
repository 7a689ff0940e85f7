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

# Each claim was measured with ten seeds: `python -m benchmarks.presets`.

SGD = {"optimiser_d": "sgd", "optimiser_g": "sgd"}
COLLAPSE = {**SGD, "lr_d": 0.02, "lr_g": 0.1}
STRONG_D = {
    "data": "normal([3,3],0.2)",
    "noise": "uniform",
    "d_steps": 10,
    "lr_d": 0.01,
    "optimiser_g": "sgd",
    "lr_g": 0.0005,
}
CIRCLE = {
    **SGD,
    "data": "normal([0,0],0.7)",
    "objective": "wgan",
    "clip": 10.0,
    "g_hidden": (),
    "d_hidden": (),
    "lr_d": 0.0003,
    "lr_g": 0.0003,
}

PRESETS.add(
    Preset(
        "learns",
        "gan_2d",
        N_("Learns all modes"),
        N_(
            "Eight modes on a ring. The generator finds all eight within 2,000 steps in 10 of 10 seeds, and then "
            "spends its time on getting the points between them out of the way."
        ),
    )
)
PRESETS.add(
    Preset(
        "collapses",
        "gan_2d",
        N_("Collapses"),
        N_(
            "Plain gradient steps, and G's are five times as large as D's. In 10 of 10 seeds all samples end up in one "
            "place by step 10,000: G jumps to where D is most mistaken, D follows, G jumps on."
        ),
        COLLAPSE,
    )
)
PRESETS.add(
    Preset(
        "cured",
        "gan_2d",
        N_("Cured by R1"),
        N_(
            "The same as “Collapses” with a penalty on D's slope at real data (R1, weight 1). D cannot be steep now, "
            "so G has no reason to jump: all 8 modes in 10 of 10 seeds by step 10,000."
        ),
        {**COLLAPSE, "penalty": "r1", "penalty_weight": 1.0},
    )
)
PRESETS.add(
    Preset(
        "d_too_strong",
        "gan_2d",
        N_("D too strong"),
        N_(
            "Ten updates of D for each of G, and the minimax loss. D is certain before G has moved, and the gradient "
            "that reaches G fades to a millionth or less: stuck in 9 of 10 seeds. Switch on “What G "
            "receives” and watch the arrows vanish."
        ),
        {**STRONG_D, "objective": "minimax"},
    )
)
PRESETS.add(
    Preset(
        "strong_d_cured",
        "gan_2d",
        N_("Cured by the loss"),
        N_(
            "The same strong D, but G maximises log D(G(z)) instead of minimising log(1 − D(G(z))). Its gradient is "
            "largest where D is surest, and G arrives in 10 of 10 seeds by step 2,000."
        ),
        {**STRONG_D, "objective": "non_saturating"},
    )
)
PRESETS.add(
    Preset(
        "oscillates",
        "gan_2d",
        N_("Oscillates"),
        N_(
            "The smallest GAN there is: both networks are linear. Each player answers the other's last move, and the "
            "cloud circles around the data for ever instead of settling (10 of 10 seeds)."
        ),
        CIRCLE,
    )
)
PRESETS.add(
    Preset(
        "damped",
        "gan_2d",
        N_("Damped by R1"),
        N_(
            "The same two linear players with R1 on D. The circle becomes a spiral that ends at the data's mean; a "
            "linear D sees nothing but the mean, so the width stays wrong."
        ),
        {**CIRCLE, "penalty": "r1", "penalty_weight": 1.0},
    )
)
PRESETS.add(
    Preset(
        "too_fast",
        "gan_2d",
        N_("Learning rate too high"),
        N_(
            "Learning rate 0.05 with momentum 0.9: within 1,000 steps the numbers leave every scale in 10 of 10 seeds. "
            "The run stops at its last finite state. Lower both rates and press Restart."
        ),
        {
            "optimiser_d": "momentum",
            "optimiser_g": "momentum",
            "beta1_d": 0.9,
            "beta1_g": 0.9,
            "lr_d": 0.05,
            "lr_g": 0.05,
        },
    )
)
PRESETS.add(
    Preset(
        "own_data",
        "gan_2d",
        N_("Own data"),
        N_(
            "This heart was drawn. “Draw” and “Upload” in the sidebar take yours; a drawing travels in the link."
        ),
        {
            "data": 'drawn("gJyAnYCfgKGBpYOphq6Js423kryYv5_CpsStxbTEvMLDv8m7z7bUsNip26Lcm9yT24vYg9R8z3TJbcNmvGC0Wa1Tpky'
            "fRphAkjuNNYkwhiuDJ4EkgCGAH4AdgB1_HX8ffyF-JHwneSt2MHI1bTtnQGBGWUxSU0tZQ2A8ZjZtMHQrfCeDJIsjkyObJKInqSuwMLY"
            '2uzy_Q8JLxFLFWcRgwme_bbxyt3azea58qX6lf6F_n3-d",std=0.05)',
            "g_hidden": (64, 64),
            "d_hidden": (64, 64),
        },
    )
)

# Larger steps than these move whole modes to and fro on the line; a smooth activation makes a smooth density.
FINE = {"noise_dim": 1, "g_activation": "tanh", "lr_g": 1e-4, "lr_d": 5e-4, "batch": 256}

PRESETS.add(
    Preset(
        "two_modes_1d",
        "gan_1d",
        N_("Two modes"),
        N_(
            "Two normals. G must bend one line of noise so that few of its points lie between them: see the steep "
            "part of the map. D hovers around ½ where p and q agree."
        ),
        {**FINE, "data": "0.5*normal(-1,0.3)+0.5*normal(1,0.3)"},
    )
)
PRESETS.add(
    Preset(
        "best_d_1d",
        "gan_1d",
        N_("Only D learns"),
        N_(
            "G stands still (no steps of G), so D can become the best there is: D(x) → p/(p+q), and V(D, G) → "
            "2·JS − ln 4. Give G one step and watch D lose its lead."
        ),
        {**FINE, "data": "0.5*normal(-1,0.3)+0.5*normal(1,0.3)", "g_steps": 0, "lr_d": 1e-3, "batch": 1024},
    )
)
PRESETS.add(
    Preset(
        "three_modes_1d",
        "gan_1d",
        N_("Three unequal modes"),
        N_(
            "Weights 0.2, 0.5 and 0.3. Covering a mode is not enough: compare the bars with the marks at the true "
            "weights."
        ),
        {**FINE, "data": "0.2*normal(-2,0.3)+0.5*normal(0,0.2)+0.3*normal(1.5,0.4)"},
    )
)
PRESETS.add(
    Preset(
        "tail_1d",
        "gan_1d",
        N_("A heavy tail"),
        N_(
            "Student's t with 2 degrees of freedom. A network of bounded slope cannot turn normal noise into such "
            "tails: JS becomes small, and the outermost samples stay missing."
        ),
        {**FINE, "data": "student_t(2,0,0.5)"},
    )
)
