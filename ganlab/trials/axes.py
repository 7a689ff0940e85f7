"""Dials: what changes along an axis of a sweep, written `lr_d=1e-5:1e-2:16:log` or `objective=minimax,wgan`.

A dial is a field of `GanSpec`, or one of `DIALS`, which changes several. Values are spaced evenly from low to high
(`low:high:count`, with `:log` by a constant factor), or listed: with commas between them, or with | where a value has
commas itself (`g_hidden=16,16|32,32`). Without torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import SHARED
from ganlab.specs import SpecError
from ganlab.specs import text as text_of

Scale = Literal["linear", "log", "list"]

MOST = 16  # values
LONGEST = 400  # characters
DIGITS = 4  # of a spaced value: a rate of 0.0001585 is as good as one of 0.000158489319


@dataclass(frozen=True)
class Dial:
    """A dial that is no field: what it sets, its values' type, and what it makes of a base."""

    sets: tuple[str, ...]
    type: Any
    changes: Callable[[GanSpec, Any], dict[str, Any]]


def _width(base: GanSpec, width: int) -> dict[str, Any]:
    return {name: (width,) * len(getattr(base, name)) for name in ("g_hidden", "d_hidden")}


def _depth(base: GanSpec, depth: int) -> dict[str, Any]:
    return {name: ((*getattr(base, name), 32)[0],) * depth for name in ("g_hidden", "d_hidden")}


DIALS: Mapping[str, Dial] = {
    "lr": Dial(
        ("lr_d", "lr_g"),
        Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)],
        lambda _, rate: {"lr_d": rate, "lr_g": rate},
    ),
    "width": Dial(("g_hidden", "d_hidden"), Annotated[int, Field(ge=1, le=512)], _width),
    "depth": Dial(("g_hidden", "d_hidden"), Annotated[int, Field(ge=0, le=6)], _depth),
}
"""Both learning rates; units in every hidden layer of both networks; how many hidden layers both have."""


@dataclass(frozen=True)
class Axis:
    """A dial and its values `[n]` in order; `text` is the axis in its one form."""

    dial: str
    values: tuple[Any, ...]
    scale: Scale
    text: str

    @property
    def sets(self) -> tuple[str, ...]:
        """The fields of `GanSpec` that it changes."""
        return DIALS[self.dial].sets if self.dial in DIALS else (self.dial,)

    def clashes(self, other: Axis) -> tuple[str, ...]:
        """The fields that both would set; how many layers there are and how wide they are go together."""
        if {self.dial, other.dial} == {"depth", "width"}:
            return ()
        return tuple(name for name in self.sets if name in other.sets)

    @property
    def labels(self) -> tuple[str, ...]:
        """The values as they stand in a link."""
        return tuple(map(text_of, self.values))

    def changes(self, base: GanSpec, index: int) -> dict[str, Any]:
        """What value number `index` changes in a base, by field."""
        value = self.values[index]
        return DIALS[self.dial].changes(base, value) if self.dial in DIALS else {self.dial: value}


def dials() -> tuple[str, ...]:
    """Everything that can be an axis."""
    return (*DIALS, *(name for name in GanSpec.model_fields if name not in SHARED))


@lru_cache(maxsize=256)
def axis(name: str, text: str) -> Axis:
    """The axis that a text describes; `name` (x, y) is what an error calls it. Raises SpecError."""
    if len(text) > LONGEST:
        raise _refused(name, text, f"at most {LONGEST} characters are allowed")
    dial, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not values:
        raise _refused(name, text, "dial=low:high:count, dial=low:high:count:log, or dial=value,value,…")
    if dial not in dials():
        allowed = f"{'this is the same for all cells' if dial in SHARED else 'there is no such dial'}; choose one of"
        raise _refused(name, dial, f"{allowed} {', '.join(dials())}")
    return _spaced(name, dial, values) if ":" in values else _listed(name, dial, values)


def _spaced(name: str, dial: str, values: str) -> Axis:
    """low:high:count[:linear|log]."""
    parts = [part.strip() for part in values.split(":")]
    scale = parts[3] if len(parts) == 4 else "linear"
    if len(parts) not in (3, 4) or scale not in ("linear", "log"):
        raise _refused(name, values, "low:high:count or low:high:count:log")
    if _json_type(dial) not in ("integer", "number"):
        raise _refused(name, values, f"a list, value,value,…: the values of {dial} are no numbers")
    low, high = (_number(name, part) for part in parts[:2])
    count = _count(name, parts[2])
    if not low < high:
        raise _refused(name, values, "low < high")
    if scale == "log" and low <= 0:
        raise _refused(name, values, "low > 0 where values are spaced by a constant factor")
    found = tuple(_valid(name, dial, value) for value in _steps(low, high, count, scale, _json_type(dial)))
    if len(set(found)) < count:
        raise _refused(name, values, f"at most {len(set(found))} values: {dial} has whole numbers only")
    written = ":".join([text_of(low), text_of(high), str(count), *(["log"] if scale == "log" else [])])
    return Axis(dial, found, "log" if scale == "log" else "linear", f"{dial}={written}")


def _steps(low: float, high: float, count: int, scale: str, kind: str) -> list[float]:
    shares = [i / (count - 1) for i in range(count)]
    if scale == "log":
        found = [math.exp((1 - share) * math.log(low) + share * math.log(high)) for share in shares]
    else:
        found = [(1 - share) * low + share * high for share in shares]
    return [float(round(value)) if kind == "integer" else float(f"{value:.{DIGITS}g}") for value in found]


def _listed(name: str, dial: str, values: str) -> Axis:
    """value,value,… or value|value|…"""
    separator = "|" if "|" in values or _json_type(dial) == "array" else ","
    parts = [part.strip() for part in values.split(separator)]
    if len(parts) > MOST:
        raise _refused(name, values, f"at most {MOST} values")
    found = tuple(_valid(name, dial, part) for part in parts)
    if len(set(found)) < len(found):
        raise _refused(name, values, "every value once")
    return Axis(dial, found, "list", f"{dial}={separator.join(map(text_of, found))}")


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _refused(name, text, "a number") from None
    if not math.isfinite(value):
        raise _refused(name, text, "a finite number")
    return value


def _count(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 2 <= int(text) <= MOST:
        raise _refused(name, text, f"how many values, a whole number from 2 to {MOST}")
    return int(text)


@lru_cache(maxsize=128)
def _adapter(dial: str) -> TypeAdapter[Any]:
    """What checks one value of a dial, whatever the other fields are."""
    if dial in DIALS:
        return TypeAdapter(DIALS[dial].type)
    info = GanSpec.model_fields[dial]
    kind: Any = Annotated[info.annotation, Field(), *info.metadata]
    return TypeAdapter(kind)


@lru_cache(maxsize=128)
def _json_type(dial: str) -> str:
    kind: str = _adapter(dial).json_schema().get("type", "string")
    return kind


def _valid(name: str, dial: str, value: Any) -> Any:
    try:
        return _adapter(dial).validate_python(value)
    except ValidationError as error:
        text = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise _refused(f"{name}.{dial}", value, text) from None


def _refused(name: str, value: Any, allowed: str) -> SpecError:
    return SpecError([(name, value, allowed)])
