"""Generative adversarial networks on toy data: specs, objectives, penalties, the step and the training iterator.

`GanSpec` and the registries can be imported without torch; `Training` imports it when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganlab.gan.objectives import OBJECTIVES, Objective
from ganlab.gan.optimisers import OPTIMISERS, Optimiser
from ganlab.gan.penalties import PENALTIES, Penalty
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from ganlab.gan.iteration import State
    from ganlab.gan.training import Info, Training

__all__ = [
    "OBJECTIVES",
    "OPTIMISERS",
    "PENALTIES",
    "GanSpec",
    "Info",
    "Objective",
    "Optimiser",
    "Penalty",
    "SpecError",
    "State",
    "Training",
]


def __getattr__(name: str) -> Any:
    if name in ("Info", "State", "Training"):
        from ganlab.gan import training

        return getattr(training, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
