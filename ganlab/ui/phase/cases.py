"""Ready-made maps: each is one click, one link, and one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ganlab.gan.variants import write_base
from ganlab.presets import PRESETS
from ganlab.registry import Registry
from ganlab.trials.spec import SweepSpec
from ganlab.ui.address import query_of
from ganlab.ui.i18n import N_, _
from ganlab.ui.links import Ready, row
from ganlab.ui.phase.place import PAGE, PhasePlace
from ganlab.ui.presets import same


@dataclass(frozen=True)
class Case:
    """A preset with some changes as the base, two dials, and what to look for."""

    name: str
    title: str
    question: str
    x: str
    y: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    preset: str = "learns"
    steps: int = 2000
    metric: str = "modes"

    @property
    def spec(self) -> SweepSpec:
        """The map."""
        base = PRESETS[self.preset].spec.changed(**self.changes)
        return SweepSpec(base=write_base(base), x=self.x, y=self.y, steps=self.steps)


CASES: Registry[Case] = Registry("map")

RATES = "0.0001:0.1:8:log"

CASES.add(
    Case(
        "rates",
        N_("Whose steps are larger?"),
        N_(
            "Sixty-four pairs of learning rates, two seeds of each. On the diagonal D and G take steps of the same "
            "size; below it G's are larger, above it D's. In which corner does the generator lose all modes, and in "
            "which does it only miss some? Drag the slider back: which cells are the first to cover all eight?"
        ),
        f"lr_g={RATES}",
        f"lr_d={RATES}",
    )
)
CASES.add(
    Case(
        "penalty",
        N_("How much R1?"),
        N_(
            "R1 flattens D at the data, with more and more weight from left to right, and both learning rates grow "
            "upward. Does a penalty allow larger steps? And can there be too much of it?"
        ),
        "penalty_weight=0.001:10:8:log",
        f"lr={RATES}",
        {"penalty": "r1"},
    )
)
CASES.add(
    Case(
        "noise",
        N_("How much noise?"),
        N_(
            "Noise on everything that D sees, more and more from left to right; the modes are 0.05 wide. It makes real "
            "and generated overlap, and it hides what is smaller than itself. Compare the share of samples of high "
            "quality with the modes that are covered."
        ),
        "instance_noise=0:1:8",
        f"lr={RATES}",
        metric="high_quality",
    )
)
CASES.add(
    Case(
        "losses",
        N_("Can D be too good?"),
        N_(
            "The data lie far from where G begins, and D makes one to ten updates for each of G's. Texts say that a "
            "discriminator which is too good leaves nothing to learn from. For which of these losses is that so, and "
            "which arrive all the same? The map shows the distance from the data."
        ),
        "d_steps=1,3,10",
        "objective=minimax,non_saturating,least_squares,hinge,wgan",
        preset="d_too_strong",
        steps=1000,
        metric="distance",
    )
)
CASES.add(
    Case(
        "size",
        N_("How large a network?"),
        N_(
            "Wider from left to right, deeper upward, the same data and the same learning rate. How small may the "
            "networks be, and what does a deeper one need?"
        ),
        "width=2,4,8,16,32,64",
        "depth=1,2,3,4",
        steps=1000,
        metric="high_quality",
    )
)


def open_case(spec: SweepSpec) -> Case | None:
    """The ready-made map that this is, if it is one."""
    return next((case for case in CASES.values() if is_open(case, spec)), None)


def ready() -> list[Ready]:
    """All ready-made maps as links."""
    return [Ready(case.name, case.title, case.question, query_of(case.spec)) for case in CASES.values()]


def cases(here: PhasePlace) -> None:
    """All ready-made maps as links; under them the question of the one that is open, whatever its seeds."""
    chosen = open_case(here.spec)
    row(PAGE, ready(), chosen.name if chosen else None)
    if chosen is None:
        st.caption(_("Your own map: it is all in the address bar. Choose one of ours to go back."))


def is_open(case: Case, spec: SweepSpec) -> bool:
    """Whether a page shows this map, with any seeds and steps."""
    ours = case.spec
    return (ours.x, ours.y) == (spec.x, spec.y) and same(ours.gan, spec.gan)
