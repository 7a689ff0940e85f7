"""What a comparison says in words: the letters of its runs, what differs, and what is wrong with a link."""

from __future__ import annotations

import re
from typing import Any

from ganlab.gan import variants
from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.registry import Registry
from ganlab.specs import text
from ganlab.ui import fields
from ganlab.ui.i18n import N_, _
from ganlab.ui.messages import translate

LETTERS = "ABCDEF"
"""Run 0 is A."""

REGISTRIES: tuple[Registry[Any], ...] = (OBJECTIVES, PENALTIES, CONSTRAINTS, OPTIMISERS, ACTIVATIONS)

_FORMS: tuple[tuple[str, str], ...] = (
    (
        r"(?P<n>\d+) arms; allowed: 1 to (?P<most>\d+)",
        N_("{n} runs stand beside the base, and 1 to {most} are possible"),
    ),
    (
        r"write what it changes as .*",
        N_(
            "what a run changes is written as field=value, several joined with &, such as penalty=r1&penalty_weight=1"
        ),
    ),
    (r"write it as a link has it, .*", N_("a base is written as in a link, such as data=ring(8)&lr_d=0.02")),
    (
        r"this is the same for all runs; an arm may change .*",
        N_("this is the same for all runs of a comparison"),
    ),
    (r"there is no such field; .*", N_("there is no such field")),
    (r"this field is given twice; once is allowed", N_("this field is given twice")),
    (r"at most (?P<n>\d+) characters are allowed", N_("at most {n} characters are possible")),
)


def said(message: str) -> str:
    """What is wrong, in the viewer's language; once more makes no difference."""
    for form, words in _FORMS:
        found = re.fullmatch(form, message, re.DOTALL)
        if found:
            return _(words).format(**found.groupdict())
    return translate(message)


def letter(run: int) -> str:
    """The name of a run: A is the base."""
    return LETTERS[run]


# ---------------------------------------------------------------- fields and their values


def choices(field: str) -> tuple[str, ...]:
    """The names that a field may have; none where it is a number, a text or a list."""
    about = GanSpec.model_json_schema()["properties"][field]
    return tuple(about.get("enum", ()))


def registry_of(field: str) -> Registry[Any] | None:
    """The registry whose rows are the choices of a field."""
    names = choices(field)
    return next((table for table in REGISTRIES if names and tuple(table) == names), None)


def bounds(field: str) -> tuple[float, float]:
    """The least and the greatest value of a number."""
    marks = GanSpec.model_fields[field].metadata
    values = {
        name: getattr(mark, name) for mark in marks for name in ("ge", "gt", "le") if hasattr(mark, name)
    }
    return float(values.get("ge", values.get("gt", 0))), float(values["le"])


def choice(field: str, value: str) -> str:
    """The name of a choice, in the viewer's language."""
    table = registry_of(field)
    return fields.option(value) if table is None else _(table[value].label)


def explain(field: str) -> str:
    """What a field means; one that has no words of its own yet is explained as the command line does."""
    return fields.explain(field) if field in fields.FIELDS else GanSpec.model_fields[field].description or ""


def value_text(field: str, value: Any) -> str:
    """A value for people."""
    if choices(field):
        return choice(field, value)
    return text(value).replace(",", ", ") or "–"


def change_text(field: str, value: Any) -> str:
    """One difference from the base: the name of a row says enough by itself."""
    if registry_of(field) is not None and value != "none":
        own = field.rpartition("_")[2]
        return (
            f"{value_text(field, value)} ({own.upper()})" if own in ("d", "g") else value_text(field, value)
        )
    return f"{fields.label(field)} {value_text(field, value)}"


def title(base: GanSpec, run: int, spec: GanSpec) -> str:
    """What is different about a run."""
    if run == 0:
        return _("the base")
    changes = [change_text(field, value) for field, value in variants.differences(base, spec)]
    return " · ".join(changes) or _("the same as the base")


def detail(base: GanSpec, run: int, spec: GanSpec) -> str:
    """The same at length: each field, what it was and what it is; of the base what it is made of."""
    if run == 0:
        names = [_(OBJECTIVES[spec.objective].label)]
        if PENALTIES[spec.penalty].term is not None:
            names.append(_(PENALTIES[spec.penalty].label))
        return " · ".join(
            [*names, f"{fields.label('lr_d')} {spec.lr_d:g}", f"{fields.label('lr_g')} {spec.lr_g:g}"]
        )
    return "\n".join(
        _("{field}: {value} instead of {before}").format(
            field=fields.label(field),
            value=value_text(field, value),
            before=value_text(field, getattr(base, field)),
        )
        for field, value in variants.differences(base, spec)
    )
