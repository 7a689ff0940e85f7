"""Widgets for one axis of a map: its dial, and the values that it goes through."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ganlab.trials.axes import MOST, Axis, axis, dials
from ganlab.trials.spec import SweepSpec
from ganlab.ui import fields
from ganlab.ui.address import Address, follow
from ganlab.ui.i18n import _
from ganlab.ui.phase import words
from ganlab.ui.phase.place import DRAFT, PhasePlace

RATES = "0.0001:0.1:8:log"
RANGES: dict[str, str] = {
    "lr_d": RATES,
    "lr_g": RATES,
    "lr": RATES,
    "penalty_weight": "0.001:10:8:log",
    "instance_noise": "0:1:8",
    "d_steps": "1:8:8",
    "g_steps": "1:8:8",
    "width": "2,4,8,16,32,64",
    "depth": "0:5:6",
    "batch": "8,16,32,64,128,256",
    "pack": "1,2,4,8",
    "beta1_d": "0,0.25,0.5,0.75,0.9,0.99",
    "beta1_g": "0,0.25,0.5,0.75,0.9,0.99",
    "beta2_d": "0.5,0.9,0.99,0.999",
    "beta2_g": "0.5,0.9,0.99,0.999",
    "noise_dim": "1,2,4,8,16,32",
    "clip": "0.01:1:8:log",
    "ema": "0,0.9,0.99,0.999",
    "unroll": "0,1,2,5,10",
    "minibatch_kernels": "0,4,8,16",
    "bandwidth": "0.05:2:8:log",
    "kl_weight": "0.01:10:8:log",
    "consensus": "0.01:100:8:log",
    "inference_weight": "0.01:10:8:log",
    "weight_decay": "0,0.001,0.01,0.1,1",
    "label_smoothing": "0:0.3:4",
    "feature_matching": "0:1:6",
    "replay": "0:0.8:5",
    "instance_noise_until": "0,500,1000,2000",
    "noise_modes": "2,4,8,16",
    "g_hidden": "8|16|32|32,32|64,64",
    "d_hidden": "8|16|32|32,32|64,64",
}
"""What a dial goes through when it is chosen; names go through all that there are."""

FIRST = tuple(name for name in RANGES if name not in ("g_hidden", "d_hidden"))
NONE = "none"


def order() -> tuple[str, ...]:
    """All dials, the ones turned most often first."""
    return (*FIRST, *(name for name in dials() if name not in FIRST))


def range_of(dial: str) -> str:
    """What a dial goes through at first."""
    return RANGES.get(dial) or ",".join(words.choices(dial)[:MOST])


def dial(here: PhasePlace, name: str) -> None:
    """The dial of an axis and its values; the second axis may have none."""
    text = getattr(here.spec, name)
    now = axis(name, text) if text else None
    key = f"{DRAFT}.{name}.dial"
    follow(key, now.dial if now else NONE)
    other = here.spec.axes[-1 if name == "x" else 0].dial
    options = [
        *([NONE] if name == "y" else []),
        *(d for d in order() if d != other or (now and d == now.dial)),
    ]
    st.selectbox(
        here.label(name),
        options,
        format_func=lambda d: _("nothing: one row") if d == NONE else words.dial(d),
        key=key,
        help=here.explain(name),
        on_change=take_dial,
        args=(here.address, name),
    )
    if now is not None:
        values(here, name, now)


def values(here: PhasePlace, name: str, now: Axis) -> None:
    """A range, a choice of names, or a list."""
    if words.choices(now.dial):
        names(here, name, now)
    elif now.scale == "list":
        listed(here, name, now)
    else:
        spaced(here, name, now)


def names(here: PhasePlace, name: str, now: Axis) -> None:
    """Which names."""
    key = f"{DRAFT}.{name}.names"
    follow(key, list(now.values))
    st.multiselect(
        _("Values"),
        list(words.choices(now.dial)),
        format_func=lambda value: fields.choice(now.dial, value),
        max_selections=MOST,
        key=key,
        on_change=take_names,
        args=(here.address, name, now.dial),
        label_visibility="collapsed",
    )


def listed(here: PhasePlace, name: str, now: Axis) -> None:
    """Numbers, or lists of layers, one by one."""
    key = f"{DRAFT}.{name}.list"
    follow(key, now.text.partition("=")[2].replace(",", ", ").replace("|", " | "))
    help_ = _("Up to {n} values: 1, 2, 4; with lists of layers: 16 | 32, 32; evenly spaced: 0:1:8.").format(
        n=MOST
    )
    st.text_input(_("Values"), key=key, help=help_, on_change=take_list, args=(here.address, name, now.dial))


def spaced(here: PhasePlace, name: str, now: Axis) -> None:
    """From, to, how many, and how they are spaced."""
    low, high, count = now.text.partition("=")[2].split(":")[:3]
    keys = {part: f"{DRAFT}.{name}.{part}" for part in ("low", "high", "count", "scale")}
    for part, value in (("low", low), ("high", high), ("count", int(count)), ("scale", now.scale)):
        follow(keys[part], value)
    turn: dict[str, Any] = {"on_change": take_range, "args": (here.address, name, now.dial)}
    left, right = st.columns(2)
    left.text_input(_("From"), key=keys["low"], **turn)
    right.text_input(_("To"), key=keys["high"], **turn)
    st.slider(_("How many"), 2, MOST, key=keys["count"], **turn)
    scales = {"log": _("by a factor"), "linear": _("evenly")}
    st.segmented_control(
        _("Spacing"),
        tuple(scales),
        format_func=scales.__getitem__,
        required=True,
        key=keys["scale"],
        help=_("Learning rates and weights are best seen in equal factors, counts in equal steps."),
        **turn,
    )


# ---------------------------------------------------------------- what widgets do


def take_dial(address: Address[SweepSpec], name: str) -> None:
    """Callback: another dial, with values that suit it."""
    chosen = st.session_state[f"{DRAFT}.{name}.dial"]
    address.change(**{name: "" if chosen == NONE else f"{chosen}={range_of(chosen)}"})


def take_names(address: Address[SweepSpec], name: str, dial: str) -> None:
    """Callback: other names."""
    address.change(**{name: f"{dial}={','.join(st.session_state[f'{DRAFT}.{name}.names'])}"})


def take_list(address: Address[SweepSpec], name: str, dial: str) -> None:
    """Callback: other values, typed."""
    typed = _plain(st.session_state[f"{DRAFT}.{name}.list"])
    address.change(**{name: f"{dial}={typed.replace(' ', '')}"})


def take_range(address: Address[SweepSpec], name: str, dial: str) -> None:
    """Callback: another range."""
    state = {part: st.session_state[f"{DRAFT}.{name}.{part}"] for part in ("low", "high", "count", "scale")}
    low, high = (_plain(state[part]).replace(",", ".") for part in ("low", "high"))
    tail = ":log" if state["scale"] == "log" else ""
    address.change(**{name: f"{dial}={low}:{high}:{state['count']}{tail}"})


def _plain(typed: str) -> str:
    """What was typed, with the signs that people use for minus and for "and"."""
    return typed.replace("−", "-").replace(";", ",").strip(" ,|")
