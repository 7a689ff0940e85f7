"""What an exhibit is, and the table of all of them, which the pages' modules fill."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ganlab.registry import Registry

LN2 = math.log(2.0)


@dataclass(frozen=True)
class Number:
    """One number of an exhibit: what it is called, the row that computes it, what it is (inf where it is infinite).

    `key` names a divergence or an estimator, or `optimal_value` (2·JS − ln 4); `units` is the unit it is given in.
    """

    label: str
    key: str
    value: float
    tolerance: float = 5e-5
    units: Literal["nats", "bits", "x", "x2", "none"] = "nats"


@dataclass(frozen=True)
class Exhibit:
    """One exhibit: its page, what is asked before the answer, the page's fields, what is found, and why."""

    name: str
    page: str
    title: str
    prediction: str
    explanation: str
    values: Mapping[str, Any] = field(default_factory=dict)
    numbers: tuple[Number, ...] = ()


EXHIBITS: Registry[Exhibit] = Registry("exhibit")


def of_page(page: str) -> list[Exhibit]:
    """The exhibits of a page, in their order."""
    return [exhibit for exhibit in EXHIBITS.values() if exhibit.page == page]
