"""Widgets for single fields of a page's spec: they show what is in the address, and write what the viewer chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from ganlab.specs import FlatSpec
from ganlab.ui.address import Place
from ganlab.ui.fields import option

RATES = (0.0, *(m * 10.0**e for e in range(-5, -1) for m in (1, 2, 5)), 0.1, 0.2, 0.5, 1.0)
WEIGHTS = (0.0, *(m * 10.0**e for e in range(-3, 2) for m in (1, 2, 5)), 100.0)
DEVIATIONS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0)
CLIPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
BETAS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)
UNITS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
NOISE_DIMS = (1, 2, 3, 4, 8, 16, 32, 64, 128, 256)


def notches(here: Place[Any], field: str, values: Iterable[float], *, name: str | None = None) -> None:
    """A slider over values that are not evenly spaced; the current value is always one of them."""
    options = sorted({*(round(value, 12) for value in values), getattr(here.spec, field)})
    st.select_slider(name or here.label(field), options, format_func=short, **here.bound(field))


def short(value: float) -> str:
    """A number as people write it: 0.0005, 1e-05."""
    return f"{value:.10g}"


def pick(here: Place[Any], field: str, values: Sequence[str], naming: Callable[[str], str] = option) -> None:
    """A list of names to choose from."""
    st.selectbox(here.label(field), list(values), format_func=naming, **here.bound(field))


def whole(here: Place[Any], field: str) -> None:
    """A box for a whole number, within the bounds of the spec."""
    low, high = limits(type(here.spec), field)
    st.number_input(here.label(field), low, high, step=1, **here.bound(field))


def limits(spec: type[FlatSpec], field: str) -> tuple[int, int]:
    """The bounds of a whole-numbered field."""
    marks = spec.model_fields[field].metadata
    low, high = (next(getattr(mark, name) for mark in marks if hasattr(mark, name)) for name in ("ge", "le"))
    return int(low), int(high)
