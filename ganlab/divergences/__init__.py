"""Numbers between two distributions, in nats; distances, not their squares, unless named so.

`from_densities` works on probability masses, `from_samples` on samples `[n, dim]`. Symbols: P is the data
(real), Q the model (generated); arguments always come in that order.
"""

from __future__ import annotations

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

__all__ = [
    "BOUNDS",
    "DIVERGENCES",
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
