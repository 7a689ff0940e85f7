"""The sidebar of a page with a GAN: every field of the run, in groups, the ones turned most often on top."""

from __future__ import annotations

import streamlit as st

from ganlab.gan.combinations import why_not
from ganlab.gan.constraints import CONSTRAINTS, clipped_slope
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import constraint
from ganlab.ui import exercise, runs
from ganlab.ui.datapicker import data
from ganlab.ui.exercise import Exercise
from ganlab.ui.fields import label, option
from ganlab.ui.i18n import _
from ganlab.ui.messages import plain, translate
from ganlab.ui.widgets import (
    BATCHES,
    BETAS,
    CLIPS,
    DEVIATIONS,
    NOISE_DIMS,
    RATES,
    WEIGHTS,
    groups,
    layers,
    notches,
    pick,
    short,
    whole,
)

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
UPDATES = (0.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0, 50_000.0)
SCALES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("pack", ()),
    ("minibatch_kernels", ()),
    ("replay", SHARES),
    ("instance_noise", DEVIATIONS),
    ("instance_noise_until", UPDATES),
    ("label_smoothing", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)),
    ("weight_decay", (0.0, 0.001, 0.01, 0.1, 0.2, 0.5, 1.0)),
    ("unroll", ()),
    ("feature_matching", (*SHARES, 1.0)),
    ("consensus", WEIGHTS),
    ("ema", (0.0, 0.9, 0.99, 0.995, 0.999, 0.9995, 0.9999)),
    ("inference", ()),
    ("inference_weight", WEIGHTS),
)
"""Remedies that are one field, and the notches of their sliders; without notches, a whole number."""


def sidebar(here: Exercise) -> None:
    """All controls of the exercise."""
    with st.sidebar:
        rows = (
            (_("Data"), "database", data, True),
            (_("Pace of learning"), "speed", pace, True),
            (_("Objective and penalty"), "target", objective, False),
            (_("Remedies"), "healing", remedies, False),
            (_("Networks"), "account_tree", networks, False),
            (_("Optimisers"), "tune", optimisers, False),
            (_("Run"), "casino", run, False),
        )
        groups(here, rows)
        st.button(
            _("Reset to the first preset"),
            icon=":material/restart_alt:",
            on_click=reset,
            args=(here.page,),
            width="stretch",
            key=f"{here.page}.reset",
        )


def pace(here: Exercise) -> None:
    """What is changed most while a run goes on: learning rates and updates per iteration."""
    notches(here, "lr_d", RATES)
    notches(here, "lr_g", RATES)
    left, right = st.columns(2)
    with left:
        whole(here, "d_steps")
    with right:
        whole(here, "g_steps")


def objective(here: Exercise) -> None:
    """Objective, penalty and constraint, with their formulas."""
    row, penalty = OBJECTIVES[here.spec.objective], PENALTIES[here.spec.penalty]
    pick(here, "objective", tuple(OBJECTIVES), lambda name: _(OBJECTIVES[name].label))
    if row.formula_d:
        st.caption(f"$L_D = {row.formula_d}$")
    st.caption(f"$L_G = {row.formula_g}$")
    if row.explicit is not None:
        notches(here, "bandwidth", DEVIATIONS[1:])
    if row.explicit is not None and row.adversarial:
        notches(here, "kl_weight", WEIGHTS)
    if row.adversarial:
        pick(here, "penalty", tuple(PENALTIES), lambda name: _(PENALTIES[name].label))
        if penalty.term is not None:
            st.caption(f"${penalty.formula}$")
            notches(here, "penalty_weight", WEIGHTS)
        pick(here, "constraint", tuple(CONSTRAINTS), lambda name: _(CONSTRAINTS[name].label))
        clipping(here)


def clipping(here: Exercise) -> None:
    """The bound of weight clipping, and the slope that it leaves D."""
    if constraint(here.spec) != "clip":
        return
    notches(here, "clip", CLIPS)
    slope = clipped_slope(here.spec)
    st.caption(
        _("No weight of D is beyond ±{bound}, so its slope is at most {slope}.").format(
            bound=short(here.spec.clip), slope=f"{slope:.3g}"
        )
    )


def remedies(here: Exercise) -> None:
    """What is said to help; what makes no sense beside the rest is named below, with the reason."""
    refused: dict[str, list[str]] = {}
    for field, values in SCALES:
        reason = why_not(here.spec, field)
        if reason is not None and getattr(here.spec, field) == default(field):
            refused.setdefault(reason, []).append(label(field))
        elif field == "inference":
            pick(here, field, ("none", "veegan"))
        elif values:
            notches(here, field, values)
        else:
            whole(here, field)
    for reason, names in refused.items():
        st.caption(_("{names}: {reason}.").format(names=", ".join(names), reason=plain(translate(reason))))


def default(field: str) -> object:
    """What a field of a run is when nobody has touched it."""
    return GanSpec.model_fields[field].default


def networks(here: Exercise) -> None:
    """Depth, width and activation of both networks, and the noise."""
    for side in "gd":
        layers(here, f"{side}_hidden")
        pick(here, f"{side}_activation", tuple(ACTIVATIONS), lambda name: _(ACTIVATIONS[name].label))
        if side == "g":
            pick(here, "g_norm", ("none", "batch"))
    pick(here, "noise", ("normal", "uniform", "mixture"))
    if here.spec.noise == "mixture":
        whole(here, "noise_modes")
    notches(here, "noise_dim", NOISE_DIMS)


def optimisers(here: Exercise) -> None:
    """Optimiser and momentum of each network, batch, and who moves when."""
    for side in "dg":
        field = f"optimiser_{side}"
        pick(here, field, tuple(OPTIMISERS), lambda name: _(OPTIMISERS[name].label))
        for beta in OPTIMISERS[getattr(here.spec, field)].betas:
            notches(here, f"{beta}_{side}", BETAS)
    notches(here, "batch", BATCHES)
    pick(here, "updates", ("alternating", "simultaneous", "extragradient"))


def run(here: Exercise) -> None:
    """Seed, backend and device."""
    whole(here, "seed")
    for field, choices in (("backend", ("auto", "eager", "compiled")), ("device", ("auto", "cpu", "cuda"))):
        st.segmented_control(label(field), choices, format_func=option, required=True, **here.bound(field))


def reset(page: str) -> None:
    """Callback: back to what the page opens with, in a run of its own."""
    runs.end(page)
    exercise.show(page, exercise.default(page).spec)
