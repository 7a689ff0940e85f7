"""Trials: many GANs at once, cells x seeds, trained in as few batched steps as their shapes allow, measured as they go.

`SweepSpec` and what it is made of can be imported without torch; `Trial` imports it when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganlab.trials.metrics import METRICS
from ganlab.trials.schedule import schedule

if TYPE_CHECKING:
    from ganlab.trials.trial import Trial

__all__ = ["METRICS", "Trial", "schedule"]


def __getattr__(name: str) -> Any:
    if name == "Trial":
        from ganlab.trials.trial import Trial

        return Trial
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
