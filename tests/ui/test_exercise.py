"""The exercise in the address: what a link means, what is put right in it, and what it says to the viewer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qs

import pytest
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from ganlab.distributions import FAMILIES, DistributionError, parse
from ganlab.evaluation.diagnosis import CODES
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.live.cost import check_affordable
from ganlab.presets import PRESETS
from ganlab.ui import exercise, fields
from ganlab.ui.exercise import PAGES
from ganlab.ui.live.component import texts
from ganlab.ui.messages import Problem
from tests.gan.sensible import sensible
from tests.ui import apps
from tests.ui.apps import address

FALLBACK = exercise.default("gan_2d").spec


@pytest.fixture(autouse=True)
def _one_session_for_all_app_tests() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


# ---------------------------------------------------------------- addresses


specs = some.builds(
    sensible,
    some.fixed_dictionaries(
        {},
        optional={
            "data": some.sampled_from(["ring(8)", "grid(5)", "moons(radius=1,std=0.08)", "normal([0,0],1)"]),
            "objective": some.sampled_from(list(OBJECTIVES)),
            "penalty": some.sampled_from(list(PENALTIES)),
            "g_hidden": some.lists(some.integers(1, 64), max_size=4).map(tuple),
            "lr_d": some.floats(0, 10, allow_nan=False),
            "d_steps": some.integers(0, 20),
            "batch": some.integers(1, 256),  # larger ones may cost too much to be watched
            "seed": some.integers(0, 2**31 - 1),
            "noise": some.sampled_from(["normal", "uniform"]),
        },
    ),
)


def repair(query: dict[str, str], fallback: GanSpec) -> tuple[GanSpec, tuple[Problem, ...]]:
    """What the page of this spec makes of an address."""
    return exercise.address(PAGES[fallback.dim]).repair(query, fallback)


@given(specs)
@settings(max_examples=60, deadline=None)
def test_a_link_says_all_whatever_the_page_would_show_by_itself(spec: GanSpec) -> None:
    other = GanSpec.make({"batch": 7, "lr_g": 0.5, "noise_dim": 3, "seed": 99})
    assert repair(spec.to_query(), FALLBACK) == (spec, ())
    assert repair(spec.to_query(), other) == (spec, ())


def test_the_link_to_copy_holds_seed_and_backend() -> None:
    spec = GanSpec.make({"data": "moons(radius=1,std=0.08)", "lr_d": 0.0007, "g_hidden": ()})
    query = {key: values[0] for key, values in parse_qs(spec_link(spec).lstrip("?")).items()}
    assert (query["seed"], query["backend"]) == ("0", "auto")
    assert repair(query, FALLBACK) == (spec, ())


def spec_link(spec: GanSpec) -> str:
    """The link of an exercise, made within a page."""

    def page(spec):  # type: ignore[no-untyped-def]
        import streamlit as st

        from ganlab.ui.exercise import Exercise, address

        st.text(Exercise(address("gan_2d"), spec).link)

    return str(apps.opened(page, spec).text[0].value)


def test_an_address_without_data_changes_what_the_page_opens_with() -> None:
    spec, problems = repair({"seed": "3"}, GanSpec.make({"data": "normal(0,1)", "noise_dim": 1}))
    assert (spec.data, spec.noise_dim, spec.seed, problems) == ("normal(0,1)", 1, 3, ())


def test_only_what_cannot_be_used_is_replaced() -> None:
    fallback = GanSpec.make({"lr_d": 0.25, "batch": 64})
    spec, problems = repair({"data": "grid(3)", "lr_d": "abc", "batch": "-3", "objective": "hinge"}, fallback)
    assert {problem.field for problem in problems} == {"lr_d", "batch"}
    assert {problem.value for problem in problems} == {"abc", "-3"}
    assert spec == GanSpec.make({"data": "grid(3)", "lr_d": 0.25, "batch": 64, "objective": "hinge"})


texts_of_any_kind = some.one_of(
    some.text(max_size=30),
    some.sampled_from(
        ["-1", "nan", "1e999", "512,512,512,512,512,512", "4096", "ring(8)", "none", "20", "adam"]
    ),
)


@given(some.dictionaries(some.sampled_from(sorted(GanSpec.model_fields)), texts_of_any_kind))
@settings(max_examples=200, deadline=None)
def test_whatever_the_address_says_there_is_a_spec_that_runs(query: dict[str, str]) -> None:
    spec, problems = repair(query, FALLBACK)
    check_affordable(spec)
    assert {problem.field for problem in problems} <= set(GanSpec.model_fields)
    if not problems:
        assert spec == (GanSpec() if "data" in query else FALLBACK).changed(**query)


def test_networks_too_large_to_watch_are_named_and_the_data_kept() -> None:
    query = {"data": "grid(3)", "g_hidden": "512,512,512,512,512,512", "batch": "4096", "g_steps": "20"}
    spec, problems = repair(query, FALLBACK)
    check_affordable(spec)
    assert "operations" in problems[0].allowed


# ---------------------------------------------------------------- a page, without a browser


def page() -> None:
    """A page with the sidebar's controls and no run."""
    import streamlit as st

    from ganlab.ui.controls import sidebar
    from ganlab.ui.exercise import current
    from ganlab.ui.presets import problems

    here = current("gan_2d")
    sidebar(here)
    problems(here)
    st.text(here.spec.model_dump_json())


