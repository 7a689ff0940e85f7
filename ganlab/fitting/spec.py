"""`FitSpec`: the one description of a fit. Never imports torch: the web process reads it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ganlab.fitting.objectives import FIT_OBJECTIVES, FitObjective
from ganlab.fitting.target import Target
from ganlab.gan.networks import ACTIVATIONS, parameter_count
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.spec import GanSpec, Widths
from ganlab.registry import Registry
from ganlab.specs import DistributionText, FlatSpec, Seed, entries, parsed, row

MAX_STARTS = 32
MAX_LEAVES = 256  # components of P times starts: what a step evaluates grows with both
MAX_PARAMETERS = 100_000
MAX_KERNELS = 1 << 20  # starts times batch times grid points in a generator's step
FINEST = 1 / 512  # bandwidth in widths of P's window: kernels need a grid, or points, as fine as they are


@dataclass(frozen=True)
class NoObjective:
    """The row of `beside` that asks for nothing."""

    name: str = "none"
    label: str = "Nothing"


BESIDE: Registry[FitObjective | NoObjective] = Registry("objective")
BESIDE.add(NoObjective())
for _objective in FIT_OBJECTIVES.values():
    BESIDE.add(_objective)


Pairs = Annotated[
    tuple[Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)], ...],
    Field(max_length=2 * MAX_STARTS),
    BeforeValidator(entries),
    PlainSerializer(list, when_used="json"),
]


class FitSpec(FlatSpec):
    """Q fitted to P by gradient descent on a divergence, from many starts at once."""

    KIND: ClassVar[str] = "fit"

    p: DistributionText = Field(
        "0.5*normal(-3,0.5)+0.5*normal(3,0.5)",
        validate_default=True,
        description="The distribution P: on the line, with a density.",
    )
    model: Literal["gaussian", "generator"] = Field(
        "gaussian", description="Q: a mixture of a few Gaussians, or a small generator network G(z)."
    )
    components: int = Field(1, ge=1, le=3, description="Gaussians in Q.")
    objective: row(FIT_OBJECTIVES) = Field("kl_pq", validate_default=True, description="What Q minimises.")  # type: ignore[valid-type]
    beside: row(BESIDE) = Field("none", description="A second objective, from the same starts.")  # type: ignore[valid-type]
    optimiser: row(OPTIMISERS) = Field("adam", description="How Q follows the gradient.")  # type: ignore[valid-type]
    lr: float = Field(
        0.05,
        ge=0,
        le=10,
        allow_inf_nan=False,
        description="Learning rate; a mean of 1 is one spread of P, so a step is as large for P stretched.",
    )
    begin: Pairs = Field((), description="Starts of one's own: mean, standard deviation, mean, …")
    starts: int = Field(
        8,
        ge=0,
        le=MAX_STARTS,
        validate_default=True,
        description="Starts besides those, spread over P; of generators, one for each seed.",
    )
    bandwidth: float = Field(
        0.3,
        validate_default=True,
        gt=0,
        le=1e4,
        allow_inf_nan=False,
        description="Standard deviation of the kernel: of MMD², and of a generator's density.",
    )
    hidden: Widths = Field((32, 32), description="Widths of the generator's hidden layers, 0 to 6 of them.")
    activation: row(ACTIVATIONS) = Field("tanh", description="Activation of the generator's hidden layers.")  # type: ignore[valid-type]
    batch: int = Field(128, ge=2, le=1024, description="Samples of the generator in a step.")
    adversarial: bool = Field(
        False, description="Train the same generator against a discriminator beside it."
    )
    adversarial_lr: float = Field(
        1e-3, ge=0, le=10, allow_inf_nan=False, description="Learning rate of both adversaries."
    )
    steps: int = Field(
        2000, ge=0, le=10_000_000, description="Steps after which the fit is over; 0: when nothing moves."
    )
    seed: Seed = Field(0, description="Seed of the starts, the initial weights and the noise.")

    HOT: ClassVar[frozenset[str]] = frozenset({"lr", "adversarial_lr", "steps"})
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"p", "objective", "seed"})

    @field_validator("p")
    @classmethod
    def _on_the_line(cls, p: str) -> str:
        if parsed(p).dim != 1:
            raise ValueError(f"this has dimension {parsed(p).dim}; allowed: distributions on the line")
        if not parsed(p).has_density:
            raise ValueError("these are samples and have no density; allowed: distributions that have one")
        return p

    @field_validator("objective", "beside")
    @classmethod
    def _somewhere_finite(cls, name: str, info: ValidationInfo) -> str:
        """Refuses an objective that the model does not have, or that is infinite for every Q."""
        if name != "none" and {"p", "model"} <= info.data.keys():
            check_objective(name, info.data["model"], target_of(info.data["p"]))
        return name

    @field_validator("begin")
    @classmethod
    def _pairs(cls, begin: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        if len(begin) % 2 or any(std < 1e-6 for std in begin[1::2]):
            raise ValueError(
                "write pairs of a mean and a standard deviation of 0.000001 or more: mean,std,mean,std"
            )
        one = info.data.get("model") == "gaussian" and info.data.get("components") == 1
        if begin and not one:
            raise ValueError("starts of one's own are for one Gaussian; leave this empty here")
        return begin

    @field_validator("starts")
    @classmethod
    def _enough(cls, starts: int, info: ValidationInfo) -> int:
        if {"p", "begin"} <= info.data.keys():
            check_starts(starts + len(info.data["begin"]) // 2, target_of(info.data["p"]))
        return starts

    @field_validator("bandwidth")
    @classmethod
    def _wide_enough(cls, bandwidth: float, info: ValidationInfo) -> float:
        kernels = "mmd2" in (info.data.get("objective"), info.data.get("beside"))
        if "p" in info.data and (kernels or info.data.get("model") == "generator"):
            low, high = target_of(info.data["p"]).p.bounds()[0]
            if bandwidth < (least := float(high - low) * FINEST):
                raise ValueError(f"for this P allowed: {least:.3g} or more")
        return bandwidth

    @model_validator(mode="after")
    def _affordable(self) -> Self:
        if self.model != "generator":
            return self
        count = parameter_count((1, *self.hidden, 1))
        if count * self.members > MAX_PARAMETERS:
            given = f"{self.members} generators of {count:,} parameters"
            raise ValueError(f"{given}; allowed: {MAX_PARAMETERS:,} parameters in all")
        low, high = target_of(self.p).p.bounds()[0]
        kernels = self.members * self.batch * (2 * float(high - low) / self.bandwidth + 24)
        if kernels > MAX_KERNELS:
            given = f"starts x batch x grid points are {kernels:,.0f}; allowed: {MAX_KERNELS:,}"
            raise ValueError(f"{given}, so fewer starts, a smaller batch or a wider bandwidth")
        return self

    @property
    def members(self) -> int:
        """How many starts there are in all."""
        return self.starts + len(self.begin) // 2

    @property
    def chosen(self) -> list[tuple[float, float]]:
        """The starts of `begin`: (mean, standard deviation)."""
        return list(zip(self.begin[::2], self.begin[1::2], strict=True))

    @property
    def target(self) -> Target:
        """P, as a fit sees it."""
        return target_of(self.p)

    @property
    def uses_kernel(self) -> bool:
        """Whether the bandwidth matters for what is minimised."""
        return self.model == "generator" or "mmd2" in (self.objective, self.beside)

    @property
    def gan(self) -> GanSpec:
        """The adversarial twin: the same generator, data, noise and optimiser, and the default discriminator."""
        return GanSpec(
            data=self.p,
            noise="normal",
            noise_dim=1,
            g_hidden=self.hidden,
            g_activation=self.activation,
            objective="non_saturating",
            optimiser_d=self.optimiser,
            optimiser_g=self.optimiser,
            lr_d=self.adversarial_lr,
            lr_g=self.adversarial_lr,
            batch=self.batch,
            seed=self.seed,
            backend="eager",
            device="cpu",
        )


@lru_cache(maxsize=64)
def target_of(p: str) -> Target:
    """The target of a text, kept: specs are checked far more often than P changes."""
    return Target(parsed(p))


def check_objective(name: str, model: str, target: Target) -> None:
    """Raises ValueError for an objective that this kind of model does not have, or that is infinite for every Q."""
    if model not in FIT_OBJECTIVES[name].models:
        allowed = ", ".join(row.name for row in FIT_OBJECTIVES.values() if model in row.models)
        raise ValueError(f"this is not for a {model}; choose one of {allowed}")
    if name in ("kl_pq", "w2") and not target.has_variance:
        raise ValueError("this is infinite for every Q with light tails: P has no finite variance")
    if name == "chi2_pq" and math.isinf(target.tail_std):
        raise ValueError("this is infinite for every Gaussian Q: P's tails are too heavy")
    if name == "kl_qp" and model == "gaussian" and not target.full_support:
        raise ValueError("this is infinite for every Gaussian Q: it has mass where P has none")


def check_starts(members: int, target: Target) -> None:
    """Raises ValueError for no start, or more than a step can afford."""
    if not 1 <= members <= MAX_STARTS:
        raise ValueError(f"{members} starts in all; allowed: 1 to {MAX_STARTS}, those of one's own included")
    most = MAX_LEAVES // len(target.leaves)
    if members > most:
        raise ValueError(
            f"{members} starts for a P of {len(target.leaves)} components; allowed: at most {most}"
        )
