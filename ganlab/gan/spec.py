"""`GanSpec`: the one description of a GAN, its data and its training.

This module never imports torch: the web process reads it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from ganlab.distributions import Distribution
from ganlab.gan.networks import ACTIVATIONS, parameter_count
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.specs import DistributionText, FlatSpec, entries, parsed, row

MAX_PARAMETERS = 2_000_000  # 6 layers of 512 units are 1.3 million


def _widths(value: Any) -> Any:
    """As `entries`; a list may also be written as Python does, `"[64, 64]"`."""
    return entries(value.strip().strip("[]()").strip(" ,") if isinstance(value, str) else value)


Widths = Annotated[
    tuple[Annotated[int, Field(ge=1, le=512)], ...],
    Field(max_length=6),
    BeforeValidator(_widths),
    PlainSerializer(list, when_used="json"),
]
Rate = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Beta = Annotated[float, Field(ge=0, le=0.999999, allow_inf_nan=False)]  # 0.99999999 is 1 in float32
Steps = Annotated[int, Field(ge=0, le=20)]


class GanSpec(FlatSpec):
    """One GAN, its data and its training. Unknown fields are errors; every field has a default that teaches."""

    data: DistributionText = Field(
        "ring(8,radius=2,std=0.05)", validate_default=True, description="The data distribution P."
    )
    noise: Literal["normal", "uniform"] = Field(
        "normal", description="Noise z: N(0, I), or uniform on [-1, 1]."
    )
    noise_dim: int = Field(2, ge=1, le=256, description="Dimensions of the noise.")
    g_hidden: Widths = Field((32, 32), description="Widths of G's hidden layers, 0 to 6 of them.")
    g_activation: row(ACTIVATIONS) = Field("relu", description="Activation of G's hidden layers.")  # type: ignore[valid-type]
    d_hidden: Widths = Field((32, 32), description="Widths of D's hidden layers, 0 to 6 of them.")
    d_activation: row(ACTIVATIONS) = Field("leaky_relu", description="Activation of D's hidden layers.")  # type: ignore[valid-type]
    objective: row(OBJECTIVES) = Field("non_saturating", description="What D and G minimise.")  # type: ignore[valid-type]
    penalty: row(PENALTIES) = Field("none", description="A penalty on D.")  # type: ignore[valid-type]
    penalty_weight: float = Field(0.1, ge=0, le=1000, allow_inf_nan=False, description="λ of the penalty.")
    clip: float = Field(
        0.1, gt=0, le=10, allow_inf_nan=False, description="Weight clipping bound (wgan only)."
    )
    instance_noise: float = Field(
        0.0,
        ge=0,
        le=10,
        allow_inf_nan=False,
        description="Standard deviation of noise added to all of D's inputs.",
    )
    optimiser_d: row(OPTIMISERS) = Field("adam", description="D's optimiser.")  # type: ignore[valid-type]
    lr_d: Rate = Field(1e-3, description="D's learning rate.")
    beta1_d: Beta = Field(0.5, description="D's momentum coefficient.")
    beta2_d: Beta = Field(0.999, description="D's second-moment coefficient.")
    optimiser_g: row(OPTIMISERS) = Field("adam", description="G's optimiser.")  # type: ignore[valid-type]
    lr_g: Rate = Field(1e-3, description="G's learning rate.")
    beta1_g: Beta = Field(0.5, description="G's momentum coefficient.")
    beta2_g: Beta = Field(0.999, description="G's second-moment coefficient.")
    updates: Literal["alternating", "simultaneous"] = Field(
        "alternating", description="G's update sees the new D (alternating) or the old one (simultaneous)."
    )
    d_steps: Steps = Field(1, description="Updates of D in one iteration.")
    g_steps: Steps = Field(1, description="Updates of G in one iteration.")
    batch: int = Field(128, ge=1, le=4096, description="Samples in a batch.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of initial weights, data and noise.")
    backend: Literal["auto", "eager", "compiled"] = Field(
        "auto", description="auto starts eager and is handed over to the compiled step; the others pin one."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto picks by measurement.")

    KIND: ClassVar[str] = "gan"

    HOT: ClassVar[frozenset[str]] = frozenset(
        {"lr_d", "beta1_d", "beta2_d", "lr_g", "beta1_g", "beta2_g"}
        | {"penalty_weight", "clip", "instance_noise", "d_steps", "g_steps"}
    )
    """Fields that change while a run goes on, without a restart or a recompile."""

    ALWAYS: ClassVar[frozenset[str]] = frozenset({"data", "seed"})

    @model_validator(mode="after")
    def _affordable(self) -> Self:
        largest = max(
            parameter_count((self.noise_dim, *self.g_hidden, self.dim)),
            parameter_count((self.dim, *self.d_hidden, 1)),
        )
        if largest > MAX_PARAMETERS:
            raise ValueError(
                f"a network would have {largest:,} parameters; at most {MAX_PARAMETERS:,} are allowed"
            )
        return self

    @property
    def distribution(self) -> Distribution:
        """The data distribution, parsed."""
        return parsed(self.data)

    @property
    def dim(self) -> int:
        """Dimension of the data, 1 or 2."""
        return self.distribution.dim
