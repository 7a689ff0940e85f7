"""Single numbers at the edge: each returns what it was given, or raises DivergenceError that names it."""

from __future__ import annotations

import math
import numbers
from typing import Any

from ganlab.divergences.results import DivergenceError


def is_number(value: Any) -> bool:
    """Whether it is a finite real number; a truth value is none."""
    return not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value)


def checked_whole(name: str, value: Any, low: int, high: int | None = None) -> int:
    """A whole number from `low` to `high`, of Python or numpy, as int."""
    whole = not isinstance(value, bool) and isinstance(value, numbers.Integral)
    if not (whole and low <= value and (high is None or value <= high)):
        allowed = f">= {low}" if high is None else f"from {low} to {high}"
        raise DivergenceError(f"{name}: should be a whole number {allowed}. Received {value!r:.60}.")
    return int(value)


def checked_number(name: str, value: Any) -> float:
    """A finite number, as float."""
    if not is_number(value):
        raise DivergenceError(f"{name}: should be a finite number. Received {value!r:.60}.")
    return float(value)


def checked_positive(name: str, value: Any) -> float:
    """A finite number > 0, as float."""
    if not (is_number(value) and value > 0.0):
        raise DivergenceError(f"{name}: should be a finite number > 0. Received {value!r:.60}.")
    return float(value)
