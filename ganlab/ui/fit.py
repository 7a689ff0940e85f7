"""What the page "Fit Q to P" is made of: its address, its sidebar, and the watched fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ganlab.divergences.registry import DIVERGENCES
from ganlab.exhibits import of_page
from ganlab.fitting.objectives import FIT_OBJECTIVES
from ganlab.fitting.spec import BESIDE, FitSpec
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.live.cost import check_affordable
from ganlab.ui.address import Address, Place, follow
from ganlab.ui.datapicker import choose, in_place
from ganlab.ui.densities import plain
from ganlab.ui.i18n import N_, _
from ganlab.ui.lab.texts_fit import texts
from ganlab.ui.live import assets
from ganlab.ui.stage import answer, handle_for
from ganlab.ui.watch.component import watch
from ganlab.ui.widgets import BATCHES, RATES, UNITS, groups, layers, notches, pick, whole

PAGE = "fit"
KEY = f"{PAGE}.watch"
BANDWIDTHS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
MOST_CHOSEN = 8
IN_PLACE = in_place("p")
RATE = {"gaussian": 0.05, "generator": 0.01}
"""The learning rate that a kind of model begins with."""

WORDS: dict[str, tuple[str, str]] = {
    "p": (N_("P, the data"), N_("The distribution that Q is fitted to: on the line, with a density.")),
    "model": (
        N_("Model Q"),
        N_("A mixture of a few Gaussians, or a small network that turns noise into samples."),
    ),
    "components": (N_("Gaussians in Q"), N_("1 is the classic case; more can stand on several modes.")),
    "objective": (N_("Objective"), N_("What Q makes as small as possible.")),
    "beside": (N_("Compare with"), N_("A second objective, from the same starts at the same time.")),
    "optimiser": (N_("Optimiser"), N_("How Q follows the gradient.")),
    "lr": (
        N_("Learning rate"),
        N_("Size of the steps; for Gaussians one spread of P is the unit. Changes while the fit goes on."),
    ),
    "starts": (N_("Starts"), N_("Spread over P; generators start from so many seeds.")),
    "begin": (
        N_("Starts of your own"),
        N_("Mean, standard deviation, mean, …; or click into a landscape. These come in addition."),
    ),
    "bandwidth": (
        N_("Bandwidth"),
        N_("Standard deviation of the kernel, in units of x: of MMD², and of a generator's density."),
    ),
    "hidden": (N_("Generator G"), N_("Hidden layers of the network that turns noise into samples.")),
    "activation": (N_("Activation of G"), N_("The bend after each hidden layer.")),
    "batch": (N_("Batch"), N_("Samples of G in one step.")),
    "adversarial": (
        N_("Adversarial twin beside it"),
        N_(
            "The same generator, weights and noise, trained against a discriminator instead (non-saturating)."
        ),
    ),
    "adversarial_lr": (
        N_("Learning rate of the adversaries"),
        N_("Of the twin and of its discriminator. Changes while the fit goes on."),
    ),
    "steps": (N_("Steps"), N_("Then the fit is over; with 0 it goes on until nothing moves.")),
    "seed": (N_("Seed"), N_("Turns the pattern of starts; fixes first weights and noise of generators.")),
}


def address() -> Address[FitSpec]:
    """The address of the page; it opens with its first exhibit."""
    opens = FitSpec.make(of_page(PAGE)[0].values)
    suspects = ("starts", "batch", "hidden", "bandwidth")
    return Address(PAGE, opens, complete=("p",), check=check_affordable, suspects=suspects, words=WORDS)


# ---------------------------------------------------------------- the sidebar


def sidebar(here: Place[FitSpec]) -> None:
    """All fields of the fit, in groups."""
    with st.sidebar:
        rows = (
            (_("P, the data"), "database", data, True),
            (_("Objective"), "target", objective, True),
            (_("Model Q"), "category", model, True),
            (_("Descent"), "trending_down", descent, True),
        )
        groups(here, rows)


def data(here: Place[FitSpec]) -> None:
    """The family of P, its parameters, and the same as text."""
    choose(here, "p")


def objective(here: Place[FitSpec]) -> None:
    """The objective with its formula and what it leads to, and one to compare it with."""
    allowed = [name for name, row in FIT_OBJECTIVES.items() if here.spec.model in row.models]
    row = FIT_OBJECTIVES[here.spec.objective]
    pick(here, "objective", allowed, naming)
    st.caption(f"${row.symbol} = {row.formula}$")
    st.caption(_(row.limit))
    pick(here, "beside", ["none", *(name for name in allowed if name != here.spec.objective)], naming)
    if here.spec.uses_kernel:
        notches(here, "bandwidth", BANDWIDTHS)


def naming(name: str) -> str:
    """An objective in the viewer's language."""
    return _(BESIDE[name].label)


