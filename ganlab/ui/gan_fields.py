"""A widget for any field of a GAN, made from the field itself: a new field or row is there by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from ganlab.gan.combinations import why_not
from ganlab.gan.constraints import clipped_slope
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import constraint
from ganlab.ui import fields, widgets
from ganlab.ui.address import Place
from ganlab.ui.exercise import Exercise
from ganlab.ui.i18n import N_, _, listed
from ganlab.ui.messages import plain, translate
from ganlab.ui.widgets import BETAS, DEVIATIONS, RATES, WEIGHTS, short

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
NOTCHES: dict[str, Sequence[float]] = {
    "lr_d": RATES,
    "lr_g": RATES,
    "penalty_weight": WEIGHTS,
    "clip": widgets.CLIPS,
    "bandwidth": DEVIATIONS[1:],
    "kl_weight": WEIGHTS,
    "weight_decay": (0.0, 0.001, 0.01, 0.1, 0.2, 0.5, 1.0),
    "label_smoothing": (0.0, 0.05, 0.1, 0.2, 0.3, 0.5),
    "instance_noise": DEVIATIONS,
    "instance_noise_until": (0.0, *(m * 10.0**e for e in (2, 3, 4) for m in (1, 2, 5))),
    "feature_matching": (*SHARES, 1.0),
    "replay": SHARES,
    "ema": (0.0, 0.9, 0.99, 0.995, 0.999, 0.9995, 0.9999),
    "consensus": WEIGHTS,
    "inference_weight": WEIGHTS,
    "noise_dim": widgets.NOISE_DIMS,
    "beta1_d": BETAS,
    "beta2_d": BETAS,
    "beta1_g": BETAS,
    "beta2_g": BETAS,
    "batch": widgets.BATCHES,
}
"""Scales that are not what the bounds of a field alone would suggest."""

DECADES = (-3, 3)  # of a scale that is made from bounds
SEGMENTS = frozenset({"backend", "device"})
BESIDE = {"d_steps": "g_steps"}
"""Two fields in one line."""

_FIELDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (N_("Data"), "database", ("data",)),
    (N_("Pace of learning"), "speed", ("lr_d", "lr_g", "d_steps", "g_steps")),
    (
        N_("Objective and penalty"),
        "target",
        ("objective", "bandwidth", "kl_weight", "penalty", "penalty_weight", "constraint", "clip"),
    ),
    (N_("Remedies"), "healing", ()),
    (
        N_("Networks"),
        "account_tree",
        (
            *("g_hidden", "g_activation", "g_norm", "d_hidden", "d_activation"),
            *("noise", "noise_modes", "noise_dim"),
        ),
    ),
    (
        N_("Optimisers"),
        "tune",
        ("optimiser_d", "beta1_d", "beta2_d", "optimiser_g", "beta1_g", "beta2_g", "batch", "updates"),
    ),
    (N_("Run"), "casino", ("seed", "backend", "device")),
)
_PLACED = frozenset(name for _title, _icon, names in _FIELDS for name in names)
GROUPS = tuple(
    (title, icon, names or tuple(name for name in GanSpec.model_fields if name not in _PLACED))
    for title, icon, names in _FIELDS
)
"""Titles, icons and fields; a field that stands nowhere else is a remedy."""


def sections(here: Exercise, data: Callable[[Exercise], None], opened: frozenset[str] = frozenset()) -> None:
    """All fields of a GAN in groups that fold; those of `opened` (by their icon) are open at first."""
    rows = [
        (_(title), icon, data if icon == "database" else partial(group, names=names), icon in opened)
        for title, icon, names in GROUPS
    ]
    widgets.groups(here, rows)


def group(here: Exercise, names: Sequence[str]) -> None:
    """Some fields; what has no effect beside the rest is left out, what cannot be is named with the reason."""
    spec, refused = here.spec, dict[str, list[str]]()
    for field in names:
        reason = why_not(spec, field)
        if reason is not None and getattr(spec, field) == GanSpec.model_fields[field].default:
            refused.setdefault(reason, []).append(fields.label(field))
        elif field in BESIDE:
            left, right = st.columns(2)
            with left:
                widget(here, field)
            with right:
                widget(here, BESIDE[field])
        elif field not in BESIDE.values() and matters(spec, field):
            widget(here, field)
            caption(spec, field)
            if reason is not None:
                st.caption(plain(translate(reason)))
    for reason, labels in refused.items():
        st.caption(_("{names}: {reason}.").format(names=listed(labels), reason=plain(translate(reason))))


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
    """The widget of one field."""
    value, choices = getattr(here.spec, field), fields.choices(field)
    if field in SEGMENTS:
        st.segmented_control(
            here.label(field), choices, format_func=fields.option, required=True, **here.bound(field)
        )
    elif choices:
        widgets.pick(here, field, choices, lambda name: fields.choice(field, name))
    elif isinstance(value, tuple):
        widgets.layers(here, field)
    elif isinstance(value, int) and field not in NOTCHES:
        widgets.whole(here, field)
    else:
        widgets.notches(here, field, scale(field))


def matters(spec: GanSpec, field: str) -> bool:
    """Whether a field has an effect beside the others; one that nobody knows here has."""
    row = OBJECTIVES[spec.objective]
    uses: dict[str, bool] = {
        "penalty_weight": PENALTIES[spec.penalty].term is not None,
        "clip": constraint(spec) == "clip",
        "bandwidth": row.explicit is not None,
        "kl_weight": row.explicit is not None and row.adversarial,
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
    """Under a widget: formulas of what is chosen, or what follows from it."""
    if field == "objective":
        row = OBJECTIVES[spec.objective]
        for symbol, formula in (("L_D", row.formula_d), ("L_G", row.formula_g)):
            if formula:
                st.caption(f"${symbol} = {formula}$")
    elif field == "penalty" and PENALTIES[spec.penalty].term is not None:
        st.caption(f"${PENALTIES[spec.penalty].formula}$")
    elif field == "clip":
        text = _("No weight of D is beyond ±{bound}, so its slope is at most {slope}.")
        st.caption(text.format(bound=short(spec.clip), slope=f"{clipped_slope(spec):.3g}"))
