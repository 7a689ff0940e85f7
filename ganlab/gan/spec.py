"""`GanSpec`: the one description of a run. It is the link, the JSON file, the command line and the Python argument.

Flat on purpose: each field is one key in a link (`?data=ring(8)&lr_d=0.001`), one `--set key=value`, one axis of a
sweep. This module never imports torch: the web process reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from ganlab.distributions import Distribution, parse
from ganlab.gan.networks import ACTIVATIONS, parameter_count
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.registry import Registry

MAX_PARAMETERS = 2_000_000  # 6 layers of 512 units are 1.3 million


class SpecError(ValueError):
    """A spec that cannot be run; `problems` is a list of (field, value, what is allowed)."""

    def __init__(self, problems: list[tuple[str, Any, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{field} = {_short(value)}: {text}" for field, value, text in problems))


def _short(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


@lru_cache(maxsize=256)
def _parsed(text: str) -> Distribution:
    return parse(text)


def _canonical(text: str) -> str:
    return str(_parsed(text))


def _widths(value: Any) -> Any:
    """`"64,64"`, `"none"` or a sequence to a tuple of widths."""
    if isinstance(value, str):
        text = value.strip().strip("[]()").strip()
        return () if text in ("", "none") else tuple(part.strip() for part in text.strip(",").split(","))
    return value


def _row(registry: Registry[Any]) -> Any:
    """A field that names a row of a registry."""

    def check(name: str) -> str:
        if name not in registry:
            raise ValueError(f"choose one of {', '.join(registry)}")
        return name

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string", "enum": list(registry)})]


Data = Annotated[str, Field(max_length=4000), AfterValidator(_canonical)]
Widths = Annotated[
    tuple[Annotated[int, Field(ge=1, le=512)], ...],
    Field(max_length=6),
    BeforeValidator(_widths),
    PlainSerializer(list, when_used="json"),
]
Rate = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Beta = Annotated[float, Field(ge=0, le=0.999999, allow_inf_nan=False)]  # 0.99999999 is 1 in float32
Steps = Annotated[int, Field(ge=0, le=20)]


class GanSpec(BaseModel):
    """One GAN, its data and its training. Unknown fields are errors; every field has a default that teaches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Data = Field(
        "ring(8,radius=2,std=0.05)", validate_default=True, description="The data distribution P."
    )
    noise: Literal["normal", "uniform"] = Field(
        "normal", description="Noise z: N(0, I), or uniform on [-1, 1]."
    )
    noise_dim: int = Field(2, ge=1, le=256, description="Dimensions of the noise.")
    g_hidden: Widths = Field((32, 32), description="Widths of G's hidden layers, 0 to 6 of them.")
    g_activation: _row(ACTIVATIONS) = Field("relu", description="Activation of G's hidden layers.")  # type: ignore[valid-type]
    d_hidden: Widths = Field((32, 32), description="Widths of D's hidden layers, 0 to 6 of them.")
    d_activation: _row(ACTIVATIONS) = Field("leaky_relu", description="Activation of D's hidden layers.")  # type: ignore[valid-type]
    objective: _row(OBJECTIVES) = Field("non_saturating", description="What D and G minimise.")  # type: ignore[valid-type]
    penalty: _row(PENALTIES) = Field("none", description="A penalty on D.")  # type: ignore[valid-type]
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
    optimiser_d: _row(OPTIMISERS) = Field("adam", description="D's optimiser.")  # type: ignore[valid-type]
    lr_d: Rate = Field(1e-3, description="D's learning rate.")
    beta1_d: Beta = Field(0.5, description="D's momentum coefficient.")
    beta2_d: Beta = Field(0.999, description="D's second-moment coefficient.")
    optimiser_g: _row(OPTIMISERS) = Field("adam", description="G's optimiser.")  # type: ignore[valid-type]
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

    HOT: ClassVar[frozenset[str]] = frozenset(
        {"lr_d", "beta1_d", "beta2_d", "lr_g", "beta1_g", "beta2_g"}
        | {"penalty_weight", "clip", "instance_noise", "d_steps", "g_steps"}
    )
    """Fields that change while a run goes on, without a restart or a recompile."""

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
        return _parsed(self.data)

    @property
    def dim(self) -> int:
        """Dimension of the data, 1 or 2."""
        return self.distribution.dim

    @classmethod
    def make(cls, values: Mapping[str, Any]) -> GanSpec:
        """A spec from fields by name (strings are converted); raises SpecError, which names field, value and bounds."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise SpecError([_problem(entry) for entry in error.errors()]) from None

    def changed(self, **values: Any) -> GanSpec:
        """This spec with some fields changed and all validated; raises SpecError."""
        return type(self).make(self.model_dump() | values)

    def differences(self, other: GanSpec) -> set[str]:
        """Names of the fields in which two specs differ."""
        return {name for name in type(self).model_fields if getattr(self, name) != getattr(other, name)}

    def to_query(self) -> dict[str, str]:
        """The fields that differ from the defaults, as text, and always data and seed."""
        keep = self.differences(GanSpec()) | {"data", "seed"}
        return {name: _text(getattr(self, name)) for name in type(self).model_fields if name in keep}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> GanSpec:
        """The inverse of `to_query`; keys that are not fields are ignored (a page has its own); raises SpecError."""
        return cls.make({name: value for name, value in query.items() if name in cls.model_fields})


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return f"{value:.12g}" if isinstance(value, float) and float(f"{value:.12g}") == value else str(value)


def _problem(entry: Any) -> tuple[str, Any, str]:
    field = ".".join(str(part) for part in entry["loc"]) or "spec"
    if entry["type"] == "extra_forbidden":
        return (
            field,
            entry["input"],
            f"there is no such field; the fields are {', '.join(GanSpec.model_fields)}",
        )
    return field, entry["input"], entry["msg"].removeprefix("Value error, ")
