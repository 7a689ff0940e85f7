"""The clinic, live: a disease and its treatments trained as one trial, and what their seeds say so far."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ganlab.evaluation.comparing import Effect, scales
from ganlab.live.frames import Tensors
from ganlab.live.trial_run import Asked, TrialRun
from ganlab.trials.clinic import ClinicSpec
from ganlab.trials.clinic_findings import CURED, JUDGED, Finding, findings
from ganlab.trials.metrics import METRICS, SAMPLES

MOMENTS = 25
DIVERGED, NO_HISTOGRAM = 1, 2
"""Why a seed counts as the worst there is; 0: it does not."""


class ClinicRun(TrialRun[ClinicSpec]):
    """A clinic that is watched and controlled. Cell k of its trial is arm k; cell 0 is untreated.

    Layers, all of the latest moment at which every GAN has been read: `seeds` (`values` `[C, S, 3]`, the metrics of
    `JUDGED`; `lost` `[C, S]`), `points` of the first seed `[C, n, d]`, and `course`, the mean of modes `[M, C]`.
    """

    KIND = "clinic"

    @staticmethod
    def asked(spec: ClinicSpec) -> Asked:
        """All arms with all seeds."""
        cells = tuple(arm.spec for arm in spec.treatments)
        moments = min(MOMENTS, spec.iterations)
        return Asked(cells, np.arange(len(cells)), spec.chosen_seeds, spec.iterations, moments)

    def _set_up(self, spec: ClinicSpec) -> None:
        modes = spec.gan.distribution.modes()
        assert modes is not None  # the spec asks for them
        self.modes = modes
        self._found: tuple[int, tuple[Finding, ...]] = 0, ()  # after so many moments
        super()._set_up(spec)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the latest moment, one for each arm; none before the first."""
        moments = self.readings.moments
        if moments and self._found[0] != moments:
            self._found = moments, findings(self.modes, self.readings.readings[moments - 1], self._lost)
        return self._found[1]

    @property
    def _lost(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which GANs `[C, S]` have diverged by the latest moment."""
        at = self.readings.diverged
        return (at >= 0) & (at < self.readings.moments)

    # -- being watched -------------------------------------------------------------------------------------------

    def _tensors(self, layer: str, lively: bool) -> Tensors:
        if not self.readings.moments:
            return {}
        make = {"seeds": self._seeds, "points": self._points, "course": self._course}[layer]
        return make()

    def _seeds(self) -> Tensors:
        values = np.stack([[finding.values[name] for name in JUDGED] for finding in self.findings])
        kl = self.readings.readings[self.readings.moments - 1, ..., METRICS.index("reverse_kl")]
        lost = np.where(self._lost, DIVERGED, np.where(np.isinf(kl), NO_HISTOGRAM, 0))
        return {"values": values.transpose(0, 2, 1).astype(np.float32), "lost": lost.astype(np.uint8)}

    def _points(self) -> Tensors:
        return {"points": self.readings.points[self.readings.moments - 1, :, 0]}

    def _course(self) -> Tensors:
        """A seed that has diverged covers no modes."""
        modes = self.readings.readings[: self.readings.moments, ..., METRICS.index("modes")]
        return {"course": np.nan_to_num(modes, nan=0.0).mean(axis=2, dtype=np.float32)}

    def _details(self) -> dict[str, Any]:
        return super()._details() | {
            "disease": self.spec.disease,
            "at": self.step,
            "cured": CURED,
            "scales": {name: asdict(scale) for name, scale in scales(self.modes, SAMPLES).items()},
            "findings": [_plain(finding) for finding in self.findings],
        }


def _plain(finding: Finding) -> dict[str, Any]:
    effects = finding.effects
    return {
        "losing": finding.losing,
        "estimates": {name: asdict(value) for name, value in finding.estimates.items()},
        "effects": None if effects is None else {name: _plain_effect(e) for name, e in effects.items()},
    }


def _plain_effect(effect: Effect) -> dict[str, Any]:
    means = {"before": effect.before.mean, "after": effect.after.mean, "n": effect.n}
    names = ("verdict", "difference", "low", "high", "better", "worse")
    return {name: getattr(effect, name) for name in names} | means
