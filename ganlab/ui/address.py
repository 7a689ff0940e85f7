"""The state of a page lives in its address bar, for any page and any flat spec.

One direction only: address → spec → widgets. A widget that is moved writes the address, and the page, which then
runs from its top, reads it back. So a link, a reload, the back button and an exhibit are one and the same thing.

How a page uses it, with a `FlatSpec` of its own (fields of `ALWAYS` are in every link):

    ADDRESS = Address("samples", SampleSpec(p="normal(0,1)", ...), complete=("p", "q"), words=FIELDS)

    here = ADDRESS.current()              # a Place: here.spec, here.problems, here.link; completes the address bar
    problems(here)                        # warns of what in the link, or in a widget, could not be used
    st.number_input(here.label("n"), 10, 100_000, **here.bound("n"))   # a widget that follows and writes the field
    ADDRESS.change(n=1000, seed=3)        # in a callback: False when refused; nothing is lost then
    ADDRESS.refused("p")                  # the Problem of what was asked in vain, for an error beside a widget

`ganlab.ui.widgets` has more widgets that take a Place: `notches`, `pick`, `whole`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import streamlit as st

from ganlab.specs import FlatSpec, SpecError
from ganlab.ui import fields, i18n
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem, plain, translate

S = TypeVar("S", bound=FlatSpec)

Words = Mapping[str, tuple[str, str]]
"""Label and explanation by field, marked with N_."""


def nothing(spec: FlatSpec) -> None:
    """No further condition."""


@dataclass(frozen=True)
class Address(Generic[S]):
    """The address of one page.

    `opens` is what the page opens with. A link that has one of the fields of `complete` says all: what it leaves out
    has the default of the spec's class. One without, written by hand, changes `opens`. `check` raises SpecError for
    a spec that this page cannot show; `suspects` are the fields to put right when a spec is refused as a whole.
    """

    page: str
    opens: S
    complete: tuple[str, ...] = ()
    check: Callable[[S], None] = nothing
    suspects: tuple[str, ...] = ()
    words: Words = field(default_factory=dict)

    # ------------------------------------------------------------ reading

    def current(self) -> Place[S]:
        """What is in the address bar, completed there; without anything, the last of this session on this page."""
        query = self.part(dict(st.query_params))
        spec, wrong = self.repair(query) if query else (self.last(), ())
        self.show(spec)
        return Place(self, spec, wrong)

    def last(self) -> S:
        """What this page showed last in this session."""
        spec = st.session_state.get(f"{self.page}.spec")
        return spec if isinstance(spec, type(self.opens)) else self.opens

    def part(self, query: Mapping[str, str]) -> dict[str, str]:
        """The keys of an address that belong to the spec."""
        return {name: value for name, value in query.items() if name in type(self.opens).model_fields}

    def repair(self, query: Mapping[str, str], fallback: S | None = None) -> tuple[S, tuple[Problem, ...]]:
        """The spec of an address, and what had to be put right: such fields take the value of `fallback`."""
        fallback = self.opens if fallback is None else fallback
        base = type(self.opens)() if any(name in query for name in self.complete) else fallback
        values = dict[str, Any](query)
        wrong: dict[str, Problem] = {}
        while True:
            try:
                return self.valid(base, values), tuple(wrong.values())
            except SpecError as error:
                for path, value, allowed in error.problems:
                    names = self.culprits(path)
                    if names[0] in wrong:  # putting that right was not enough
                        return fallback, tuple(wrong.values())
                    wrong[names[0]] = Problem(names[0], values.get(names[0], value), allowed)
                    values |= {name: getattr(fallback, name) for name in names}

    def culprits(self, path: str) -> list[str]:
        """The fields behind a problem: one, or the suspects where the spec as a whole was refused."""
        name = path.partition(".")[0]
        return [name] if name in type(self.opens).model_fields or not self.suspects else list(self.suspects)

    # ------------------------------------------------------------ writing

    def valid(self, spec: S, values: Mapping[str, Any]) -> S:
        """The spec with some fields changed; raises SpecError."""
        changed = spec.changed(**values)
        self.check(changed)
        return changed

    def change(self, **values: Any) -> bool:
        """Changes fields from a widget; False when that was refused, which leaves everything as it is."""
        try:
            spec = self.valid(self.last(), values)
        except SpecError as error:
            name, value, allowed = error.problems[0]
            name = name.partition(".")[0] if name.partition(".")[0] in values else next(iter(values))
            self.refuse(Problem(name, values.get(name, value), allowed))
            return False
        self.accept(spec)
        return True

    def accept(self, spec: S) -> None:
        """Takes over what a widget asked for."""
        self.show(spec)

    def show(self, spec: S) -> None:
        """Puts the spec into the address bar and remembers it."""
        if spec != self.last():
            st.session_state.pop(f"{self.page}.refused", None)
        st.session_state[f"{self.page}.spec"] = spec
        # Always written: a link to the same page reruns it without changing the browser's address.
        st.query_params.from_dict(query_of(spec))

    # ------------------------------------------------------------ refusals

    def refuse(self, problem: Problem) -> None:
        """Remembers what a widget asked for in vain, until something else changes."""
        st.session_state.setdefault(f"{self.page}.refused", {})[problem.field] = problem

    def refused(self, name: str) -> Problem | None:
        """What was asked of this field in vain."""
        return next((problem for problem in self.refusals() if problem.field == name), None)

    def refusals(self) -> list[Problem]:
        """Everything asked for in vain since the last change."""
        found: dict[str, Problem] = st.session_state.get(f"{self.page}.refused", {})
        return list(found.values())


@dataclass(frozen=True)
class Place(Generic[S]):
    """What a page shows now, and what in its address could not be used."""

    address: Address[S]
    spec: S
    problems: tuple[Problem, ...] = ()

    @property
    def page(self) -> str:
        """The name of the page: its path in the address, and the beginning of its widgets' keys."""
        return self.address.page

    @property
    def link(self) -> str:
        """The address of this state relative to its page."""
        return "?" + urlencode(query_of(self.spec))

    def label(self, name: str) -> str:
        """What a field is called, in the viewer's language."""
        words = self.address.words
        return _(words[name][0]) if name in words else fields.label(name)

    def explain(self, name: str) -> str:
        """What a field means, in the viewer's language."""
        words = self.address.words
        return _(words[name][1]) if name in words else fields.explain(name)

    def bound(self, name: str) -> dict[str, Any]:
        """Key, callback, help and (through its key) value of the widget of a field."""
        key = f"{self.page}.{name}"
        follow(key, getattr(self.spec, name))
        return {"key": key, "on_change": take, "args": (self.address, name), "help": self.explain(name)}


