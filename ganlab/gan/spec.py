"""`GanSpec`: the one description of a GAN, its data and its training.

This module never imports torch: the web process reads it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from ganlab.distributions import Distribution
from ganlab.gan.combinations import refusals
from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.structure import HYPER, SWITCHES, Structure
from ganlab.specs import DistributionText, FieldError, FlatSpec, entries, parsed, row

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
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Beta = Annotated[float, Field(ge=0, le=0.999999, allow_inf_nan=False)]  # 0.99999999 is 1 in float32
Steps = Annotated[int, Field(ge=0, le=20)]


class GanSpec(FlatSpec):
    """One GAN, its data and its training. Unknown fields are errors; every field has a default that teaches."""

    data: DistributionText = Field(
        "ring(8,radius=2,std=0.05)", validate_default=True, description="The data distribution P."
    )
    noise: Literal["normal", "uniform", "mixture"] = Field(
        "normal", description="Noise z: N(0, I), uniform on [-1, 1], or a mixture of small normals."
    )
    noise_dim: int = Field(2, ge=1, le=256, description="Dimensions of the noise.")
    noise_modes: int = Field(8, ge=1, le=64, description="Modes of mixture noise.")
    g_hidden: Widths = Field((32, 32), description="Widths of G's hidden layers, 0 to 6 of them.")
    g_activation: row(ACTIVATIONS) = Field("relu", description="Activation of G's hidden layers.")  # type: ignore[valid-type]
    g_norm: Literal["none", "batch"] = Field("none", description="Batch normalisation in G's hidden layers.")
    d_hidden: Widths = Field((32, 32), description="Widths of D's hidden layers, 0 to 6 of them.")
    d_activation: row(ACTIVATIONS) = Field("leaky_relu", description="Activation of D's hidden layers.")  # type: ignore[valid-type]
    objective: row(OBJECTIVES) = Field("non_saturating", description="What D and G minimise.")  # type: ignore[valid-type]
    penalty: row(PENALTIES) = Field("none", description="A penalty on D.")  # type: ignore[valid-type]
    penalty_weight: Weight = Field(0.1, description="λ of the penalty.")
    constraint: row(CONSTRAINTS) = Field("auto", description="What holds D's weights.")  # type: ignore[valid-type]
    clip: float = Field(0.1, gt=0, le=10, allow_inf_nan=False, description="Bound of weight clipping.")
    weight_decay: Share = Field(0.0, description="D's weights shrink by this times lr_d in each update.")
    label_smoothing: float = Field(
        0.0, ge=0, le=0.5, allow_inf_nan=False, description="D's target on real samples is 1 less this."
    )
    instance_noise: float = Field(
        0.0,
        ge=0,
        le=10,
        allow_inf_nan=False,
        description="Standard deviation of noise added to all of D's inputs.",
    )
    instance_noise_until: float = Field(
        0.0,
        ge=0,
        le=1e9,
        allow_inf_nan=False,
        description="Updates of D over which instance noise falls to 0; 0 keeps it.",
    )
    bandwidth: float = Field(
        0.2, ge=0.001, le=100, allow_inf_nan=False, description="Kernel width of objectives that have one."
    )
    kl_weight: Weight = Field(1.0, description="λ of the KL term of kl_regularised.")
    pack: int = Field(1, ge=1, le=8, description="Samples that D judges at once (PacGAN).")
    minibatch_kernels: int = Field(
        0, ge=0, le=32, description="Kernels with which D compares samples of a batch; 0 for none."
    )
    unroll: int = Field(0, ge=0, le=20, description="Updates of D that G looks ahead through.")
    feature_matching: Share = Field(
        0.0, description="Share of feature matching in G's loss; from or to 0 is a restart."
    )
    replay: float = Field(
        0.0,
        ge=0,
        le=0.9,
        allow_inf_nan=False,
        description="Share of old samples among those that D learns from; from or to 0 is a restart.",
    )
    ema: float = Field(
        0.0,
        ge=0,
        le=0.99999,
        allow_inf_nan=False,
        description="Samples come from a running average of G that keeps this share; from or to 0 is a restart.",
    )
    consensus: Weight = Field(0.0, description="γ of consensus optimisation; from or to 0 is a restart.")
    inference: Literal["none", "veegan"] = Field("none", description="A network that maps samples to noise.")
    inference_weight: Weight = Field(1.0, description="λ of its reconstruction of the noise.")
    optimiser_d: row(OPTIMISERS) = Field("adam", description="D's optimiser.")  # type: ignore[valid-type]
    lr_d: Rate = Field(1e-3, description="D's learning rate.")
    beta1_d: Beta = Field(0.5, description="D's momentum coefficient.")
    beta2_d: Beta = Field(0.999, description="D's second-moment coefficient.")
    optimiser_g: row(OPTIMISERS) = Field("adam", description="G's optimiser.")  # type: ignore[valid-type]
    lr_g: Rate = Field(1e-3, description="G's learning rate.")
    beta1_g: Beta = Field(0.5, description="G's momentum coefficient.")
    beta2_g: Beta = Field(0.999, description="G's second-moment coefficient.")
    updates: Literal["alternating", "simultaneous", "extragradient"] = Field(
        "alternating",
        description="G's update sees the new D (alternating) or the old one; extragradient: both look ahead.",
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

    HOT: ClassVar[frozenset[str]] = frozenset(HYPER) | {"d_steps", "g_steps"}
    """Fields that change while a run goes on, without a restart or a recompile (but see `goes_on_as`)."""

    ALWAYS: ClassVar[frozenset[str]] = frozenset({"data", "seed"})

    @model_validator(mode="after")
    def _affordable(self) -> Self:
        s = Structure.of(self)
        largest = max(s.g_count, s.d_net.parameters)
        if largest > MAX_PARAMETERS:
            raise ValueError(
                f"a network would have {largest:,} parameters; at most {MAX_PARAMETERS:,} are allowed"
            )
        return self

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        for field, reason in refusals(self):
            raise FieldError(field, getattr(self, field), reason)
        return self

    def goes_on_as(self, other: FlatSpec) -> bool:
        """Whether a run of this spec can be changed to another while it goes on."""
        return super().goes_on_as(other) and all(
            (getattr(self, name) > 0) == (getattr(other, name) > 0) for name in SWITCHES
        )

    @property
    def distribution(self) -> Distribution:
        """The data distribution, parsed."""
        return parsed(self.data)

    @property
    def dim(self) -> int:
        """Dimension of the data, 1 or 2."""
        return self.distribution.dim
