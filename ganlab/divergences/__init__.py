"""Numbers between two distributions, in nats; distances, not their squares, unless named so.

`from_densities` works on probability masses, `from_samples` on samples `[n, dim]`. Symbols: P is the data
(real), Q the model (generated); arguments always come in that order.
"""

from __future__ import annotations

from ganlab.divergences.from_densities import js_from_masses
from ganlab.divergences.mmd import kernel_mean, median_bandwidth, mmd2
from ganlab.divergences.transport import directions, sliced_w2, w1, w1_to_quantiles

__all__ = [
    "directions",
    "js_from_masses",
    "kernel_mean",
    "median_bandwidth",
    "mmd2",
    "sliced_w2",
    "w1",
    "w1_to_quantiles",
]
