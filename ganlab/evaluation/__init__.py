"""Numbers about samples: mode coverage, precision and recall, distances with their noise floor, a diagnosis.

Samples are arrays [n, dim], in the order (real, fake); results are floats or small frozen dataclasses.
"""

from __future__ import annotations

from ganlab.evaluation.coverage import Coverage, baseline, coverage, perfect
from ganlab.evaluation.diagnosis import CODES, RULES, Diagnosis, Rule, diagnose
from ganlab.evaluation.monitor import Metrics, Monitor
from ganlab.evaluation.precision_recall import PrecisionRecall, perfect_precision_recall, precision_recall
from ganlab.evaluation.pushforward import (
    kde_masses,
    mixture_knots,
    noise_knots,
    pushforward_masses,
    true_masses,
)

__all__ = [
    "CODES",
    "RULES",
    "Coverage",
    "Diagnosis",
    "Metrics",
    "Monitor",
    "PrecisionRecall",
    "Rule",
    "baseline",
    "coverage",
    "diagnose",
    "kde_masses",
    "mixture_knots",
    "noise_knots",
    "perfect",
    "perfect_precision_recall",
    "precision_recall",
    "pushforward_masses",
    "true_masses",
]
