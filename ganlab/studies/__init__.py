"""Studies: estimators against the exact value, redraw by redraw. numpy and scipy only."""

from __future__ import annotations

from ganlab.studies.spec import StudySpec
from ganlab.studies.study import Study

__all__ = ["Study", "StudySpec"]
