"""One run per page and browser session: when it is kept, changed, ended and begun again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ganlab.gan.spec import GanSpec
from ganlab.live.errors import Full, UnknownRun
from ganlab.live.records import Handle
from ganlab.ui import runs
from tests.ui.apps import app_of


class FakePool:
    """Keeps what was asked of it; its runs train nothing."""

    def __init__(self) -> None:
        self.specs: dict[str, GanSpec] = {}
        self.sessions: list[str] = []
        self.stopped: list[str] = []
        self.abandoned: list[str] = []
        self.full: Full | None = None

    def start(self, spec: GanSpec, session: str) -> Handle:
        if self.full:
            raise self.full
        name = f"run{len(self.sessions)}"
        self.sessions.append(session)
        self.specs[name] = spec
        return Handle(name, "view", "control")

    def update(self, run: str, spec: GanSpec) -> bool:
        if run not in self.specs:
            raise UnknownRun(run)
        if self.specs[run].differences(spec) - GanSpec.HOT:
            return False
        self.specs[run] = spec
        return True

    def stop(self, run: str) -> None:
        self.stopped.append(run)
        self.specs.pop(run, None)

    def abandon(self, session: str) -> None:
        self.abandoned.append(session)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePool]:
    fake = FakePool()
    monkeypatch.setattr(runs, "pool", lambda: fake)
    st.cache_resource.clear()
    yield fake
    st.cache_resource.clear()


def page() -> None:
    """A page whose exercise is in the session, and whose stage is the name of its run."""
    import streamlit as st

    from ganlab.gan.spec import GanSpec
    from ganlab.ui.stage import handle_for

    handle = handle_for(st.session_state["page"], GanSpec.make(st.session_state["values"]))
    st.text(handle and handle.run)


def shown(app: AppTest, page: str = "gan_2d", **values: object) -> str:
    app.session_state["page"], app.session_state["values"] = page, values
    app.run()
    assert not app.exception
    return str(app.text[0].value)


def test_the_same_exercise_keeps_its_run(pool: FakePool) -> None:
    app = app_of(page)
    assert [shown(app, seed=1), shown(app, seed=1)] == ["run0", "run0"]
    assert pool.stopped == []


def test_a_hot_setting_changes_the_run_and_anything_else_replaces_it(pool: FakePool) -> None:
    app = app_of(page)
    assert shown(app, seed=1) == "run0"
    assert shown(app, seed=1, lr_d=0.5, d_steps=3) == "run0"
    assert (pool.specs["run0"].lr_d, pool.specs["run0"].d_steps) == (0.5, 3)
    assert shown(app, seed=1, lr_d=0.5, d_steps=3, batch=64) == "run1"
    assert pool.stopped == ["run0"]
    assert list(pool.specs) == ["run1"]


def test_pages_have_runs_of_their_own(pool: FakePool) -> None:
    app = app_of(page)
    assert [shown(app, "home"), shown(app, "gan_2d"), shown(app, "home")] == ["run0", "run1", "run0"]
    assert len(set(pool.sessions)) == 1


def test_a_run_that_ended_is_begun_again(pool: FakePool) -> None:
    app = app_of(page)
    shown(app, seed=1)
    pool.specs.clear()
    assert shown(app, seed=1) == "run1"


def test_the_end_of_a_session_gives_its_runs_up(pool: FakePool) -> None:
    app = app_of(page)
    shown(app)
    st.cache_resource.clear()  # what Streamlit does to a session's resources when its connection ends
    assert pool.abandoned == pool.sessions


@pytest.mark.parametrize(("scope", "words"), [("session", "You have 4 runs"), ("all", "All 4 places")])
def test_no_place_is_said_kindly(pool: FakePool, scope: str, words: str) -> None:
    app = app_of(page)
    pool.full = Full(4, scope)  # type: ignore[arg-type]
    assert shown(app) == "None"
    assert words in app.warning[0].value
    pool.full = None
    app.button(key="gan_2d.again").click().run()
    assert app.text[0].value == "run0"


def test_nobody_is_told_in_english_that_there_is_no_place(pool: FakePool) -> None:
    app = app_of(page)
    pool.full = Full(4, "session")
    app.query_params["lang"] = "zh"
    shown(app)
    assert not re.search("[A-Za-z]", app.warning[0].value)
