"""A plain PyTorch GAN that shares no formula with ours: nn.Linear, torch.optim, losses written from the papers.

It runs in float64, so that what differs from it by more than float32 rounding is wrong. A new objective, penalty,
optimiser or activation needs its row in one of the tables:

| table | rows | in |
|---|---|---|
| `LOSSES` | (D's loss, G's loss) of D's outputs on real and on generated samples | `plain_losses.py` |
| `SAMPLE_LOSSES` | G's loss of the samples themselves | `plain_losses.py` |
| `TERMS` | penalties, one sample at a time | `plain_penalties.py` |
| `OPTIMS`, `STEPS` | optimisers, and the same differentiable | `plain_optimisers.py` |
| `LAYERS` | activations | `plain_networks.py` |

`plain_remedies.py` and `plain_gan.py` have the rest of what a spec can ask for. The referees' own tests are in
`test_plain*.py`.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor

from ganlab.gan.batches import Batches
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from tests.gan.plain_gan import Game, OneBatch, discriminator, generator
from tests.gan.plain_losses import EXACT, LOSSES, SAMPLE_LOSSES, SCORES
from tests.gan.plain_networks import LAYERS, network, packed
from tests.gan.plain_optimisers import OPTIMS, STEPS
from tests.gan.plain_penalties import EACH, TERMS

__all__ = [
    "EACH",
    "EXACT",
    "LAYERS",
    "LOSSES",
    "OPTIMS",
    "SAMPLE_LOSSES",
    "SCORES",
    "STEPS",
    "TERMS",
    "MemberBatches",
    "PlainGan",
    "discriminator",
    "generator",
    "network",
    "packed",
    "referee_of",
    "small",
]

T = TypeVar("T")


def referee_of(table: dict[str, T], kind: str, name: str) -> T:
    """The independent implementation of a row."""
    assert name in table, (
        f"{kind} {name!r} has no referee: add a plain implementation to tests/gan/referee.py"
    )
    return table[name]


class MemberBatches:
    """The batches that a `Training` draws for one member, in float64."""

    def __init__(self, batches: Batches, jitter: bool) -> None:
        self.batches, self.jitter = batches, jitter

    def d(self, i: int) -> OneBatch:
        return alone(self.batches.d(i, jitter=self.jitter))

    def g(self, j: int) -> OneBatch:
        return alone(self.batches.g(j, jitter=self.jitter))


def alone(batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> OneBatch:
    """The first member's part of a batch."""
    real, noise, jitter, mix = (part.double() for part in batch)
    return OneBatch(real[0], noise[0], jitter[:, 0], mix[0])


def own(training: Training, member: int) -> GanSpec:
    """A member's spec: hyperparameters may differ by member."""
    return training.spec.changed(**{name: values[member] for name, values in training.each.items()})


def split(spec: GanSpec, extra: Tensor) -> tuple[list[Tensor], Tensor | None]:
    """(u of each weight matrix, replay memory [rows, width]) of what D carries beside its parameters."""
    width = spec.dim + (spec.noise_dim if spec.inference == "veegan" else 0)
    us: list[Tensor] = []
    if spec.constraint == "spectral_norm":
        sizes = [spec.pack * width, *spec.d_hidden]
        sizes[-1] += spec.minibatch_kernels
        us, extra = list(extra[: sum(sizes)].split(sizes)), extra[sum(sizes) :]
    return us, extra.reshape(-1, width) if spec.replay > 0 else None


class PlainGan(Game):
    """One GAN trained by an ordinary loop, on the batches that a `Training` of the same spec draws."""

    def __init__(self, training: Training, member: int = 0) -> None:
        spec, d, g = own(training, member), training.state.d, training.state.g
        self.drawn = Batches(spec, (training.seeds[member],), torch.device("cpu"))
        batches = MemberBatches(self.drawn, spec.instance_noise > 0)
        us, memory = split(spec, d.extra[member].double())
        super().__init__(spec, d.theta[member].double(), g.theta[member].double(), batches, us, memory)


def small(**values: object) -> GanSpec:
    """A spec that is quick to check: two small layers, a small batch, eager."""
    defaults = {"g_hidden": (7, 6), "d_hidden": (6, 5), "batch": 9, "backend": "eager", "device": "cpu"}
    return GanSpec.make({**defaults, **values})
