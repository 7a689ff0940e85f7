"""Generative adversarial networks, live: train them, watch them, measure them.

>>> import ganlab
>>> result = ganlab.train(ganlab.GanSpec(data="ring(8)"), steps=20, seeds=2)
>>> len(result.members), result.samples.shape
(2, (2, 2500, 2))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganlab.experiments import train
    from ganlab.gan.spec import GanSpec

__all__ = ["GanSpec", "train"]

__version__ = "0.1.0"

_HOMES = {"GanSpec": "ganlab.gan.spec", "train": "ganlab.experiments"}


def __getattr__(name: str) -> Any:
    """The public names, imported when first asked for: `import ganlab.ui` must not load the rest."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
