"""What every spec has in common: one flat, frozen pydantic model is the link, the JSON file and the Python argument.

Flat on purpose: each field is one key in a link (`?data=ring(8)&lr_d=0.001`), one `--set key=value`, one axis of a
sweep. This module never imports torch: the web process reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from ganlab.distributions import Distribution, parse
from ganlab.registry import Registry


class SpecError(ValueError):
    """A spec that cannot be used; `problems` is a list of (field, value, what is allowed)."""

    def __init__(self, problems: list[tuple[str, Any, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{field} = {_short(value)}: {text}" for field, value, text in problems))


class FieldError(ValueError):
    """What is wrong with one field, raised where several are looked at together."""

    def __init__(self, field: str, value: Any, text: str) -> None:
        self.field, self.value = field, value
        super().__init__(text)

    @classmethod
    def of(cls, error: SpecError) -> FieldError:
        """The first problem of another spec that is part of this one."""
        return cls(*error.problems[0])


def _short(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


@lru_cache(maxsize=256)
def parsed(text: str) -> Distribution:
    """The distribution that a text describes, kept: specs are read far more often than written."""
    return parse(text)


def _canonical(text: str) -> str:
    return str(parsed(text))


DistributionText = Annotated[str, Field(max_length=4000), AfterValidator(_canonical)]
"""A field that holds the text of a distribution, in its canonical form."""

Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


def one_of(table: Callable[[], Mapping[str, Any]]) -> AfterValidator:
    """A check that a text is the name of a row of a table, which is looked at when first asked."""

    def check(name: str) -> str:
        if name not in table():
            raise ValueError(f"choose one of {', '.join(table())}")
        return name

    return AfterValidator(check)


def row(registry: Registry[Any]) -> Any:
    """A field that names a row of a registry."""
    schema = WithJsonSchema({"type": "string", "enum": list(registry)})
    return Annotated[str, one_of(lambda: registry), schema]


def entries(value: Any) -> Any:
    """The inverse of `text` for a tuple: `"a,b"` to its entries, `"none"` to none of them; all else as it is."""
    if isinstance(value, str):
        value = value.strip()
        return () if value in ("", "none") else tuple(part.strip() for part in value.split(","))
    return value


class FlatSpec(BaseModel):
    """Base of all specs. Frozen; unknown fields are errors; every field of a subclass has a default that teaches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    KIND: ClassVar[str] = ""
    """Which kind of live run a spec describes (`ganlab.live.kinds`); empty for none."""

    HOT: ClassVar[frozenset[str]] = frozenset()
    """Fields that change while a run goes on."""

    FOLLOWED: ClassVar[frozenset[str]] = frozenset()
    """Texts in which a run follows its page, beginning again no more than it must."""

    ALWAYS: ClassVar[frozenset[str]] = frozenset()
    """Fields that are in every link, also where they have their default."""

    @classmethod
    def make(cls, values: Mapping[str, Any]) -> Self:
        """A spec from fields by name (strings are converted); raises SpecError, which names field, value and bounds."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise SpecError([cls._problem(entry) for entry in error.errors()]) from None

    def changed(self, **values: Any) -> Self:
        """This spec with some fields changed and all validated; raises SpecError."""
        return type(self).make(self.model_dump() | values)

    def differences(self, other: FlatSpec) -> set[str]:
        """Names of the fields in which two specs differ."""
        return {name for name in type(self).model_fields if getattr(self, name) != getattr(other, name)}

    def goes_on_as(self, other: FlatSpec) -> bool:
        """Whether a run of this spec can be changed to another while it goes on."""
        return type(other) is type(self) and self.differences(other) <= self.HOT | self.FOLLOWED

    def to_query(self) -> dict[str, str]:
        """The fields that differ from the defaults, as text, and those of ALWAYS."""
        keep = self.differences(type(self)()) | self.ALWAYS
        return {name: text(getattr(self, name)) for name in type(self).model_fields if name in keep}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """The inverse of `to_query`; keys that are not fields are ignored (a page has its own); raises SpecError."""
        return cls.make({name: value for name, value in query.items() if name in cls.model_fields})

    @classmethod
    def _problem(cls, entry: Any) -> tuple[str, Any, str]:
        field = ".".join(str(part) for part in entry["loc"]) or "spec"
        if entry["type"] == "extra_forbidden":
            allowed = f"there is no such field; the fields are {', '.join(cls.model_fields)}"
            return field, entry["input"], allowed
        cause = entry.get("ctx", {}).get("error")
        if isinstance(cause, FieldError):
            return cause.field, cause.value, str(cause)
        return field, entry["input"], entry["msg"].removeprefix("Value error, ")


def text(value: Any) -> str:
    """A field's value as it stands in a link."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return f"{value:.12g}" if isinstance(value, float) and float(f"{value:.12g}") == value else str(value)
