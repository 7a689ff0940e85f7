"""Variants of a GAN: a base, and arms that each change some of its fields.

An arm is written as a query string of what it changes, `penalty=r1&penalty_weight=1`; several arms stand in one text,
joined with "|". What an arm leaves out is as in the base. Data, seed, backend and device are the same for all: what
differs between two arms is then what their texts say, and nothing else. The base is written as a link to a page with a
GAN has it: `data=ring(8)&lr_d=0.02`.

This module never imports torch: the web process reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError
from ganlab.specs import text as text_of

SEPARATOR = "|"
SHARED: tuple[str, ...] = ("data", "seed", "backend", "device")
"""Fields that no arm changes."""

LONGEST = 2000  # characters of one arm
PLAIN = ",=()[]*:"  # characters that the values of a query string may hold as they are
TWICE = "this field is given twice; once is allowed"

Change = tuple[str, Any]
"""A field of `GanSpec` and its value."""


def fields() -> tuple[str, ...]:
    """The fields that an arm may change, in the order of `GanSpec`."""
    return tuple(name for name in GanSpec.model_fields if name not in SHARED)


# ---------------------------------------------------------------- texts


def split(text: str) -> tuple[str, ...]:
    """The arms of a text, unchecked; none of them in an empty one."""
    return tuple(part.strip() for part in text.split(SEPARATOR)) if text.strip() else ()


def join(arms: Iterable[str]) -> str:
    """The inverse of `split`."""
    return SEPARATOR.join(arms)


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """Fields and values of a query string in which + is a plus and no space; raises ValueError where it is none."""
    return parse_qsl(text.strip().replace("+", "%2B"), keep_blank_values=True, strict_parsing=True)


def join_pairs(values: Mapping[str, str]) -> str:
    """The inverse of `parse_pairs`."""
    return urlencode(values, safe=PLAIN, quote_via=quote)


def _twice(pairs: list[tuple[str, str]]) -> list[str]:
    names = [name for name, _ in pairs]
    return sorted({name for name in names if names.count(name) > 1})


def read(text: str, name: str = "arm") -> dict[str, str]:
    """What an arm changes, as text by field; raises SpecError for what is no list of changes.

    `name` is what the error calls the arm, as in `arms.2`.
    """
    if len(text) > LONGEST:
        raise SpecError([(name, text, f"at most {LONGEST} characters are allowed")])
    try:
        pairs = parse_pairs(text)
    except ValueError:
        pairs = []
    if not pairs:
        form = "write what it changes as field=value, several joined with &: penalty=r1&penalty_weight=1"
        raise SpecError([(name, text, form)])
    problems = [problem for field, value in pairs if (problem := _misnamed(name, field, value))]
    problems += [(f"{name}.{field}", text, TWICE) for field in _twice(pairs)]
    if problems:
        raise SpecError(problems)
    return dict(pairs)


def _misnamed(name: str, field: str, value: str) -> tuple[str, Any, str] | None:
    if field in SHARED:
        same = f"this is the same for all runs; an arm may change {', '.join(fields())}"
        return f"{name}.{field}", value, same
    if field not in GanSpec.model_fields:
        return f"{name}.{field}", value, f"there is no such field; an arm may change {', '.join(fields())}"
    return None


def write(changes: Mapping[str, Any]) -> str:
    """The text of an arm with these values, in the order of `GanSpec`."""
    return join_pairs({name: text_of(changes[name]) for name in fields() if name in changes})


# ---------------------------------------------------------------- specs


def write_base(spec: GanSpec) -> str:
    """A spec as the text of a base, the inverse of `read_base`."""
    return join_pairs(spec.to_query())


@lru_cache(maxsize=64)
def read_base(text: str) -> GanSpec:
    """The spec that the text of a base describes; raises SpecError, which calls its fields `base.…`."""
    try:
        pairs = parse_pairs(text) if text.strip() else []
    except ValueError:
        form = "fields of a GAN as in a link, field=value&field=value: data=ring(8)&lr_d=0.001"
        raise SpecError([("base", text, form)]) from None
    if twice := _twice(pairs):
        raise SpecError([(f"base.{name}", text, TWICE) for name in twice])
    try:
        return GanSpec.make(dict(pairs))
    except SpecError as error:
        raise SpecError([(f"base.{name}", *rest) for name, *rest in error.problems]) from None


def arm(base: GanSpec, text: str, name: str = "arm") -> GanSpec:
    """The spec of an arm; raises SpecError, which names arm, field, value and what is allowed."""
    try:
        return base.changed(**read(text, name))
    except SpecError as error:
        inside = f"{name}."
        known = [
            problem
            if problem[0] == name or problem[0].startswith(inside)
            else (inside + problem[0], *problem[1:])
            for problem in error.problems
        ]
        raise SpecError(known) from None


def canonical(base: GanSpec, text: str, name: str = "arm") -> str:
    """An arm's text in its one form: fields in order, values as links have them; raises SpecError.

    Changes to what the base has anyway stay: they hold when another base comes.
    """
    spec = arm(base, text, name)
    return write({field: getattr(spec, field) for field in read(text, name)})


def specs(base: GanSpec, arms: Iterable[str], name: str = "arms") -> list[GanSpec]:
    """The base and then its arms; arm k is called `arms.k` in a SpecError, counted from 1."""
    return [base, *(arm(base, text, f"{name}.{k}") for k, text in enumerate(arms, 1))]


def differences(base: GanSpec, spec: GanSpec) -> list[Change]:
    """What a spec has and the base has not: (field, the spec's value), in the order of `GanSpec`."""
    found = base.differences(spec)
    return [(name, getattr(spec, name)) for name in GanSpec.model_fields if name in found]


def between(base: GanSpec, spec: GanSpec) -> str:
    """The text of the arm that makes the spec of the base; raises SpecError where they differ in what is shared."""
    changes = dict(differences(base, spec))
    shared = [(name, changes[name], "this is the same for all runs") for name in SHARED if name in changes]
    if shared:
        raise SpecError(shared)
    return write(changes)
