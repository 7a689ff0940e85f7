"""What a map says in words: its dials, their values, and what is wrong with a link."""

from __future__ import annotations

from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.trials.axes import DIALS, Axis
from ganlab.ui import fields
from ganlab.ui.i18n import N_, _, listed

DIAL_WORDS: dict[str, tuple[str, str]] = {
    "lr": (N_("Both learning rates"), N_("The learning rates of D and of G together.")),
    "width": (N_("Width of both networks"), N_("Units in each hidden layer of D and of G.")),
    "depth": (N_("Depth of both networks"), N_("Hidden layers of D and of G.")),
}


def dial(name: str) -> str:
    """What a dial is called."""
    return _(DIAL_WORDS[name][0]) if name in DIAL_WORDS else fields.label(name)


def explain(name: str) -> str:
    """What a dial means."""
    return _(DIAL_WORDS[name][1]) if name in DIAL_WORDS else fields.explain(name)


def choices(name: str) -> tuple[str, ...]:
    """The names that a dial goes through; none where its values are numbers or lists of them."""
    return () if name in DIALS else fields.choices(name)


def value(name: str, value: Any) -> str:
    """A value of a dial for people."""
    if name in DIALS or not fields.choices(name):
        return f"{value:.3g}" if isinstance(value, float) else fields.value_text("g_hidden", value)
    return fields.choice(name, value)


def place(axes: tuple[Axis, ...], index: tuple[int, ...]) -> str:
    """Where a cell is: what its dials are at."""
    parts = [
        f"{dial(axis.dial)} {value(axis.dial, axis.values[i])}" for axis, i in zip(axes, index, strict=False)
    ]
    return listed(parts)


def label(path: str) -> str:
    """What a field of a map is called, or a field of its base, or a dial of an axis."""
    names = {
        "base": _("The GAN to begin with"),
        "x": _("Across"),
        "y": _("Upward"),
        "seeds": _("Seeds"),
        "steps": _("Steps"),
        "moments": _("Readings on the way"),
    }
    name, _dot, field = path.partition(".")
    if field in GanSpec.model_fields or field in DIALS:
        return dial(field) if name == "base" else f"{names[name]}: {dial(field)}"
    return names.get(name, name)
