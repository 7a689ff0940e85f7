"""What a browser may say: JSON objects, validated to the letter.

Every message is one of a closed set; unknown types, unknown fields and numbers that are not finite are errors, whose
text a person can read.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from ganlab.live.kinds import KINDS, hot_fields

LAYERS = tuple(dict.fromkeys(layer for kind in KINDS.values() for layer in kind.layers))
"""Layers of a frame of any kind of run (docs/architecture.md); a run knows which are its own."""

MAX_SEED = 2**31 - 1
SLOWEST, FASTEST = 0.1, 1_000_000.0  # iterations a second


class CommandError(ValueError):
    """A message that breaks the rules; the text says which."""


class Command(BaseModel):
    """One message; `CONTROL` says whether it takes the control right."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    CONTROL: ClassVar[bool] = True


def _layer(name: str) -> str:
    if name not in LAYERS:
        raise ValueError(f"choose from {', '.join(LAYERS)}")
    return name


Layer = Annotated[str, AfterValidator(_layer), WithJsonSchema({"type": "string", "enum": list(LAYERS)})]


class Frame(Command):
    """Show me the run: these layers of its kind, and the history rows from number `since` on."""

    CONTROL: ClassVar[bool] = False
    type: Literal["frame"] = "frame"
    layers: Annotated[list[Layer], Field(max_length=2 * len(LAYERS))] = []
    since: Annotated[int, Field(ge=0, le=2**53)] = 0


class Play(Command):
    """Go on."""

    type: Literal["play"] = "play"


class Pause(Command):
    """Hold still."""

    type: Literal["pause"] = "pause"


class Stop(Command):
    """End the run for good."""

    type: Literal["stop"] = "stop"


class Step(Command):
    """Pause, then one whole step; a GAN also has one update of D or of G alone."""

    type: Literal["step"] = "step"
    what: Literal["d", "g", "both"]


class Speed(Command):
    """Steps a second (null: full speed); `halves`: slow motion, in which the updates of D and G take turns."""

    type: Literal["speed"] = "speed"
    per_second: Annotated[float, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False)] | None
    halves: bool = False


def _hot(name: str) -> str:
    if name not in hot_fields():
        raise ValueError(f"changes only with a restart; without one: {', '.join(hot_fields())}")
    return name


Hot = Annotated[str, AfterValidator(_hot)]
Number = int | Annotated[float, Field(allow_inf_nan=False)]


class Set(Command):
    """Change fields without a restart: those of HOT of the run's spec, within its bounds; the run checks both."""

    type: Literal["set"] = "set"
    values: Annotated[dict[Hot, Number], Field(min_length=1)]


class Restart(Command):
    """Begin again; null keeps the seed."""

    type: Literal["restart"] = "restart"
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None


class Seek(Command):
    """Hold still and go back, or forward again: to the latest moment kept at this step or before."""

    type: Literal["seek"] = "seek"
    step: Annotated[int, Field(ge=0, le=2**53)]


class Follow(Command):
    """Become another spec as far as that goes without beginning again: texts of FOLLOWED of the run's spec."""

    type: Literal["follow"] = "follow"
    values: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=20_000)]],
        Field(min_length=1, max_length=8),
    ]


class Replay(Command):
    """Begin again and go to a step as fast as can be, in a step of so many copies; there the run holds still."""

    type: Literal["replay"] = "replay"
    step: Annotated[int, Field(ge=0, le=1_000_000)]
    members: Annotated[int, Field(ge=1, le=64)] = 1
    backend: Literal["eager", "compiled"] | None = None


class Hello(Command):
    """The first message of a socket: its token decides between view and control."""

    CONTROL: ClassVar[bool] = False
    type: Literal["hello"]
    token: Annotated[str, Field(min_length=1, max_length=128)]


AnyCommand = Frame | Play | Pause | Stop | Step | Speed | Set | Restart | Seek | Follow | Replay

_COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(Annotated[AnyCommand, Field(discriminator="type")])
_HELLO = TypeAdapter(Hello)


def parse(text: str | bytes) -> AnyCommand:
    """The command in a JSON text; raises CommandError."""
    return _validated(_COMMANDS, text)


def parse_hello(text: str | bytes) -> Hello:
    """The first message of a socket; raises CommandError."""
    return _validated(_HELLO, text)


def _validated(adapter: TypeAdapter[Any], text: str | bytes) -> Any:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        raise CommandError(f"{where[:60]}: {first['msg'][:200]}") from None
