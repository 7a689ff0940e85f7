"""Fitting Q to P by gradient descent on a divergence, without a discriminator.

`FitSpec` and `FIT_OBJECTIVES` can be imported without torch; `Fitting` imports it when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganlab.fitting.objectives import FIT_OBJECTIVES, FitObjective
from ganlab.fitting.spec import FitSpec

if TYPE_CHECKING:
    from ganlab.fitting.fitting import FitInfo, Fitting

__all__ = ["FIT_OBJECTIVES", "FitInfo", "FitObjective", "FitSpec", "Fitting"]


def __getattr__(name: str) -> Any:
    if name in ("FitInfo", "Fitting"):
        from ganlab.fitting import fitting

        return getattr(fitting, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
