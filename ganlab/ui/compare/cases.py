"""Ready-made comparisons: each is one click, one link, and one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ganlab.gan import variants
from ganlab.gan.variants import write_base
from ganlab.live.compare_spec import CompareSpec
from ganlab.presets import PRESETS
from ganlab.registry import Registry
from ganlab.ui.address import query_of
from ganlab.ui.compare.place import PAGE, ComparePlace
from ganlab.ui.i18n import N_, _
from ganlab.ui.links import Ready, row
from ganlab.ui.presets import same


@dataclass(frozen=True)
class Case:
    """A preset, perhaps changed, as the base, what is tried beside it, and a question."""

    name: str
    title: str
    question: str
    preset: str
    arms: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> CompareSpec:
        """The comparison."""
        base = PRESETS[self.preset].spec.changed(**self.values)
        return CompareSpec(base=write_base(base), arms=variants.join(self.arms))


CASES: Registry[Case] = Registry("comparison")

CASES.add(
    Case(
        "cures",
        N_("A collapse and its cures"),
        N_(
            "A makes G's steps five times as large as D's, and collapses (in 10 of 10 seeds). B adds R1 and is cured "
            "(in 10 of 10). C only changes the loss. Is that a cure as well? Press the dice and count."
        ),
        "collapses",
        ("penalty=r1&penalty_weight=1", "objective=hinge"),
    )
)
CASES.add(
    Case(
        "strong_d",
        N_("Which loss survives a strong D?"),
        N_(
            "Ten updates of D for each of G, far from the data. Which loss still tells G where to go? Watch the "
            "gradient norm of G in the table, and switch on “What G receives”."
        ),
        "d_too_strong",
        ("objective=non_saturating", "objective=least_squares", "objective=hinge"),
    )
)
CASES.add(
    Case(
        "circles",
        N_("Who stops the circling?"),
        N_(
            "Two linear players that move at once, with steps so large that they circle away from the solution. R1 and "
            "consensus change the game, the others only how steps are taken. Which of them come to rest?"
        ),
        "oscillates",
        (
            "penalty=r1&penalty_weight=1",
            "updates=extragradient",
            "optimiser_d=optimistic_sgd&optimiser_g=optimistic_sgd",
            "consensus=1",
        ),
        {"lr_d": 0.1, "lr_g": 0.1, "updates": "simultaneous"},
    )
)
CASES.add(
    Case(
        "rates",
        N_("Whose steps should be larger?"),
        N_(
            "The default GAN, with one of the two learning rates five times as large. Is it the same which of the "
            "players is the faster one?"
        ),
        "learns",
        ("lr_d=0.005", "lr_g=0.005"),
    )
)
CASES.add(
    Case(
        "line",
        N_("On the line: does a penalty cost anything?"),
        N_(
            "Here the best D is known, and so is JS. Compare how near each D comes to the dashed line, and how far "
            "each q is from p."
        ),
        "two_modes_1d",
        ("penalty=r1&penalty_weight=1", "penalty=wgan_gp&penalty_weight=1", "constraint=spectral_norm"),
    )
)


def ready() -> list[Ready]:
    """All ready-made comparisons as links."""
    return [Ready(case.name, case.title, case.question, query_of(case.spec)) for case in CASES.values()]


def cases(here: ComparePlace) -> None:
    """All ready-made comparisons as links; under them the question of the one that is open, whatever its seed."""
    chosen = next((case.name for case in CASES.values() if is_open(case, here.spec)), None)
    row(PAGE, ready(), chosen)
    if chosen is None:
        st.caption(_("Your own comparison: it is all in the address bar. Choose one of ours to go back."))


def is_open(case: Case, spec: CompareSpec) -> bool:
    """Whether a page shows this comparison, with any seed."""
    return case.spec.arms == spec.arms and same(case.spec.base_spec, spec.base_spec)
