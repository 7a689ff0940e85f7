"""Divergences estimated from samples, each with a 95 % interval: `compare_samples` and the rows of `ESTIMATORS`."""

from __future__ import annotations

# The order of these imports is the order of the rows in every picker.
# isort: off
from ganlab.divergences.estimators import histogram as _histogram  # noqa: F401
from ganlab.divergences.estimators import density as _density  # noqa: F401
from ganlab.divergences.estimators import neighbours as _neighbours  # noqa: F401
from ganlab.divergences.estimators import bounds as _bounds  # noqa: F401
from ganlab.divergences.estimators import discrepancy as _discrepancy  # noqa: F401
from ganlab.divergences.estimators import transport as _transport  # noqa: F401

# isort: on
from ganlab.divergences.estimators.base import ESTIMATORS, Estimate, Estimator, Options
from ganlab.divergences.estimators.compare import SampleComparison, checked_samples, compare_samples

__all__ = [
    "ESTIMATORS",
    "Estimate",
    "Estimator",
    "Options",
    "SampleComparison",
    "checked_samples",
    "compare_samples",
]
