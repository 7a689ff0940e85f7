"""Which rows combine, and why some do not: one row for each reason.

A rule belongs to a field: it says when the field is in use, and what else in the spec rules that out. The spec refuses
what breaks a rule; the page shows the reason beside a control that would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlab.gan.objectives import OBJECTIVES, Objective
from ganlab.gan.penalties import PENALTIES

if TYPE_CHECKING:
    from ganlab.gan.spec import GanSpec

Says = Callable[["GanSpec"], bool]


@dataclass(frozen=True)
class Rule:
    """`used(spec)`: the field is in use. `clash(spec)`: the rest of the spec rules it out, for this reason."""

    field: str
    used: Says
    clash: Says
    reason: str


def _objective(spec: GanSpec) -> Objective:
    return OBJECTIVES[spec.objective]


def _no_discriminator(spec: GanSpec) -> bool:
    return not _objective(spec).adversarial


def _flat_d(spec: GanSpec) -> bool:
    return not spec.d_hidden


def _penalised(spec: GanSpec) -> bool:
    return PENALTIES[spec.penalty].term is not None


def _on(field: str, off: object = 0) -> Says:
    return lambda spec: getattr(spec, field) != off


NO_D = "this objective has no discriminator"
FLAT_D = "this needs a hidden layer in D"
OF_D: tuple[tuple[str, object], ...] = (
    ("penalty", "none"),
    ("label_smoothing", 0),
    ("instance_noise", 0),
    ("weight_decay", 0),
    ("pack", 1),
    ("minibatch_kernels", 0),
    ("unroll", 0),
    ("feature_matching", 0),
    ("replay", 0),
    ("consensus", 0),
    ("inference", "none"),
)
"""Fields that change D or what it sees, and what they are when not in use."""

RULES: tuple[Rule, ...] = (
    *[Rule(field, _on(field, off), _no_discriminator, NO_D) for field, off in OF_D],
    Rule(
        "constraint",
        lambda spec: spec.constraint not in ("auto", "none"),
        _no_discriminator,
        NO_D,
    ),
    Rule("updates", lambda spec: spec.updates == "extragradient", _no_discriminator, NO_D),
    Rule("minibatch_kernels", _on("minibatch_kernels"), _flat_d, FLAT_D),
    Rule("feature_matching", _on("feature_matching"), _flat_d, FLAT_D),
    Rule(
        "label_smoothing",
        _on("label_smoothing"),
        lambda spec: not _objective(spec).targets,
        "it softens the target 1 of a classifier, and D is none with this objective",
    ),
    Rule(
        "pack",
        _on("pack", 1),
        lambda spec: spec.batch % spec.pack > 0,
        "the batch must be a multiple of the pack",
    ),
    Rule(
        "pack",
        _on("pack", 1),
        lambda spec: spec.batch < 2 * spec.pack,
        "the batch must hold at least two packs",
    ),
    Rule(
        "unroll",
        _on("unroll"),
        lambda spec: spec.updates == "extragradient",
        "extra-gradient steps look ahead already",
    ),
    Rule(
        "updates",
        lambda spec: spec.updates == "extragradient",
        lambda spec: (spec.d_steps, spec.g_steps) != (1, 1),
        "an extra-gradient step moves D once and G once",
    ),
    Rule(
        "consensus",
        _on("consensus"),
        lambda spec: _penalised(spec) or spec.unroll > 0,
        "it differentiates the gradients of both players; with a gradient penalty or unrolling that would be "
        "third derivatives",
    ),
    Rule(
        "objective",
        lambda spec: _objective(spec).explicit is not None or _objective(spec).outputs > 1,
        lambda spec: spec.batch < 2 * spec.pack,
        "it compares the samples of a batch and needs two or more",
    ),
    Rule(
        "minibatch_kernels",
        _on("minibatch_kernels"),
        lambda spec: spec.batch < 2 * spec.pack,
        "it compares the samples of a batch and needs two or more",
    ),
)


def refusals(spec: GanSpec) -> Iterator[tuple[str, str]]:
    """(field, reason) for every rule that a spec breaks."""
    for rule in RULES:
        if rule.used(spec) and rule.clash(spec):
            yield rule.field, rule.reason


def why_not(spec: GanSpec, field: str) -> str | None:
    """Why a field cannot be used beside the rest of a spec; None where it can."""
    return next((rule.reason for rule in RULES if rule.field == field and rule.clash(spec)), None)
