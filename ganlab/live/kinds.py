"""What a worker can host: one row for each kind of run.

Spec and run class are named, not imported: a row costs nothing until it is used, the web process takes the spec class
only (which never imports torch), and a worker takes both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ganlab.registry import Registry
from ganlab.specs import FlatSpec, SpecError, parsed

if TYPE_CHECKING:
    from ganlab.fitting.spec import FitSpec
    from ganlab.gan.spec import GanSpec
    from ganlab.live.base import LiveRun
    from ganlab.live.compare_spec import CompareSpec
    from ganlab.studies.spec import StudySpec
    from ganlab.trials.clinic import ClinicSpec
    from ganlab.trials.spec import SweepSpec


@dataclass(frozen=True)
class Kind:
    """A kind of run.

    `layers` are those that its frames can have; `spec_at` and `run_at` are `module:class`; `blank(spec)` is what the
    info of a frame has for this kind when the run ended before it said anything.
    """

    name: str
    layers: tuple[str, ...]
    spec_at: str
    run_at: str
    blank: Callable[[Any], dict[str, Any]]

    @property
    def spec(self) -> type[FlatSpec]:
        """The class of its specs; does not import torch."""
        return _load(self.spec_at)

    @property
    def run(self) -> type[LiveRun[Any]]:
        """The class of its runs, for workers: may import torch."""
        return _load(self.run_at)


@cache
def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


KINDS: Registry[Kind] = Registry("kind of run")


def _blank_gan(spec: GanSpec) -> dict[str, Any]:
    from ganlab.gan.objectives import OBJECTIVES
    from ganlab.live.history import COLUMNS

    return {
        "backend": "eager",
        "device": "cpu",
        "seed": spec.seed,
        "phase": None,
        "dim": spec.dim,
        "best": OBJECTIVES[spec.objective].best,
        "bounds": spec.distribution.bounds(),
        "metrics": {},
        "diagnosis": None,
        "history_columns": COLUMNS,
    }


KINDS.add(
    Kind(
        name="gan",
        layers=("real", "fake", "field", "manifold", "arrows", "curves", "map", "coverage", "history"),
        spec_at="ganlab.gan.spec:GanSpec",
        run_at="ganlab.live.run:Run",
        blank=_blank_gan,
    )
)


def _blank_fit(spec: FitSpec) -> dict[str, Any]:
    return {
        "seed": spec.seed,
        "steps": spec.steps,
        "model": spec.model,
        "members": spec.members,
        "components": spec.components,
        "bounds": parsed(spec.p).bounds(),
        "objective": spec.objective,
        "values": [],
        "parameters": {},
        "metrics": {},
        "beside": None,
        "twin": None,
        "pending": [],
    }


KINDS.add(
    Kind(
        name="fit",
        layers=("curves", "paths", "landscape", "history"),
        spec_at="ganlab.fitting.spec:FitSpec",
        run_at="ganlab.live.fit_run:FitRun",
        blank=_blank_fit,
    )
)


def _blank_study(spec: StudySpec) -> dict[str, Any]:
    return {
        "seed": spec.seed,
        "dim": spec.dim,
        "n": spec.n,
        "phase": "exact",
        "done": 0.0,
        "steps": spec.redraws,
        "redrawn": 0,
        "names": spec.chosen,
        "exact": {},
        "statistics": {},
        "test": None,
    }


KINDS.add(
    Kind(
        name="study",
        layers=("samples", "exact", "ladder", "redraws", "null", "scan"),
        spec_at="ganlab.studies.spec:StudySpec",
        run_at="ganlab.live.study_run:StudyRun",
        blank=_blank_study,
    )
)


def _blank_compare(spec: CompareSpec) -> dict[str, Any]:
    base = spec.base_spec
    return {
        "seed": base.seed,
        "epoch": 0,
        "dim": base.dim,
        "bounds": base.distribution.bounds(),
        "moments": [],
        "furthest": 0,
        "phase": None,
        "runs": [],
    }


KINDS.add(
    Kind(
        name="compare",
        layers=("real", "fake", "field", "manifold", "arrows", "curves", "map", "coverage", "history"),
        spec_at="ganlab.live.compare_spec:CompareSpec",
        run_at="ganlab.live.compare_run:CompareRun",
        blank=_blank_compare,
    )
)


def _blank_sweep(spec: SweepSpec) -> dict[str, Any]:
    return {
        "seed": spec.gan.seed,
        "steps": spec.steps,
        "seeds": spec.chosen_seeds,
        "schedule": (),
        "moments": 0,
        "count": 0,
        "total": 0,
        "done": 0.0,
        "left": None,
        "diverged": 0,
        "perfect": {},
        "frame": (),
        "backend": "eager",
    }


KINDS.add(
    Kind(
        name="sweep",
        layers=("history", "points"),
        spec_at="ganlab.trials.spec:SweepSpec",
        run_at="ganlab.live.trial_run:SweepRun",
        blank=_blank_sweep,
    )
)


def _blank_clinic(spec: ClinicSpec) -> dict[str, Any]:
    return {
        "seed": spec.seed,
        "steps": spec.iterations,
        "seeds": spec.chosen_seeds,
        "schedule": (),
        "moments": 0,
        "done": 0.0,
        "disease": spec.disease,
        "at": 0,
        "perfect": {},
        "frame": (),
        "findings": [],
    }


KINDS.add(
    Kind(
        name="clinic",
        layers=("seeds", "points", "course"),
        spec_at="ganlab.trials.clinic:ClinicSpec",
        run_at="ganlab.live.clinic_run:ClinicRun",
        blank=_blank_clinic,
    )
)


def kind_of(spec: FlatSpec) -> Kind:
    """The kind of a spec; raises SpecError for a spec of nothing that can be watched."""
    if spec.KIND not in KINDS:
        raise SpecError([("kind", spec.KIND, f"choose one of {', '.join(KINDS)}")])
    return KINDS[spec.KIND]


@cache
def hot_fields() -> tuple[str, ...]:
    """The fields of any kind of spec that change while a run goes on, sorted; a run knows which are its own."""
    return tuple(sorted({name for kind in KINDS.values() for name in kind.spec.HOT}))
