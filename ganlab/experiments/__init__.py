"""Experiments without a page: train some seeds as one ensemble, measure what came out, keep it in a folder.

The command line and the Python API are both this package. Importing it does not import torch; training does.

Symbols: E members (one per seed), n samples each, d the dimension of the data.
"""

from __future__ import annotations

from ganlab.experiments.files import Row, writable_folder
from ganlab.experiments.folder import Asked, finished
from ganlab.experiments.quality import SAMPLES, Member, Quality, measure, perfect_quality
from ganlab.experiments.results import Result, jsonable
from ganlab.experiments.running import MAX_STEPS, Progress, eager_seconds, train

__all__ = [
    "MAX_STEPS",
    "SAMPLES",
    "Asked",
    "Member",
    "Progress",
    "Quality",
    "Result",
    "Row",
    "eager_seconds",
    "finished",
    "jsonable",
    "measure",
    "perfect_quality",
    "train",
    "writable_folder",
]
