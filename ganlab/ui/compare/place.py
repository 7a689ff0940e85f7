"""The address of a comparison, and of each run in it: widgets of a run write into the address of the whole.

A link of another page with a GAN is understood as well: its GAN becomes the base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from ganlab.gan import variants
from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import read_base, write_base
from ganlab.live.compare_spec import MOST, CompareSpec
from ganlab.live.cost import check_affordable
from ganlab.specs import SpecError
from ganlab.specs import text as text_of
from ganlab.ui import fields
from ganlab.ui.address import Address, Place
from ganlab.ui.compare import words
from ganlab.ui.exercise import Exercise
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem

PAGE = "compare"
INLINE = frozenset({"data"})
"""Fields that say beside their widget what was refused."""


class CompareAddress(Address[CompareSpec]):
    """The address of the page."""

    def current(self) -> ComparePlace:
        """What is in the address bar, completed there."""
        here = super().current()
        return ComparePlace(self, here.spec, here.problems)

    def part(self, query: Mapping[str, str]) -> dict[str, str]:
        """The keys of the comparison; a GAN as other pages have it in their links is taken for the base."""
        found = super().part(query)
        alone = {name: value for name, value in query.items() if name in GanSpec.model_fields}
        if "base" not in found and "data" in alone:
            found["base"] = variants.join_pairs(alone)
        return found

    def repair(
        self, query: Mapping[str, str], fallback: CompareSpec | None = None
    ) -> tuple[CompareSpec, tuple[Problem, ...]]:
        """The comparison in an address: fields of the base that cannot be used have their default, and arms that
        cannot be used are left out.
        """
        base, wrong = _repaired_base(
            query.get("base", CompareSpec().base if "arms" not in query else self.opens.base)
        )
        arms, more = _usable_arms(base, query.get("arms", CompareSpec().arms))
        try:
            spec = self.valid(self.opens, {"base": write_base(base), "arms": variants.join(arms)})
        except SpecError as error:
            return self.opens, (*wrong, *more, *_problems(error))
        return spec, (*wrong, *more)

    def change(self, **values: Any) -> bool:
        """Changes the base or the arms; False when that was refused, which leaves everything as it is."""
        try:
            spec = self.valid(self.last(), values)
        except SpecError as error:
            for problem in _problems(error)[:1]:
                self.refuse(problem)
            return False
        self.accept(spec)
        return True

    def rewrite(self, run: int, text: str | None) -> bool:
        """Another text for an arm (1 to 5, or one more than there are); None takes it away."""
        arms = list(self.last().arm_texts)
        arms[run - 1 : run] = [] if text is None else [text]
        return self.change(arms=variants.join(arms))


@dataclass(frozen=True)
class ComparePlace(Place[CompareSpec]):
    """What the page shows now."""

    def label(self, name: str) -> str:
        """The base and the arms by their letters, and their fields by name."""
        where, _dot, field = name.partition(".")
        if where == "arms" and field:
            number, _dot, field = field.partition(".")
            run = _("Run {letter}").format(letter=words.letter(min(int(number), MOST - 1)))
            return f"{run}, {fields.label(field)}" if field else run
        named = {"base": _("Base"), "arms": _("Runs")}
        return fields.label(field) if where == "base" and field else named.get(where, fields.label(where))

    def member(self, run: int) -> Exercise:
        """One run, as widgets see it."""
        assert isinstance(self.address, CompareAddress)
        base = self.spec.base_spec
        address = MemberAddress(f"{PAGE}.run{run}", base, whole=self.address, run=run)
        return Exercise(address, self.spec.specs[run])


@dataclass(frozen=True)
class MemberAddress(Address[GanSpec]):
    """Where the widgets of one run write: into the base, or into one arm."""

    whole: CompareAddress | None = None
    run: int = 0

    def last(self) -> GanSpec:
        """The run's spec as it was last shown; the base where there is no such run any more."""
        specs = self._whole.last().specs
        return specs[self.run] if self.run < len(specs) else specs[0]

    def change(self, **values: Any) -> bool:
        """Changes fields of this run; False when that was refused."""
        try:
            self.last().changed(**values)
        except SpecError as error:
            self._refuse(error)
            return False
        done = self._whole.change(**self._written(values))
        if done:
            st.session_state.pop(f"{self.page}.refused", None)
        return done

    def _written(self, values: Mapping[str, Any]) -> dict[str, str]:
        spec = self._whole.last()
        if self.run == 0:
            return {"base": write_base(spec.base_spec.changed(**values))}
        arms = list(spec.arm_texts)
        if self.run > len(arms):  # it went away while somebody turned a dial of it
            return {"arms": spec.arms}
        changed = variants.read(arms[self.run - 1]) | {name: text_of(value) for name, value in values.items()}
        arms[self.run - 1] = variants.join_pairs(changed)
        return {"arms": variants.join(arms)}

    def _refuse(self, error: SpecError) -> None:
        field, value, allowed = error.problems[0]
        name = field.partition(".")[0]
        if name in INLINE:
            self.refuse(Problem(name, value, allowed))
        else:
            where = "base" if self.run == 0 else f"arms.{self.run}"
            self._whole.refuse(Problem(f"{where}.{name}", value, allowed))

    @property
    def _whole(self) -> CompareAddress:
        assert self.whole is not None
        return self.whole


def address() -> CompareAddress:
    """The address of the page; it opens with a collapse and its cure."""
    return CompareAddress(PAGE, CompareSpec(), complete=("base",), check=check_affordable)


# ---------------------------------------------------------------- what a link may get wrong


def _repaired_base(text: str) -> tuple[GanSpec, tuple[Problem, ...]]:
    """The base of a link; what cannot be used in it has its default."""
    try:
        return read_base(text), ()
    except SpecError as error:
        wrong = _problems(error)
    values = dict(parse_qsl(text.replace("+", "%2B"), keep_blank_values=True))
    known = {name: value for name, value in values.items() if name in GanSpec.model_fields}
    single = Address("", GanSpec(), check=check_affordable, suspects=("g_hidden", "d_hidden", "noise_dim"))
    spec, more = single.repair(known)
    named = {problem.field for problem in wrong}
    found = [replace(problem, field=f"base.{problem.field}") for problem in more]
    return spec, (*wrong, *(problem for problem in found if problem.field not in named))


def _usable_arms(base: GanSpec, text: str) -> tuple[list[str], list[Problem]]:
    """The arms of a link that can be used, at most five; one by default, so that there is something to compare."""
    arms: list[str] = []
    wrong: list[Problem] = []
    texts = variants.split(text)
    for k, arm in enumerate(texts, 1):
        try:
            arms.append(variants.canonical(base, arm, f"arms.{k}"))
        except SpecError as error:
            wrong += _problems(error)
    if len(texts) >= MOST or not texts:
        message = f"{len(texts)} arms; allowed: 1 to {MOST - 1}"
        wrong.append(Problem("arms", text, message))
    return arms[: MOST - 1] or [variants.write({"lr_g": base.lr_g / 2})], wrong


def _problems(error: SpecError) -> list[Problem]:
    return [Problem(*problem) for problem in error.problems]
