"""The families of the plane as the browser needs them: a Gaussian by its ellipse, the others by their parameters."""

from __future__ import annotations

from typing import Any

from ganlab.distributions import FAMILIES, Family
from ganlab.distributions.registry import LOCATION, SMALLEST
from ganlab.ui.fields import family_name
from ganlab.ui.i18n import N_, _
from ganlab.ui.lab.handles import described_parameter

ELLIPSE = "normal_2d"

_ELLIPSE_PARAMETERS: tuple[tuple[str, str, str, float, float, float, float], ...] = (
    ("x", "x", N_("x of the centre"), -LOCATION, LOCATION, 0.0, 0.1),
    ("y", "y", N_("y of the centre"), -LOCATION, LOCATION, 0.0, 0.1),
    ("s1", "σ₁", N_("standard deviation along the first axis"), SMALLEST, LOCATION, 1.0, 0.05),
    ("s2", "σ₂", N_("standard deviation along the second axis"), SMALLEST, LOCATION, 1.0, 0.05),
    (
        "angle",
        N_("angle °"),
        N_("direction of the first axis, degrees from the x axis"),
        -180.0,
        180.0,
        0.0,
        5.0,
    ),
)


def plane_families() -> list[Family]:
    """The families with a density in the plane that can be picked, in the order of the registry."""
    return [
        row
        for row in FAMILIES.values()
        if row.key == ELLIPSE
        or (
            row.dim == 2
            and row.example is not None
            and all(p.kind in ("real", "integer") for p in row.parameters)
        )
    ]


def described() -> list[dict[str, Any]]:
    """The families as the browser needs them, in the viewer's language."""
    return [_family(row) for row in plane_families()]


def _family(row: Family) -> dict[str, Any]:
    parameters = _ellipse() if row.key == ELLIPSE else _typed(row)
    return {
        "key": row.key,
        "name": row.name,
        "label": family_name(row.key),
        "about": _(row.about),
        "parameters": parameters,
        "handles": None,
    }


def _ellipse() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": _(label),
            "about": _(about),
            "low": low,
            "high": high,
            "default": default,
            "step": step,
            "whole": False,
            "keyword": False,
        }
        for name, label, about, low, high, default, step in _ELLIPSE_PARAMETERS
    ]


def _typed(row: Family) -> list[dict[str, Any]]:
    return [
        {**described_parameter(parameter), "step": 1 if parameter.kind == "integer" else 0.05}
        for parameter in row.parameters
    ]
