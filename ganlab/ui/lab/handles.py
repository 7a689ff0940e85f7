"""How a family on the line is dragged: which of its parameters are its place, and which its width.

The browser moves parameters by these rules while the pointer is down (`families.js`); nothing else there knows a
family. One without a row here, such as one added tomorrow, gets one by the names of its parameters; where even that
finds no place, it has number boxes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ganlab.distributions import FAMILIES, Family, Parameter
from ganlab.distributions.registry import LOCATION
from ganlab.ui.fields import family_name
from ganlab.ui.i18n import _

Width = Literal["scale", "rate", "ends"]


@dataclass(frozen=True)
class Handles:
    """Rules of one family.

    Dragging the first handle by d adds d to every parameter of `moves`; it stands at the mean of those in `centre`.
    The second handle stands one width beside it: at centre + `width` (scale), centre + 1/`width` (rate), or at the
    last of several ends; dragging it multiplies the width, and moves ends about their middle. With `log` all this
    happens to ln x.
    """

    moves: tuple[str, ...]
    centre: tuple[str, ...]
    width: tuple[str, ...] = ()
    kind: Width = "scale"
    log: bool = False


HANDLES: dict[str, Handles] = {
    "normal": Handles(("mean",), ("mean",), ("std",)),
    "uniform": Handles(("low", "high"), ("low", "high"), ("low", "high"), "ends"),
    "laplace": Handles(("loc",), ("loc",), ("scale",)),
    "student_t": Handles(("loc",), ("loc",), ("scale",)),
    "cauchy": Handles(("loc",), ("loc",), ("scale",)),
    "exponential": Handles(("start",), ("start",), ("rate",), "rate"),
    "lognormal": Handles(("mu",), ("mu",), ("sigma",), log=True),
    "triangular": Handles(("low", "mode", "high"), ("mode",), ("low", "mode", "high"), "ends"),
}

SCALES = ("scale", "std", "sigma", "width", "spread")
RATES = ("rate", "precision")


def handles_of(family: Family) -> Handles | None:
    """The rules of a family, or what names and bounds of its parameters suggest; None where they suggest nothing."""
    if family.key in HANDLES:
        return HANDLES[family.key]
    numbers = {row.name: row for row in family.parameters if row.kind == "real"}
    places = [name for name, row in numbers.items() if row.low == -LOCATION and row.high == LOCATION]
    if not places:
        return None
    if {"low", "high"} <= set(places):
        return Handles(tuple(places), ("low", "high"), tuple(places), "ends")
    for kind, names in (("scale", SCALES), ("rate", RATES)):
        for name in names:
            if name in numbers:
                return Handles(tuple(places), tuple(places), (name,), "rate" if kind == "rate" else "scale")
    return Handles(tuple(places), tuple(places))


def line_families() -> list[Family]:
    """The families with a density on the line that can be picked, in the order of the registry."""
    return [
        row
        for row in FAMILIES.values()
        if row.dim == 1
        and row.example is not None
        and all(p.kind in ("real", "integer") for p in row.parameters)
    ]


def described() -> list[dict[str, Any]]:
    """The families as the browser needs them, in the viewer's language."""
    return [_family(row) for row in line_families()]


def _family(row: Family) -> dict[str, Any]:
    rules = handles_of(row)
    return {
        "key": row.key,
        "name": row.name,
        "label": family_name(row.key),
        "about": _(row.about),
        "parameters": [described_parameter(parameter) for parameter in row.parameters],
        "handles": None if rules is None else _rules(rules),
    }


def described_parameter(row: Parameter) -> dict[str, Any]:
    """One parameter as the number boxes of the browser need it."""
    return {
        "name": row.name,
        "label": _(row.name),
        "about": _(row.about),
        "low": row.low,
        "high": row.high,
        "default": row.default,
        "whole": row.kind == "integer",
        "keyword": row.keyword,
    }


def _rules(rules: Handles) -> Mapping[str, Any]:
    return {
        "moves": list(rules.moves),
        "centre": list(rules.centre),
        "width": list(rules.width),
        "kind": rules.kind,
        "log": rules.log,
    }
