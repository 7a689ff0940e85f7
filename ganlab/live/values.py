"""The numbers of an answer: rows of the table, and the inequalities between them, as JSON."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from typing import Any, Protocol

from ganlab.divergences.bounds import Held
from ganlab.divergences.compare import Comparison, evaluate
from ganlab.divergences.pair import Pair
from ganlab.divergences.registry import DIVERGENCES, Divergence, Options
from ganlab.divergences.results import Reason, Value

_log = logging.getLogger(__name__)


class Table(Protocol):
    """A question with a table."""

    @property
    def show(self) -> tuple[str, ...]: ...
    @property
    def alpha(self) -> float: ...
    @property
    def kernel(self) -> str: ...
    @property
    def bandwidth(self) -> float: ...


def options_of(question: Table) -> Options:
    """What some divergences need besides the pair."""
    return Options(alpha=question.alpha, kernel=question.kernel, bandwidth=question.bandwidth)


def evaluated(pair: Pair, names: Iterable[str], options: Options) -> Comparison:
    """The rows of these names, each once."""
    rows = [DIVERGENCES[name] for name in dict.fromkeys(names)]
    return Comparison(pair, options, {row.name: _value(row, pair, options) for row in rows})


def _value(row: Divergence, pair: Pair, options: Options) -> Value:
    """One row. A number that leaves the range of floats is this row's trouble, not that of the whole picture."""
    try:
        return evaluate(row, pair, options)
    except ArithmeticError:
        _log.exception("%s of %s and %s", row.name, pair.p, pair.q)
        text = "this cannot be computed here: on the way a number leaves the range of floating point"
        return Value(row.name, math.nan, row.units, reason=Reason("out_of_range", text))


def bounds(found: Comparison, question: Table) -> list[dict[str, Any]]:
    """The inequalities between values of the table, with both sides (in nats where they are of information)."""
    return [_bound(held) for held in found.bounds if set(held.bound.needs) <= set(question.show)]


def _bound(held: Held) -> dict[str, Any]:
    return {
        "name": held.bound.name,
        "left": held.left,
        "right": held.right,
        "units": held.bound.units,
        "holds": held.holds,
    }


def described_value(value: Value, units: str) -> dict[str, Any]:
    """One value as JSON, in the unit asked for."""
    shown = value.in_bits() if units == "bits" else value
    return {
        "name": shown.name,
        "value": shown.value,
        "units": shown.units,
        "error": shown.error,
        "closed": shown.closed,
        "reason": None if shown.reason is None else described_reason(shown.reason),
        "seconds": shown.seconds,
    }


def described_reason(reason: Reason) -> dict[str, Any]:
    """Why a value is infinite or missing, as JSON."""
    return {"code": reason.code, "text": reason.text, "numbers": dict(reason.numbers)}