opened = partial(apps.opened, page)


def spec_of(app: AppTest) -> GanSpec:
    assert not app.exception
    return GanSpec.model_validate_json(app.text[0].value)


def test_the_first_preset_opens_and_is_in_the_address() -> None:
    app = opened()
    assert spec_of(app) == FALLBACK
    assert address(app) == FALLBACK.to_query()
    assert "seed" in address(app)


def test_widgets_show_the_address_and_write_it() -> None:
    app = opened(data="grid(3)", lr_d="0.0007", g_hidden="16,24", seed="5")
    assert app.select_slider(key="gan_2d.lr_d").value == 0.0007
    assert app.number_input(key="gan_2d.g_hidden.depth").value == 2
    assert app.selectbox(key="gan_2d.g_hidden.units").value == (16, 24)
    app.number_input(key="gan_2d.g_hidden.depth").set_value(3).run()
    assert address(app)["g_hidden"] == "16,24,24"
    app.selectbox(key="gan_2d.objective").set_value("wgan").run()
    assert spec_of(app) == GanSpec.make(
        {"data": "grid(3)", "lr_d": 0.0007, "g_hidden": (16, 24, 24), "seed": 5, "objective": "wgan"}
    )
    assert address(app) == spec_of(app).to_query()


def test_a_family_and_its_parameters() -> None:
    app = opened(data="ring(8)", seed="5")
    app.selectbox(key="gan_2d.data.family").set_value("circles").run()
    assert spec_of(app).data == str(parse("circles(2)"))
    app.number_input(key="gan_2d.data.circles.n").set_value(4).run()
    app.number_input(key="gan_2d.data.circles.std").set_value(0.1).run()
    assert spec_of(app).data == "circles(4,radius=1.5,std=0.1)"
    assert app.text_input(key="gan_2d.data").value == "circles(4,radius=1.5,std=0.1)"


def test_nonsense_stays_in_its_box_with_a_reason_until_something_changes() -> None:
    app = opened(data="grid(3)", seed="5")
    before = address(app)
    app.text_input(key="gan_2d.data").set_value("ring(8,radius=-1)").run()
    assert address(app) == before
    assert spec_of(app).data == "grid(3,spacing=2,std=0.05)"
    assert app.text_input(key="gan_2d.data").value == "ring(8,radius=-1)"
    assert "radius is -1" in app.error[0].value
    assert "Position 15." in app.error[0].value
    app.number_input(key="gan_2d.seed").set_value(6).run()
    assert not app.error
    assert app.text_input(key="gan_2d.data").value == "grid(3,spacing=2,std=0.05)"


def test_what_is_too_large_is_refused_and_the_widget_goes_back() -> None:
    app = opened(data="grid(3)", g_hidden="512,512,512,512", d_hidden="512,512,512,512", seed="5")
    app.select_slider(key="gan_2d.batch").set_value(4096).run()
    assert "operations" in app.warning[0].value
    assert app.select_slider(key="gan_2d.batch").value == 128


def test_a_link_with_mistakes_names_each() -> None:
    app = opened(data="grid(3)", lr_d="abc", batch="-3", seed="5")
    message = app.warning[0].value
    assert "`lr_d=abc`: a number is needed" in message
    assert "`batch=-3`: it must be at least 1" in message
    assert spec_of(app) == GanSpec.make({"data": "grid(3)", "seed": 5})


def test_reset_goes_back_to_the_first_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(data="grid(3)", lr_d="0.5", seed="5")
    app.button(key="gan_2d.reset").click().run()
    assert spec_of(app) == FALLBACK


# ---------------------------------------------------------------- registries and pages agree


def test_every_field_is_named_and_explained() -> None:
    assert set(fields.FIELDS) == set(GanSpec.model_fields)
    assert set(FAMILIES) == set(fields.FAMILY_NAMES)


def test_every_field_has_a_widget() -> None:
    keys = {
        key
        for query in (
            {"objective": "wgan", "noise": "mixture"},
            {"penalty": "r1", "instance_noise": "0.1", "inference": "veegan"},
            {"objective": "kl_regularised"},
        )
        for key in opened(**query).session_state
    }
    shown = {key.split(".")[1] for key in keys if key.startswith("gan_2d.")}
    assert set(GanSpec.model_fields) <= shown


def test_presets_fit_their_pages_and_can_be_watched() -> None:
    for preset in PRESETS.values():
        assert PAGES[preset.spec.dim] == preset.page
        check_affordable(preset.spec)


def test_every_state_of_the_diagnosis_has_its_words() -> None:
    words = texts()
    for code in CODES:
        for suffix in ("", "_why", "_try"):
            assert words[f"diagnosis_{code}{suffix}"]


def test_a_problem_knows_its_place_in_the_text() -> None:
    with pytest.raises(DistributionError) as error:
        parse("ring(8,radius=-1)")
    problem = Problem("data", "ring(8,radius=-1)", str(error.value))
    assert problem.position == error.value.position == 14
