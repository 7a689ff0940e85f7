"""The sidebar of a page with a GAN: every field of the run, in groups, the ones turned most often on top."""

from __future__ import annotations

import streamlit as st

from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.ui import exercise, runs
from ganlab.ui.datapicker import data
from ganlab.ui.exercise import Exercise
from ganlab.ui.fields import label, option
from ganlab.ui.i18n import _
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
    whole,
)


def sidebar(here: Exercise) -> None:
    """All controls of the exercise."""
    with st.sidebar:
        rows = (
            (_("Data"), "database", data, True),
            (_("Pace of learning"), "speed", pace, True),
            (_("Objective and penalty"), "target", objective, False),
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
    """Objective and penalty, with their formulas."""
    row = OBJECTIVES[here.spec.objective]
    pick(here, "objective", tuple(OBJECTIVES), lambda name: _(OBJECTIVES[name].label))
    st.caption(f"$L_D = {row.formula_d}$")
    st.caption(f"$L_G = {row.formula_g}$")
    penalty = PENALTIES[here.spec.penalty]
    if row.clips and not penalty.replaces_clipping:
        notches(here, "clip", CLIPS)
    pick(here, "penalty", tuple(PENALTIES), lambda name: _(PENALTIES[name].label))
    if penalty.term is not None:
        st.caption(f"${penalty.formula}$")
        notches(here, "penalty_weight", WEIGHTS)
    notches(here, "instance_noise", DEVIATIONS)


def networks(here: Exercise) -> None:
    """Depth, width and activation of both networks, and the noise."""
    for side in "gd":
        layers(here, f"{side}_hidden")
        pick(here, f"{side}_activation", tuple(ACTIVATIONS), lambda name: _(ACTIVATIONS[name].label))
    pick(here, "noise", ("normal", "uniform"))
    notches(here, "noise_dim", NOISE_DIMS)


def optimisers(here: Exercise) -> None:
    """Optimiser and momentum of each network, batch, and who moves when."""
    for side in "dg":
        field = f"optimiser_{side}"
        pick(here, field, tuple(OPTIMISERS), lambda name: _(OPTIMISERS[name].label))
        for beta in OPTIMISERS[getattr(here.spec, field)].betas:
            notches(here, f"{beta}_{side}", BETAS)
    notches(here, "batch", BATCHES)
    pick(here, "updates", ("alternating", "simultaneous"))


def run(here: Exercise) -> None:
    """Seed, backend and device."""
    whole(here, "seed")
    for field, choices in (("backend", ("auto", "eager", "compiled")), ("device", ("auto", "cpu", "cuda"))):
        st.segmented_control(label(field), choices, format_func=option, required=True, **here.bound(field))


def reset(page: str) -> None:
    """Callback: back to what the page opens with, in a run of its own."""
    runs.end(page)
    exercise.show(page, exercise.default(page).spec)
