"""Published protocols: GANs trained and measured as papers did, so that their tables can be set beside ours.

A protocol is one row: its cells (a GAN each, networks, data and optimisers as published), how long they are trained,
and what is different here all the same. What the papers report is in `ganlab.trials.published`. Without torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.registry import Registry
from ganlab.trials.published import GRID, PACGAN_SETTING, PACGAN_STEPS, RING, Published, published

SEEDS = 10  # of every cell: 0 to 9


@dataclass(frozen=True)
class Cell:
    """One GAN of a protocol."""

    name: str
    label: str
    values: Mapping[str, Any]

    @property
    def spec(self) -> GanSpec:
        """The GAN."""
        return GanSpec.make(self.values)

    @property
    def published(self) -> tuple[Published, ...]:
        """The rows of all tables for these data and this method."""
        return published(self.spec)


@dataclass(frozen=True)
class Protocol:
    """One row.

    `claim` says in words what the paper shows; `differs` what is not as it was published. `steps` are the published
    iterations, `fast_steps` those of `--fast`, of which two cores do a cell in about five minutes; nothing else differs
    between the two.
    """

    name: str
    title: str
    source: str
    claim: str
    cells: tuple[Cell, ...]
    steps: int
    fast_steps: int
    differs: tuple[str, ...]


PROTOCOLS: Registry[Protocol] = Registry("protocol")

MEASURE = (
    "Each GAN is measured once, at its last step, on 2,500 fresh samples: high quality is within 3 standard deviations "
    "of a mode, a mode is covered with one such sample, and reverse KL compares their histogram with the true weights. "
    "A GAN whose numbers are not finite any more counts as the worst there is."
)

# -- PacGAN --------------------------------------------------------------------------------------------------------


def _pacgan(data: str, text: str, pack: int) -> Cell:
    """D sees m samples at once; a batch of 100 in the authors' code is 100 packs."""
    name = f"{data}_pacgan{pack}" if pack > 1 else f"{data}_gan"
    label = f"{data}, PacGAN{pack}" if pack > 1 else f"{data}, GAN"
    more = {"data": text, "objective": "non_saturating", "pack": pack, "batch": 100 * pack}
    return Cell(name, label, {**PACGAN_SETTING, "beta2_d": 0.999, "beta2_g": 0.999, **more})


PROTOCOLS.add(
    Protocol(
        name="pacgan",
        title="PacGAN, table 1",
        source="Lin et al. 2018, section 4.1, and the authors' code (fjxmlzn/PacGAN)",
        claim="Packing two or more samples covers nearly all modes where the plain GAN loses some.",
        cells=tuple(
            _pacgan(data, text, m) for data, text in (("ring", RING), ("grid", GRID)) for m in (1, 2, 3, 4)
        ),
        steps=PACGAN_STEPS,
        fast_steps=1500,
        differs=(
            "ALI, another row of the table, is not here.",
            "A batch is 100 packs, so 100, 200, 300 or 400 samples; ours are normalised together in G, while the "
            "authors' G normalises the 100 samples of each place in the packs by themselves.",
            "The authors' G has no biases before batch normalisation. Ours has, and they do nothing: the mean takes "
            "them away.",
            "The authors' weights begin at N(0, 0.02²) and their biases at 0; ours begin as everywhere here, with "
            "variances that keep the size of signals (He et al. 2015).",
            "The authors train on 100,000 fixed packs and update D and G on the same batch; here every update draws "
            "its own samples.",
            "For measuring, the authors normalise by running averages; here by 1,000 fixed noise vectors.",
            "β2 is 0.999, the default of the authors' library, which their code leaves as it is.",
        ),
    )
)

# -- Unrolled GAN --------------------------------------------------------------------------------------------------

UNROLLED = {
    "data": RING,
    "noise": "normal",
    "noise_dim": 256,
    "g_hidden": (128, 128),
    "g_activation": "tanh",
    "d_hidden": (128, 128),
    "d_activation": "tanh",
    "objective": "minimax",
    "optimiser_d": "adam",
    "lr_d": 1e-4,
    "beta1_d": 0.5,
    "beta2_d": 0.999,
    "optimiser_g": "adam",
    "lr_g": 1e-3,
    "beta1_g": 0.5,
    "beta2_g": 0.999,
    "updates": "simultaneous",
    "d_steps": 1,
    "g_steps": 1,
    "batch": 512,
}

PROTOCOLS.add(
    Protocol(
        name="unrolled",
        title="Unrolled GAN on the ring",
        source="Metz et al. 2017; networks and rates of the notebook of one of the authors (poolio/unrolled_gan)",
        claim="Metz et al. report no coverage here. Their figure shows that without unrolling G goes from mode to mode "
        "and never settles, and that with unrolling it soon spreads over all of them.",
        cells=tuple(
            Cell(f"unroll{k}", f"ring, unroll {k}", {**UNROLLED, "unroll": k}) for k in (0, 1, 5, 10)
        ),
        steps=25_000,
        fast_steps=500,
        differs=(
            "The published numbers are other papers', from other networks; how many steps VEEGAN's table unrolled is "
            "not on record here.",
            "The notebook's ring has its eight angles from 0 to 2π with both ends, which makes seven modes, one of "
            "them twice as heavy; ours has eight.",
            "The notebook's weights begin orthogonal with gain 1.4; ours begin as everywhere here.",
            "The notebook updates D and G on the same batch; here each draws its own.",
        ),
    )
)

# -- WGAN-GP -------------------------------------------------------------------------------------------------------

WGAN_GP = {
    "noise": "normal",
    "noise_dim": 2,
    "g_hidden": (512,) * 3,
    "g_activation": "relu",
    "d_hidden": (512,) * 3,
    "d_activation": "relu",
    "objective": "wgan",
    "penalty": "wgan_gp",
    "penalty_weight": 0.1,
    "optimiser_d": "adam",
    "lr_d": 1e-4,
    "beta1_d": 0.5,
    "beta2_d": 0.9,
    "optimiser_g": "adam",
    "lr_g": 1e-4,
    "beta1_g": 0.5,
    "beta2_g": 0.9,
    "updates": "alternating",
    "d_steps": 5,
    "g_steps": 1,
    "batch": 256,
}

EIGHT = f"ring(8,radius={2 / 1.414:.6g},std={0.02 / 1.414:.6g})"
TWENTY_FIVE = f"grid(5,spacing={2 / 2.828:.6g},std={0.05 / 2.828:.6g})"
"""The data of the authors' toy, divided by (about) their standard deviation as there."""

PROTOCOLS.add(
    Protocol(
        name="wgan_gp",
        title="WGAN-GP, the authors' toy",
        source="Gulrajani et al. 2017, and the authors' code (igul222/improved_wgan_training, gan_toy.py)",
        claim="Gulrajani et al. report no coverage here. Their figure shows critics, for a G held at the data plus "
        "noise: with clipped weights they miss the higher moments of the data, with the gradient penalty they do not.",
        cells=(
            Cell("8gaussians", "8 Gaussians", {**WGAN_GP, "data": EIGHT}),
            Cell("25gaussians", "25 Gaussians", {**WGAN_GP, "data": TWENTY_FIVE}),
        ),
        steps=100_000,
        fast_steps=250,
        differs=(
            "The authors' last layers begin as Glorot's rule says, ours with variance 1/width.",
            "The authors' code ends with updates of D; here an iteration is five updates of D and then one of G.",
            "The authors' 25 Gaussians are 100,000 fixed samples; here every batch is fresh.",
        ),
    )
)
