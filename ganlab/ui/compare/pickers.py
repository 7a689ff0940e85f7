"""A widget for any field of a run, made from the field itself: a new field or row is there by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import streamlit as st

from ganlab.gan import variants
from ganlab.gan.combinations import why_not
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import constraint
from ganlab.specs import SpecError
from ganlab.ui import fields, widgets
from ganlab.ui.address import Place
from ganlab.ui.i18n import _
from ganlab.ui.messages import plain, translate

NOTCHES: dict[str, Sequence[float]] = {
    "lr_d": widgets.RATES,
    "lr_g": widgets.RATES,
    "penalty_weight": widgets.WEIGHTS,
    "clip": widgets.CLIPS,
    "instance_noise": widgets.DEVIATIONS,
    "beta1_d": widgets.BETAS,
    "beta2_d": widgets.BETAS,
    "beta1_g": widgets.BETAS,
    "beta2_g": widgets.BETAS,
    "ema": (0.0, 0.5, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999),
    "batch": widgets.BATCHES,
    "noise_dim": widgets.NOISE_DIMS,
}
"""Scales that are not what the bounds of a field alone would suggest."""

DECADES = (-3, 3)  # of a scale that is made from bounds


def scale(field: str) -> list[float]:
    """Notches for a number: tenths where it is a share, else 1, 2 and 5 of each power of ten within its bounds."""
    if field in NOTCHES:
        return list(NOTCHES[field])
    low, high = fields.bounds(field)
    if high <= 1:
        values = [0.0, 0.01, 0.02, 0.05, *(k / 10 for k in range(1, 11))]
    else:
        values = [
            0.0,
            *(digit * 10.0**power for power in range(DECADES[0], DECADES[1] + 1) for digit in (1, 2, 5)),
        ]
    return [round(value, 12) for value in values if low <= value <= high]


def widget(here: Place[Any], field: str) -> None:
    """The widget of one field of a run."""
    value = getattr(here.spec, field)
    if fields.choices(field):
        widgets.pick(here, field, fields.choices(field), lambda name: fields.choice(field, name))
    elif isinstance(value, tuple):
        widgets.layers(here, field)
    elif isinstance(value, int) and field not in NOTCHES:
        widgets.whole(here, field)
    else:
        widgets.notches(here, field, scale(field))


def matters(spec: GanSpec, field: str) -> bool:
    """Whether a field has an effect beside the others; one that nobody knows here has."""
    uses: dict[str, bool] = {
        "penalty_weight": PENALTIES[spec.penalty].term is not None,
        "clip": constraint(spec) == "clip",
        "bandwidth": OBJECTIVES[spec.objective].explicit is not None,
        "kl_weight": OBJECTIVES[spec.objective].explicit is not None
        and OBJECTIVES[spec.objective].adversarial,
        "noise_modes": spec.noise == "mixture",
        "instance_noise_until": spec.instance_noise > 0,
        "inference_weight": spec.inference != "none",
    }
    uses |= {
        f"{beta}_{side}": beta in OPTIMISERS[getattr(spec, f"optimiser_{side}")].betas
        for beta in ("beta1", "beta2")
        for side in "dg"
    }
    return uses.get(field, True)


def caption(spec: GanSpec, field: str) -> None:
    """Under a widget: formulas of what is chosen, or why the field cannot be used beside the rest."""
    if field == "objective":
        row = OBJECTIVES[spec.objective]
        for symbol, formula in (("L_D", row.formula_d), ("L_G", row.formula_g)):
            if formula:
                st.caption(f"${symbol} = {formula}$")
    elif field == "penalty" and PENALTIES[spec.penalty].term is not None:
        st.caption(f"${PENALTIES[spec.penalty].formula}$")
    reason = why_not(spec, field)
    if reason is not None:
        st.caption(plain(translate(reason)))


# ---------------------------------------------------------------- what a new run may change


def offers(base: GanSpec) -> dict[str, str]:
    """What the picker of a new run offers: key and label."""
    found = {f"objective:{name}": _(row.label) for name, row in OBJECTIVES.items() if name != base.objective}
    found |= {f"remedy:{name}": _(row.label) for name, row in REMEDIES.items()}
    found |= {f"field:{field}": fields.label(field) for field in variants.fields()}
    return found


def kind_of_offer(key: str) -> str:
    """What an offer is, for its place in the list."""
    return {"objective": _("Objective"), "remedy": _("Remedy"), "field": _("Field")}[key.partition(":")[0]]


def starting_text(base: GanSpec, key: str) -> str:
    """The arm that an offer begins with; raises SpecError where it cannot be beside this base."""
    kind, _colon, name = key.partition(":")
    if kind == "objective":
        values: dict[str, Any] = {"objective": name}
    elif kind == "remedy":
        values = dict(REMEDIES[name].values(base))
    else:
        values = first_change(base, name)
    base.changed(**values)
    return variants.write(values)


def first_change(base: GanSpec, field: str) -> dict[str, Any]:
    """Another value of a field to begin with: the nearest that the rest of the base allows."""
    problem: SpecError | None = None
    for values in _candidates(base, field):
        try:
            base.changed(**values)
        except SpecError as error:
            problem = problem or error
        else:
            return values
    raise problem or SpecError([(field, getattr(base, field), "there is no other value")])


def _candidates(base: GanSpec, field: str) -> Iterator[dict[str, Any]]:
    value = getattr(base, field)
    if field == "penalty":
        rows = [row for row in PENALTIES.values() if row.name not in ("none", value)]
        yield from ({"penalty": row.name, "penalty_weight": row.weight} for row in rows)
    if fields.choices(field):
        yield from ({field: name} for name in fields.choices(field) if name != value)
        return
    if isinstance(value, tuple):
        yield {field: tuple(min(512, 2 * width) for width in value) or (32,)}
        return
    yield from ({field: other} for other in _other_numbers(field, value))


def _other_numbers(field: str, value: float) -> list[Any]:
    """Numbers near a value, the nearest first, larger ones before smaller ones."""
    kind: Callable[[float], Any] = int if isinstance(value, int) else float
    low, high = fields.bounds(field)
    notches = [kind(number) for number in scale(field) if low <= number <= high and kind(number) == number]
    above = sorted(number for number in notches if number > value)
    below = sorted((number for number in notches if number < value), reverse=True)
    return [*above[1:4], *above[:1], *below[1:3], *below[:1]] if value == 0 else [*above[:3], *below[:3]]


def fields_left(text: str) -> list[str]:
    """The fields that an arm does not change yet."""
    return [field for field in variants.fields() if field not in variants.read(text)]


def add_select(
    key: str, options: Sequence[str], naming: Callable[[str], str], label: str, take: Any, help_: str
) -> None:
    """A list from which something is added; it shows nothing chosen, before and after."""
    st.session_state[key] = None
    st.selectbox(
        label,
        list(options),
        index=None,
        format_func=naming,
        placeholder=label,
        key=key,
        help=help_,
        on_change=take,
        label_visibility="collapsed",
    )
