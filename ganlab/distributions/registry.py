"""The registry of families: what the parser, the pickers, the CLI and the docs read.

A family is a frozen dataclass under `@family(name, about, formula)`. Its fields, made by `real`, `positive`,
`integer`, `vector`, `spread` and `text`, are its parameters, checked whenever a distribution is built. Fields
after `_: KW_ONLY` are written with their names (`ring(8,radius=1)`), the others by place (`normal(0,1)`).
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from ganlab.distributions.errors import DistributionError

Kind = Literal["real", "integer", "vector", "spread", "text"]
T = TypeVar("T")

LOCATION = 1e3  # largest |location| and scale: keeps every density, view and float32 sample well inside range
SMALLEST = 1e-4  # smallest scale


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family; `low` and `high` bound each number in it, both inclusive."""

    kind: Kind
    default: Any
    low: float
    high: float
    about: str
    name: str = ""
    keyword: bool = False

    def check(self, value: Any) -> Any:
        """The value in canonical form (float, int, tuple or str).

        Raises DistributionError, naming the parameter, the value and what is allowed.
        """
        return _CHECKS[self.kind](self, value)

    def refuse(self, value: Any, allowed: str) -> DistributionError:
        whole = isinstance(value, float) and math.isfinite(value) and value == int(value)
        shown = number(value) if whole else repr(value)
        shown = shown if len(shown) <= 40 else shown[:37] + "..."
        return DistributionError(f"{self.name} is {shown}; allowed: {allowed}", parameter=self.name)


def _number(parameter: Parameter, value: Any) -> float:
    allowed = f"a number from {number(parameter.low)} to {number(parameter.high)}"
    if isinstance(value, (bool, str)):
        raise parameter.refuse(value, allowed)
    try:
        x = float(value) + 0.0  # + 0.0 turns -0.0 into 0.0, which prints the same everywhere
    except (TypeError, ValueError, OverflowError) as error:
        raise parameter.refuse(value, allowed) from error
    if not parameter.low <= x <= parameter.high:  # NaN fails too
        raise parameter.refuse(value, allowed)
    return x


def _integer(parameter: Parameter, value: Any) -> int:
    allowed = f"a whole number from {number(parameter.low)} to {number(parameter.high)}"
    try:
        x = _number(parameter, value)
    except DistributionError as error:
        raise parameter.refuse(value, allowed) from error
    if x != int(x):
        raise parameter.refuse(value, allowed)
    return int(x)


def _pair(parameter: Parameter, value: Any, allowed: str) -> tuple[Any, Any]:
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
        raise parameter.refuse(value, allowed)
    return value[0], value[1]


def _vector(parameter: Parameter, value: Any) -> tuple[float, float]:
    x, y = _pair(parameter, value, "a list of two numbers, such as [0,0]")
    return _number(parameter, x), _number(parameter, y)


def _spread(parameter: Parameter, value: Any) -> Any:
    """A standard deviation, a list of two, or a 2x2 covariance matrix; anything else is refused."""
    allowed = "a standard deviation, a list of two, or a 2x2 covariance matrix such as [[1,0.5],[0.5,2]]"
    if not hasattr(value, "__len__") or isinstance(value, str):
        return _number(parameter, value)
    rows = _pair(parameter, value, allowed)
    if not any(hasattr(row, "__len__") for row in rows):
        return _vector(parameter, rows)
    (a, b), (c, d) = (_pair(parameter, row, allowed) for row in rows)
    limit = dataclasses.replace(parameter, low=parameter.low**2, high=parameter.high**2)
    off = dataclasses.replace(parameter, low=-(parameter.high**2))
    a, d, b, c = _number(limit, a), _number(limit, d), _number(off, b), _number(off, c)
    if abs(b - c) > 1e-9 * math.sqrt(a * d):
        raise parameter.refuse(value, "a symmetric covariance matrix")
    if abs(b) > math.sqrt(a * d) * (1 - 1e-6):
        raise parameter.refuse(value, "a positive definite covariance matrix (correlation below 1)")
    return (a, b), (b, d)


def _text(parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,4000}", value):
        raise parameter.refuse(value, "letters, digits, '-' and '_' in quotes")
    return value


_CHECKS: dict[str, Callable[[Parameter, Any], Any]] = {
    "real": _number,
    "integer": _integer,
    "vector": _vector,
    "spread": _spread,
    "text": _text,
}


def _field(kind: Kind, default: Any, low: float, high: float, about: str) -> Any:
    metadata = {"parameter": Parameter(kind, default, low, high, about)}
    if kind == "text":
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def real(default: float, about: str, low: float = -LOCATION, high: float = LOCATION) -> Any:
    """A number; by default a location."""
    return _field("real", default, low, high, about)


def positive(default: float, about: str, low: float = SMALLEST, high: float = LOCATION) -> Any:
    """A number above zero; by default a scale."""
    return _field("real", default, low, high, about)


def integer(default: int, about: str, low: int, high: int) -> Any:
    """A whole number."""
    return _field("integer", default, low, high, about)


def vector(default: tuple[float, float], about: str) -> Any:
    """A point of the plane, written [x,y]."""
    return _field("vector", default, -LOCATION, LOCATION, about)


def spread(default: float, about: str) -> Any:
    """A standard deviation (isotropic), a list of two (one per axis), or a 2x2 covariance matrix."""
    return _field("spread", default, SMALLEST, LOCATION, about)


def text(about: str) -> Any:
    """An identifier or encoded data, written in double quotes; has no default."""
    return _field("text", None, 0, 0, about)


@dataclass(frozen=True)
class Family:
    """One row of the registry.

    `key` is unique; `name` is what is written in a text, shared by the 1-D and the 2-D normal. `dim` is None
    where it depends on the data. `example` is a canonical text (None where it needs data), `formula` the density
    in LaTeX; `build(**parameters)` makes a distribution.
    """

    key: str
    name: str
    dim: int | None
    parameters: tuple[Parameter, ...]
    about: str
    formula: str
    build: Callable[..., Any]
    example: str | None


FAMILIES: dict[str, Family] = {}


def family(
    name: str, about: str, formula: str, *, example: str | None = None, key: str | None = None
) -> Callable[[type[T]], type[T]]:
    """Class decorator: register a frozen dataclass as the family `name`. It is all that a new family needs.

    Raises ValueError when the key (the name, unless given) is taken.
    """

    def register(cls: type[Any]) -> type[Any]:
        parameters = tuple(
            dataclasses.replace(f.metadata["parameter"], name=f.name, keyword=bool(f.kw_only))
            for f in dataclasses.fields(cls)
        )
        row = Family(key or name, name, getattr(cls, "DIM", None), parameters, about, formula, cls, example)
        if row.key in FAMILIES:
            raise ValueError(f"family {row.key!r} is already registered")
        cls.FAMILY = row
        if example is None and all(p.kind != "text" for p in parameters):
            row = cls.FAMILY = dataclasses.replace(row, example=str(cls()))
        FAMILIES[row.key] = row
        return cls

    return register


def examples() -> dict[str, str]:
    """A canonical text per family that needs no data of one's own, by key."""
    return {key: row.example for key, row in FAMILIES.items() if row.example is not None}


def number(x: float) -> str:
    """The shortest decimal that reads back as x; whole numbers without a point, exponents without a plus."""
    x = float(x)
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(x).replace("e+", "e")


def literal(value: Any) -> str:
    """A parameter value as it is written in a text."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[" + ",".join(literal(v) for v in value) + "]"
    return number(value)
