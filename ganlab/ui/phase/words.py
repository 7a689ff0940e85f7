"""What a map says in words: its dials, their values, and what is wrong with a link."""

from __future__ import annotations

import re
from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.trials.axes import DIALS, Axis
from ganlab.ui import fields
from ganlab.ui.compare import words as gan
from ganlab.ui.i18n import N_, _
from ganlab.ui.messages import translate

DIAL_WORDS: dict[str, tuple[str, str]] = {
    "lr": (N_("Both learning rates"), N_("The learning rates of D and of G together.")),
    "width": (N_("Width of both networks"), N_("Units in each hidden layer of D and of G.")),
    "depth": (N_("Depth of both networks"), N_("Hidden layers of D and of G.")),
}

_FORMS: tuple[tuple[str, str], ...] = (
    (r"low:high:count or low:high:count:log", N_("values are written low:high:count or low:high:count:log")),
    (
        r"dial=low:high:count.*",
        N_("a dial is written lr_d=0.001:0.1:8:log, or objective=minimax,wgan"),
    ),
    (r"this is the same for all cells; choose one of (?P<names>.+)", N_("this is the same for all cells")),
    (
        r"there is no such dial; choose one of (?P<names>.+)",
        N_("there is no such dial; possible are {names}"),
    ),
    (
        r"a list, value,value,…: the values of (?P<name>\S+) are no numbers",
        N_("a list is needed, such as minimax,wgan: the values of {name} are no numbers"),
    ),
    (r"low < high", N_("the first number must be smaller than the second")),
    (r"low > 0 where .*", N_("numbers must be above 0 where they grow by a constant factor")),
    (
        r"at most (?P<n>\d+) values: (?P<name>\S+) has whole numbers only",
        N_("at most {n} values are possible: {name} has whole numbers only"),
    ),
    (r"at most (?P<n>\d+) values", N_("at most {n} values are possible")),
    (r"at most (?P<n>\d+) characters", N_("at most {n} characters are possible")),
    (r"every value once", N_("every value may be there once")),
    (r"a number", N_("a number is needed")),
    (r"a finite number", N_("a finite number is needed")),
    (r"how many values, a whole number from 2 to (?P<most>\d+)", N_("2 to {most} values are possible")),
    (
        r"another dial than x: both would set (?P<names>.+)",
        N_("choose another dial than the one across: both would set {names}"),
    ),
    (r"fewer, or a smaller seed of the base: .*", N_("the last seed would be too large")),
    (
        r"(?P<x>\d+) x (?P<y>\d+) cells x (?P<s>\d+) seeds are (?P<n>[\d,]+) GANs; at most (?P<most>[\d,]+)",
        N_("{x} × {y} cells with {s} seeds are {n} GANs, and {most} are possible"),
    ),
    (r"no cell can be trained; the first: (?P<reason>.+)", N_("no cell can be trained; the first: {reason}")),
    (
        r"fields of a GAN as in a link: .*",
        N_("a GAN is written as in a link, such as data=ring(8)&lr_d=0.001"),
    ),
    (r"once: this field is given twice", N_("this field is given twice")),
    (r"there is no such field; .*", N_("there is no such field")),
    (
        r"this would take about (?P<n>\d+) hours and live maps may take (?P<most>\d+): .*",
        N_("this would take about {n} hours, and {most} are possible here: take fewer steps, seeds or cells"),
    ),
    (
        r"one iteration of the largest cell would take about (?P<n>\S+) billion operations and .*",
        N_(
            "one step of the largest cell would take {n} billion operations: take smaller networks or batches"
        ),
    ),
)


def said(message: str) -> str:
    """What is wrong, in the viewer's language; once more makes no difference."""
    for form, words in _FORMS:
        found = re.fullmatch(form, message, re.DOTALL)
        if found:
            parts = found.groupdict()
            if "reason" in parts:  # of a cell: field = value: what is wrong with it
                about, _colon, reason = parts["reason"].partition(": ")
                parts["reason"] = f"{about}: {said(reason)}"
            return _(words).format(**parts)
    return translate(message)


def dial(name: str) -> str:
    """What a dial is called."""
    return _(DIAL_WORDS[name][0]) if name in DIAL_WORDS else fields.label(name)


def explain(name: str) -> str:
    """What a dial means."""
    return _(DIAL_WORDS[name][1]) if name in DIAL_WORDS else gan.explain(name)


def choices(name: str) -> tuple[str, ...]:
    """The names that a dial goes through; none where its values are numbers or lists of them."""
    return () if name in DIALS else gan.choices(name)


def value(name: str, value: Any) -> str:
    """A value of a dial for people."""
    if name in DIALS or not gan.choices(name):
        return f"{value:.3g}" if isinstance(value, float) else gan.value_text("g_hidden", value)
    return gan.choice(name, value)


def place(axes: tuple[Axis, ...], index: tuple[int, ...]) -> str:
    """Where a cell is: what its dials are at."""
    parts = [
        f"{dial(axis.dial)} {value(axis.dial, axis.values[i])}" for axis, i in zip(axes, index, strict=False)
    ]
    return ", ".join(parts)


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
