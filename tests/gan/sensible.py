"""Specs from fields that were drawn without regard for each other."""

from __future__ import annotations

from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError


def sensible(values: dict[str, Any]) -> GanSpec:
    """The spec, without the fields that make no sense beside the others."""
    while True:
        try:
            return GanSpec.make(values)
        except SpecError as error:
            values = values.copy()
            del values[error.problems[0][0]]