def model(here: Place[FitSpec]) -> None:
    """Gaussians, or a network."""
    key = f"{PAGE}.model"
    follow(key, here.spec.model)
    names = {"gaussian": _("Gaussians"), "generator": _("Generator")}
    st.segmented_control(
        here.label("model"),
        tuple(names),
        format_func=names.__getitem__,
        required=True,
        key=key,
        help=here.explain("model"),
        on_change=take_model,
        args=(here.address,),
    )
    if here.spec.model == "gaussian":
        st.segmented_control(here.label("components"), (1, 2, 3), required=True, **here.bound("components"))
    else:
        generator(here)


def generator(here: Place[FitSpec]) -> None:
    """The network and its adversarial twin."""
    layers(here, "hidden", UNITS[:8])
    pick(here, "activation", tuple(ACTIVATIONS), lambda name: _(ACTIVATIONS[name].label))
    notches(here, "batch", (size for size in BATCHES if 16 <= size <= 1024))
    st.toggle(here.label("adversarial"), **here.bound("adversarial"))
    if here.spec.adversarial:
        notches(here, "adversarial_lr", RATES)


def descent(here: Place[FitSpec]) -> None:
    """How it goes down, and from where."""
    pick(here, "optimiser", tuple(OPTIMISERS), lambda name: _(OPTIMISERS[name].label))
    notches(here, "lr", RATES)
    left, right = st.columns(2)
    with left:
        whole(here, "starts")
    with right:
        whole(here, "seed")
    if here.spec.model == "gaussian" and here.spec.components == 1:
        begin(here)
    whole(here, "steps")


def begin(here: Place[FitSpec]) -> None:
    """Starts of one's own, as text, and a way to take them back."""
    key = f"{PAGE}.begin"
    if here.address.refused("begin") is None:
        follow(key, ", ".join(f"{value:.6g}" for value in here.spec.begin))
    st.text_input(
        here.label("begin"),
        key=key,
        help=here.explain("begin"),
        placeholder="-3, 0.5",
        on_change=take_begin,
        args=(here.address,),
    )
    if here.spec.begin:
        st.button(
            _("Remove them"),
            icon=":material/backspace:",
            key=f"{PAGE}.begin.clear",
            on_click=forget_begin,
            args=(here.address,),
        )


# ---------------------------------------------------------------- what widgets do


def take_model(address: Address[FitSpec]) -> None:
    """Callback: the other kind of model, with a learning rate for it, and without what it does not have."""
    name = st.session_state[f"{PAGE}.model"]
    spec = address.last()
    changes: dict[str, Any] = {"model": name, "lr": RATE[name]}
    if name == "generator":
        changes |= {"begin": (), "components": 1, "starts": min(max(spec.starts, 1), 4)}
    for field in ("objective", "beside"):
        wanted = getattr(spec, field)
        if wanted != "none" and name not in FIT_OBJECTIVES[wanted].models:
            changes[field] = "js" if field == "objective" else "none"
    address.change(**changes)


def take_begin(address: Address[FitSpec]) -> None:
    """Callback: the starts that were typed."""
    text = st.session_state[f"{PAGE}.begin"].replace(";", ",").replace("−", "-").strip(" ,")
    address.change(begin=text)


def forget_begin(address: Address[FitSpec]) -> None:
    """Callback: no starts of one's own, and at least one other."""
    address.change(begin=(), starts=max(1, address.last().starts))


def take_event(address: Address[FitSpec]) -> None:
    """Callback of the component: a new seed, a new run, or a start chosen by a click."""
    event = answer(address, KEY)
    if isinstance(event.event, Mapping):
        chosen = (*address.last().begin, event.event.get("mean"), event.event.get("std"))
        address.change(begin=chosen[-2 * MOST_CHOSEN :])


# ---------------------------------------------------------------- the watched fit


def stage(here: Place[FitSpec]) -> None:
    """The run of this spec, with its charts."""
    handle = handle_for(PAGE, here.spec)
    if handle is not None:
        data = browser_data(here.spec)
        watch(handle, key=KEY, entry="fit.js", data=data, on_event=lambda: take_event(here.address))


def browser_data(spec: FitSpec) -> dict[str, Any]:
    """What the module of the charts gets: texts, and rows of the registries in the viewer's language."""
    objectives = {
        name: {"label": _(row.label), "plain": plain(row.symbol).replace("₂", "2"), "symbol": row.symbol}
        for name, row in FIT_OBJECTIVES.items()
    }
    divergences = [
        {
            "name": row.name,
            "plain": plain(row.symbol),
            "symbol": row.symbol,
            "label": _(row.label),
            "units": row.units,
        }
        for row in DIVERGENCES.values()
    ]
    return {
        "texts": texts(),
        "assets": assets.address(),
        "objectives": objectives,
        "divergences": divergences,
        "p": spec.p,
    }
