"""What a computation answers: a number, how well it is known, and why it is infinite where it is.

Values are in nats, in units of the data or pure numbers (`Units`); only people see bits.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Units = Literal["nats", "none", "x", "x2"]
"""Nats; a pure number; the unit of the data; its square."""

LN2 = math.log(2.0)


class DivergenceError(ValueError):
    """Input that cannot be used; the text names the argument, what came and what is allowed."""


@dataclass(frozen=True)
class Reason:
    """Why a value is infinite or cannot be had: a code for translators, plain English, and the numbers in it."""

    code: str
    text: str
    numbers: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval; `target` names what it covers where that is not the value itself."""

    low: float
    high: float
    method: str
    level: float = 0.95
    target: str = ""


@dataclass(frozen=True)
class Value:
    """One number. `error` is the estimated numerical error (absolute), `closed` the closed form where there is one.

    `value` is inf exactly where the divergence is, and `reason` says why; nan (with a reason) where it is undefined.
    """

    name: str
    value: float
    units: Units = "none"
    error: float | None = None
    closed: float | None = None
    reason: Reason | None = None
    interval: Interval | None = None
    seconds: float = 0.0

    def in_bits(self) -> Value:
        """The same with nats divided by ln 2; other units stay as they are."""
        if self.units != "nats":
            return self
        interval = self.interval and dataclasses.replace(
            self.interval, low=self.interval.low / LN2, high=self.interval.high / LN2
        )
        return dataclasses.replace(
            self,
            value=self.value / LN2,
            error=None if self.error is None else self.error / LN2,
            closed=None if self.closed is None else self.closed / LN2,
            interval=interval,
        )


@dataclass(frozen=True)
class Answer:
    """What a row of the registry returns: the number, its numerical error (absolute), and why it is not finite."""

    value: float
    error: float = 0.0
    reason: Reason | None = None

    def scaled(self, factor: float) -> Answer:
        """factor (> 0) times the number and its error."""
        return Answer(factor * self.value, factor * self.error, self.reason)
