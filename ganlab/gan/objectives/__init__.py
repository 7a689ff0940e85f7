"""Objectives: what D and G each minimise.

Adding one is adding one row in one of these files; picker, command line, documentation and tests read the table.
"""

from __future__ import annotations

from ganlab.gan.objectives import base, classic, explicit, f_gan, features
from ganlab.gan.objectives.base import OBJECTIVES, Loss, Objective

FILES = tuple(str(module.__file__) for module in (base, classic, f_gan, features, explicit))
"""The sources of the table."""

__all__ = ["FILES", "OBJECTIVES", "Loss", "Objective"]
