"""`python -m benchmarks`: all figures, on a quiet machine."""

from itertools import chain

import torch

from benchmarks import divergences, drag, live, phase, step
from benchmarks.table import show

show(
    chain(
        step.rows(),
        step.rows("cuda") if torch.cuda.is_available() else (),
        live.rows(),
        phase.rows(),
        phase.rows("cuda") if torch.cuda.is_available() else (),
        divergences.rows(),
        drag.rows(),
    )
)
