"""Numbers between two distributions, in nats; distances, not their squares, unless named so.

`compare` takes densities, `compare_samples` samples `[n, dim]`. Symbols: P is the data (real), Q the model (generated);
arguments always come in that order.

>>> from ganlab.divergences import compare
>>> compare("uniform(0,1)", "uniform(0.5,1.5)")["kl_pq"].reason.text
'Q has no mass on [0, 0.5] where P has 0.5'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganlab.divergences.bounds import BOUNDS
from ganlab.divergences.compare import Comparison, compare
from ganlab.divergences.from_densities import js_from_masses
from ganlab.divergences.generators import GENERATORS
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.mmd import kernel_mean, median_bandwidth, mmd2
from ganlab.divergences.pair import Pair, pair_of
from ganlab.divergences.registry import DIVERGENCES, Divergence, Options
from ganlab.divergences.results import Answer, DivergenceError, Interval, Reason, Value
from ganlab.divergences.transport import directions, sliced_w2, w1, w1_to_quantiles

if TYPE_CHECKING:
    from ganlab.divergences.estimators import ESTIMATORS, compare_samples

__all__ = [
    "BOUNDS",
    "DIVERGENCES",
    "ESTIMATORS",
    "GENERATORS",
    "KERNELS",
    "Answer",
    "Comparison",
    "Divergence",
    "DivergenceError",
    "Interval",
    "Options",
    "Pair",
    "Reason",
    "Value",
    "compare",
    "compare_samples",
    "directions",
    "js_from_masses",
    "kernel_mean",
    "median_bandwidth",
    "mmd2",
    "pair_of",
    "sliced_w2",
    "w1",
    "w1_to_quantiles",
]


def __getattr__(name: str) -> Any:
    """The estimators, imported when first asked for: most who compare densities need none of them."""
    if name in ("ESTIMATORS", "compare_samples"):
        from ganlab.divergences import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
