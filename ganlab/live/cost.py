"""Which runs are too large to be watched live, by what a step of them costs.

A worker takes turns between its runs, and an iteration is the least that a turn can be: one that takes seconds would
make everybody else on that worker wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ganlab.gan.cost import PAIR, TRAIN, operations
from ganlab.gan.networks import parameter_count
from ganlab.specs import FlatSpec, SpecError

if TYPE_CHECKING:
    from ganlab.fitting.spec import FitSpec
    from ganlab.gan.spec import GanSpec
    from ganlab.live.compare_spec import CompareSpec
    from ganlab.studies.spec import StudySpec
    from ganlab.trials.clinic import ClinicSpec
    from ganlab.trials.spec import SweepSpec

MAX_OPERATIONS = 20e9
"""Floating-point operations of one iteration of a live run: about half a second on one core."""

A_SECOND = 4e10  # of these operations are done by one core, roughly, where many GANs train in one step
MAX_HOURS = 6  # of a trial

TESTED = 1000  # points of each side that a two-sample test looks at (`ganlab.divergences.two_sample.MOST`)


def fit_operations(spec: FitSpec) -> float:
    """Floating-point operations of a step of a fit; of Gaussians it is bounded by the spec itself."""
    if spec.model != "generator":
        return 0.0
    count = parameter_count((1, *spec.hidden, 1))
    total = float(spec.members * spec.batch * count * TRAIN)
    total += PAIR * spec.members * spec.batch**2 * (spec.objective, spec.beside).count("mmd2")
    return total + (spec.members * operations(spec.gan) if spec.adversarial else 0.0)


def study_operations(spec: StudySpec) -> float:
    """The same for the largest unit of a study, the permutation test: a product of the Gram matrix with all labels."""
    return 0.0 if spec.test == "classifier" else 2.0 * (2 * min(spec.n, TESTED)) ** 2 * spec.permutations


def check_affordable(spec: FlatSpec) -> None:
    """Raises SpecError for a spec, of any kind, that is too large to be watched live."""
    check = CHECKS.get(spec.KIND)
    if check is not None:
        check(spec)


def _check_gan(spec: GanSpec) -> None:
    advice = "use smaller networks, a smaller batch, or fewer steps of D and G"
    _check("batch", spec.batch, "one iteration", operations(spec), advice)


def _check_fit(spec: FitSpec) -> None:
    advice = "use smaller networks, a smaller batch, or fewer starts"
    _check("batch", spec.batch, "one iteration", fit_operations(spec), advice)


def _check_study(spec: StudySpec) -> None:
    _check("permutations", spec.permutations, "the test", study_operations(spec), "use fewer permutations")


def _check_compare(spec: CompareSpec) -> None:
    needed = sum(operations(each) for each in spec.specs)
    advice = "compare fewer runs, or use smaller networks, a smaller batch, or fewer steps of D and G"
    _check("arms", len(spec.arm_texts), "one iteration", needed, advice)


def _check_sweep(spec: SweepSpec) -> None:
    each = [operations(cell.spec) for cell in spec.cells if cell.spec is not None]
    advice = "use smaller networks, a smaller batch, or fewer steps of D and G"
    _check("x", max(each), "one iteration of the largest cell", max(each), advice)
    _check_hours(spec.seeds, spec.steps, each, "cells")


def _check_clinic(spec: ClinicSpec) -> None:
    each = [operations(arm.spec) for arm in spec.treatments]
    advice = "use smaller networks, a smaller batch, or fewer steps of D and G"
    _check("arms", max(each), "one iteration of the largest GAN", max(each), advice)
    _check_hours(spec.seeds, spec.iterations, each, "treatments")


def _check_hours(seeds: int, steps: int, each: list[float], cells: str) -> None:
    """Of a trial whose GANs take so many operations an iteration each."""
    hours = sum(each) * seeds * steps / A_SECOND / 3600
    if hours > MAX_HOURS:
        text = (
            f"this would take about {hours:.0f} hours and live maps may take {MAX_HOURS}: "
            f"use fewer steps, seeds or {cells}"
        )
        raise SpecError([("steps", steps, text)])


def _check(field: str, value: float, what: str, needed: float, advice: str) -> None:
    if needed > MAX_OPERATIONS:
        text = (
            f"{what} would take about {needed / 1e9:.0f} billion operations and live runs allow "
            f"{MAX_OPERATIONS / 1e9:.0f}: {advice}"
        )
        raise SpecError([(field, value, text)])


CHECKS: dict[str, Callable[[Any], None]] = {
    "gan": _check_gan,
    "fit": _check_fit,
    "study": _check_study,
    "compare": _check_compare,
    "sweep": _check_sweep,
    "clinic": _check_clinic,
}
"""By kind of run; each raises SpecError."""
