"""All divergences between two distributions at once, on one pair.

>>> from ganlab.divergences import compare
>>> round(compare("normal(0,1)", "normal(1,1)")["js"].value, 6)
0.111421
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ganlab.distributions import Distribution
from ganlab.divergences.bounds import BOUNDS, Held
from ganlab.divergences.pair import Pair, pair_of
from ganlab.divergences.registry import DIVERGENCES, Divergence, Options
from ganlab.divergences.results import DivergenceError, Value

LN4 = math.log(4.0)
JSON_NAMES = (
    "kl_pq",
    "kl_qp",
    "jeffreys",
    "js",
    "tv",
    "hellinger2",
    "chi2_pq",
    "chi2_qp",
    "w1",
    "w2",
    "energy2",
    "mmd2",
)
"""What JSON holds where nothing in particular was asked for: divergences that need no parameter but a kernel."""


@dataclass(frozen=True, eq=False)
class Comparison(Mapping[str, Value]):
    """Values by name: those asked for in that order, or all in the order of `DIVERGENCES`."""

    pair: Pair
    options: Options
    values_by_name: Mapping[str, Value]
    asked: bool = False

    def __getitem__(self, name: str) -> Value:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    @property
    def bounds(self) -> list[Held]:
        """The inequalities between the values that are here, with both sides as numbers."""
        found = (bound.between(self) for bound in BOUNDS.values())
        return [held for held in found if held is not None]

    @property
    def optimal_value(self) -> float | None:
        """2·JS − ln 4, what the best discriminator reaches (Goodfellow et al. 2014, theorem 1); None without JS."""
        js = self.values_by_name.get("js")
        return None if js is None or math.isnan(js.value) else 2.0 * js.value - LN4

    def to_json(self, units: Literal["nats", "bits"] = "nats") -> dict[str, Any]:
        """One object of plain JSON: `units`, values by name ("inf" where infinite), `errors` and `reasons`.

        The names are those asked for; else those of `JSON_NAMES` that exist in the dimension.
        """
        if units not in ("nats", "bits"):
            raise DivergenceError(f"units: should be nats or bits. Received {units!r}.")
        names = self if self.asked else [name for name in JSON_NAMES if name in self]
        values = {name: self[name].in_bits() if units == "bits" else self[name] for name in names}
        return {
            "units": units,
            **{name: number(value.value) for name, value in values.items()},
            "errors": {name: number(v.error) for name, v in values.items() if v.error is not None},
            "reasons": {name: v.reason.text for name, v in values.items() if v.reason is not None},
        }


def number(value: float) -> float | str:
    """What JSON has no number for, as text: "inf", "-inf", "nan"."""
    return value if math.isfinite(value) else repr(float(value))


def compare(
    p: Distribution | str,
    q: Distribution | str,
    names: Iterable[str] | None = None,
    *,
    alpha: float = 0.5,
    kernel: str = "gaussian",
    bandwidth: float = 1.0,
) -> Comparison:
    """The divergences of P (real) and Q (generated), distributions or their texts.

    `names` are rows of `DIVERGENCES`, or one, by default all of their dimension. `alpha` is the order of Rényi and
    α-divergence, `bandwidth` that of the kernel of MMD², in units of the data. Raises DistributionError for a text that
    cannot be parsed, DivergenceError for anything else that cannot be used.
    """
    options = Options(alpha=alpha, kernel=kernel, bandwidth=bandwidth)
    pair = pair_of(p, q)
    rows = _rows(names, pair.dim)
    values = {row.name: evaluate(row, pair, options) for row in rows}
    return Comparison(pair, options, values, asked=names is not None)


def _rows(names: Iterable[str] | None, dim: int) -> list[Divergence]:
    if names is None:
        return [row for row in DIVERGENCES.values() if dim in row.dims]
    rows = []
    for name in [names] if isinstance(names, str) else names:
        if name not in DIVERGENCES:
            raise DivergenceError(f"names: should be among {', '.join(DIVERGENCES)}. Received {name!r}.")
        if dim not in DIVERGENCES[name].dims:
            allowed = ", ".join(row.name for row in DIVERGENCES.values() if dim in row.dims)
            raise DivergenceError(f"names: in {dim}-D should be among {allowed}. Received {name!r}.")
        rows.append(DIVERGENCES[name])
    return rows


def evaluate(row: Divergence, pair: Pair, options: Options) -> Value:
    """One divergence of a pair."""
    began = time.perf_counter()
    answer = row.of(pair, options)
    closed = None if row.closed is None else row.closed(pair, options)
    return Value(
        row.name,
        answer.value,
        row.unit(options),
        error=answer.error if math.isfinite(answer.value) else None,
        closed=closed,
        reason=answer.reason,
        seconds=time.perf_counter() - began,
    )