def follow(key: str, value: Any) -> None:
    """Makes the widget with this key show the value."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def take(address: Address[Any], name: str) -> None:
    """Callback: the field gets the widget's value."""
    address.change(**{name: st.session_state[f"{address.page}.{name}"]})


# ---------------------------------------------------------------- addresses


def query_of(spec: FlatSpec) -> dict[str, str]:
    """The keys of an address: the spec, and the language where the viewer chose it."""
    return spec.to_query() | language_part()


def language_part() -> dict[str, str]:
    """The language, unless it is what the browser would get anyway."""
    here = i18n.language()
    chosen = i18n.PARAMETER in st.query_params or here != (i18n.match(st.context.locale) or "en")
    return {i18n.PARAMETER: here} if chosen else {}


# ---------------------------------------------------------------- what could not be used


def problems(here: Place[Any], *, in_place: frozenset[str] = frozenset()) -> None:
    """What in the address, or in a widget, could not be used; the page works without it.

    Fields of `in_place` have a widget that says itself what was wrong with what was typed into it.
    """
    if here.problems:
        intro = _("Part of this link could not be used; the rest is as it says:")
        st.warning(_listed(here, intro, here.problems), icon=":material/link_off:")
    wrong = [problem for problem in here.address.refusals() if problem.field not in in_place]
    if wrong:
        intro = _("That cannot be done, and nothing was changed:")
        st.warning(_listed(here, intro, wrong), icon=":material/block:")


def _listed(here: Place[Any], intro: str, wrong: tuple[Problem, ...] | list[Problem]) -> str:
    return "\n".join([intro, "", *(line(problem, here.label(problem.field)) for problem in wrong)])


def line(problem: Problem, name: str) -> str:
    """One problem: the field's name for people, the value, what is allowed."""
    value = problem.short_value.replace("`", "'")  # a backtick would end the quotation
    return "- " + _("**{field}** {given}: {reason}.").format(
        field=name,
        given=f"`{problem.field}={value}`",
        reason=plain(translate(problem.allowed)),
    )
