"""`FitSpec`: the one description of a fit. Never imports torch: the web process reads it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from ganlab.fitting.objectives import FIT_OBJECTIVES, FitObjective
from ganlab.fitting.target import Target
from ganlab.gan.networks import ACTIVATIONS, parameter_count
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.spec import GanSpec, Widths
from ganlab.registry import Registry
from ganlab.specs import DistributionText, FlatSpec, Seed, parsed, row

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


def _numbers(value: Any) -> Any:
    """`"0,1.5"`, `"none"` or a sequence to a tuple."""
    if isinstance(value, str):
        text = value.strip()
        return () if text in ("", "none") else tuple(part.strip() for part in text.split(","))
    return value


Pairs = Annotated[
    tuple[Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)], ...],
    Field(max_length=2 * MAX_STARTS),
    BeforeValidator(_numbers),
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
    objective: row(FIT_OBJECTIVES) = Field("kl_pq", description="What Q minimises.")  # type: ignore[valid-type]
    beside: row(BESIDE) = Field("none", description="A second objective, from the same starts.")  # type: ignore[valid-type]
    optimiser: row(OPTIMISERS) = Field("adam", description="How Q follows the gradient.")  # type: ignore[valid-type]
    lr: float = Field(
        0.05,
        ge=0,
        le=10,
        allow_inf_nan=False,
        description="Learning rate; a mean of 1 is one spread of P, so a step is as large for P stretched.",
    )
    starts: int = Field(8, ge=0, le=MAX_STARTS, description="Starts, spread over P; generators: seeds.")
    begin: Pairs = Field((), description="Starts of one's own: mean, standard deviation, mean, …")
    bandwidth: float = Field(
        0.3,
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

    @model_validator(mode="after")
    def _possible(self) -> Self:
        p = parsed(self.p)
        if p.dim != 1:
            raise ValueError(f"p has {p.dim} dimensions; allowed: distributions on the line")
        if not p.has_density:
            raise ValueError("p has no density; allowed: distributions that have one, so no uploaded data")
        for name in (self.objective, self.beside):
            if name != "none":
                self._check_objective(name)
        self._check_starts()
        self._check_kernel()
        return self

    def _check_objective(self, name: str) -> None:
        """Refuses an objective that this model has not, or that is infinite for every Q."""
        label, target = FIT_OBJECTIVES[name].label, target_of(self.p)
        if self.model not in FIT_OBJECTIVES[name].models:
            allowed = ", ".join(o.name for o in FIT_OBJECTIVES.values() if self.model in o.models)
            raise ValueError(f"{label} is not for a {self.model}; choose one of {allowed}")
        if name in ("kl_pq", "w2") and not target.has_variance:
            raise ValueError(f"{label} is infinite for every Q with light tails: P has no finite variance")
        if name == "chi2_pq" and math.isinf(target.tail_std):
            raise ValueError(f"{label} is infinite for every Gaussian Q: P's tails are too heavy")
        if name == "kl_qp" and self.model == "gaussian" and not target.full_support:
            raise ValueError(f"{label} is infinite for every Gaussian Q: there is mass of Q where P has none")

    def _check_starts(self) -> None:
        if len(self.begin) % 2 or any(std < 1e-6 for std in self.begin[1::2]):
            raise ValueError(
                "begin should be pairs of a mean and a standard deviation of 0.000001 or more: mean,std,mean,std"
            )
        if self.begin and (self.model != "gaussian" or self.components != 1):
            raise ValueError("begin is for one Gaussian; leave it empty here")
        if not 1 <= self.members <= MAX_STARTS:
            raise ValueError(
                f"{self.members} starts in all; allowed: 1 to {MAX_STARTS}, those of begin included"
            )
        leaves = len(target_of(self.p).leaves)
        if leaves * self.members > MAX_LEAVES:
            raise ValueError(
                f"P has {leaves} components; with so many allowed: at most {MAX_LEAVES // leaves} starts"
            )

    def _check_kernel(self) -> None:
        low, high = parsed(self.p).bounds()[0]
        least = float(high - low) * FINEST
        if self.bandwidth < least and (self.model == "generator" or "mmd2" in (self.objective, self.beside)):
            raise ValueError(f"bandwidth is {self.bandwidth:g}; for this P allowed: {least:.3g} or more")
        if self.model == "generator":
            self._check_generator(2 * float(high - low) / self.bandwidth)

    def _check_generator(self, points: float) -> None:
        count = parameter_count((1, *self.hidden, 1))
        if count * self.members > MAX_PARAMETERS:
            raise ValueError(
                f"{self.members} generators of {count:,} parameters; allowed: {MAX_PARAMETERS:,} in all"
            )
        kernels = self.members * self.batch * (points + 24)
        if kernels > MAX_KERNELS:
            raise ValueError(
                f"starts x batch x grid points are {kernels:,.0f}; allowed: {MAX_KERNELS:,}. "
                "Fewer starts, a smaller batch or a wider bandwidth make a step affordable"
            )

    @property
    def members(self) -> int:
        """How many starts there are in all."""
        return self.starts + len(self.begin) // 2

    @property
    def chosen(self) -> list[tuple[float, float]]:
        """The starts of `begin`: (mean, standard deviation)."""
        return list(zip(self.begin[::2], self.begin[1::2], strict=True))

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
