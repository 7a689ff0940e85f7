"""What papers report for GANs on rings and grids, and whether a GAN here can be compared with that. Without torch.

Rows with the same name disagree between papers (the plain GAN covers 1 of 8 modes in one and 6.3 in another), so what
is published is a band and no oracle. It is shown only beside the same data and the same method, and with it what else
is different.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.specs import parsed

RING, GRID = str(parsed("ring(8,radius=1,std=0.01)")), str(parsed("grid(5,spacing=2,std=0.05)"))

PACGAN_SETTING: Mapping[str, Any] = {
    "noise": "normal",
    "noise_dim": 2,
    "g_hidden": (400,) * 4,
    "g_activation": "relu",
    "g_norm": "batch",
    "d_hidden": (200,) * 3,
    "d_activation": "maxout",
    "optimiser_d": "adam",
    "lr_d": 1e-4,
    "beta1_d": 0.8,
    "optimiser_g": "adam",
    "lr_g": 1e-4,
    "beta1_g": 0.8,
    "updates": "simultaneous",
    "d_steps": 1,
    "g_steps": 1,
    "batch": 100,
}
PACGAN_STEPS = 400_000


@dataclass(frozen=True)
class Reading:
    """Mean and standard error over ten runs; None where the paper gives none."""

    mean: float
    error: float | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """One standard error to both sides."""
        error = self.error or 0.0
        return self.mean - error, self.mean + error


@dataclass(frozen=True)
class Published:
    """One row of a table: of which data and method; modes (a count), high quality (a share) and reverse KL (nats)."""

    table: str
    data: str
    method: str
    modes: Reading
    high_quality: Reading
    reverse_kl: Reading | None
    setting: Mapping[str, Any] | None
    steps: int | None

    def differs(self, spec: GanSpec, steps: int) -> dict[str, Any]:
        """What the paper had, where it is not what the spec has; everything is unknown where it is not on record."""
        found = {name: value for name, value in (self.setting or {}).items() if getattr(spec, name) != value}
        return found | ({"steps": self.steps} if self.steps not in (None, steps) else {})


def _pacgan(data: str, method: str, *numbers: tuple[float, float]) -> Published:
    modes, quality, kl = (Reading(mean, error) for mean, error in numbers)
    share = Reading(quality.mean / 100, (quality.error or 0.0) / 100)
    # A batch of 100 in the authors' code is 100 packs.
    batch = 100 * int(method[6:]) if method.startswith("PacGAN") else 100
    setting = {**PACGAN_SETTING, "batch": batch}
    return Published("PacGAN, table 1", data, method, modes, share, kl, setting, PACGAN_STEPS)


def _veegan(data: str, method: str, modes: float, quality: float) -> Published:
    return Published(
        "VEEGAN, table 1", data, method, Reading(modes), Reading(quality / 100), None, None, None
    )


PUBLISHED: tuple[Published, ...] = (
    _pacgan(RING, "GAN", (6.3, 0.5), (98.2, 0.2), (0.45, 0.09)),
    _pacgan(RING, "ALI", (6.6, 0.3), (97.6, 0.4), (0.36, 0.04)),
    _pacgan(RING, "PacGAN2", (7.9, 0.1), (95.6, 2.0), (0.07, 0.03)),
    _pacgan(RING, "PacGAN3", (7.8, 0.1), (97.7, 0.3), (0.10, 0.02)),
    _pacgan(RING, "PacGAN4", (7.8, 0.1), (95.9, 1.4), (0.07, 0.02)),
    _pacgan(GRID, "GAN", (17.3, 0.8), (94.8, 0.7), (0.70, 0.07)),
    _pacgan(GRID, "ALI", (24.1, 0.4), (95.7, 0.6), (0.14, 0.03)),
    _pacgan(GRID, "PacGAN2", (23.8, 0.7), (91.3, 0.8), (0.13, 0.04)),
    _pacgan(GRID, "PacGAN3", (24.6, 0.4), (94.2, 0.4), (0.06, 0.02)),
    _pacgan(GRID, "PacGAN4", (24.8, 0.2), (93.6, 0.6), (0.04, 0.01)),
    _veegan(RING, "GAN", 1, 99.3),
    _veegan(RING, "ALI", 2.8, 0.13),
    _veegan(RING, "Unrolled GAN", 7.6, 35.6),
    _veegan(RING, "VEEGAN", 8, 52.9),
    _veegan(GRID, "GAN", 3.3, 0.5),
    _veegan(GRID, "ALI", 15.8, 1.6),
    _veegan(GRID, "Unrolled GAN", 23.6, 16),
    _veegan(GRID, "VEEGAN", 24.6, 40),
)
"""Lin et al. 2018 (mean ± standard error of ten runs) and Srivastava et al. 2017, from whom they took the data. High
quality is given here as a share."""

# -- which of them a GAN can be compared with --------------------------------------------------------------------

PLAIN = GanSpec()
OF_A_METHOD = (
    *("noise", "penalty", "constraint", "weight_decay", "label_smoothing", "instance_noise", "pack"),
    *("minibatch_kernels", "unroll", "feature_matching", "replay", "ema", "consensus", "inference"),
)
"""Fields that make another method of a GAN when they are in use; all else is its setting."""

METHODS: tuple[tuple[str, Callable[[GanSpec], bool], frozenset[str]], ...] = (
    ("GAN", lambda spec: True, frozenset()),
    *((f"PacGAN{m}", lambda spec, m=m: spec.pack == m, frozenset({"pack"})) for m in (2, 3, 4)),
    ("Unrolled GAN", lambda spec: spec.unroll > 0, frozenset({"unroll"})),
    ("VEEGAN", lambda spec: spec.inference == "veegan", frozenset({"inference"})),
)
"""A method, what makes it, and the fields that are its own."""


def method(spec: GanSpec) -> str | None:
    """What papers would call this GAN; None for what no table here has."""
    if spec.objective not in ("minimax", "non_saturating"):
        return None
    used = {name for name in OF_A_METHOD if getattr(spec, name) != getattr(PLAIN, name)}
    return next((name for name, is_it, own in METHODS if used == own and is_it(spec)), None)


def published(spec: GanSpec) -> tuple[Published, ...]:
    """The rows of all tables for this data and this method."""
    name = method(spec)
    return tuple(row for row in PUBLISHED if row.data == spec.data and row.method == name)


def band(rows: tuple[Published, ...], metric: str) -> tuple[float, float] | None:
    """From the lowest to the highest that these rows report, standard errors included; None where they do not."""
    readings = [getattr(row, metric) for row in rows]
    ends = [reading.ends for reading in readings if reading is not None]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
