"""The page "Compare" without a browser: links are put right, every field has a widget, every offer a beginning."""

from __future__ import annotations

from functools import partial

import pytest

from ganlab.gan import variants
from ganlab.gan.combinations import why_not
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import write_base
from ganlab.live.compare_spec import MOST, CompareSpec
from ganlab.live.cost import check_affordable
from ganlab.presets import PRESETS
from ganlab.specs import SpecError
from ganlab.ui import fields, gan_fields
from ganlab.ui.address import line
from ganlab.ui.compare import pickers, place
from ganlab.ui.compare.cases import CASES, is_open
from ganlab.ui.compare.stage import browser_data
from ganlab.ui.compare.texts import texts
from ganlab.ui.i18n import use
from tests.ui import apps
from tests.ui.apps import address

BASE = PRESETS["collapses"].spec


def page() -> None:
    """The page without its runs and links."""
    import streamlit as st

    from ganlab.ui.address import problems
    from ganlab.ui.compare import place, sidebar

    here = place.address().current()
    sidebar.sidebar(here)
    problems(here, in_place=frozenset({"data"}))
    st.text(here.spec.model_dump_json())


opened = partial(apps.opened, page)


def spec_of(app: apps.AppTest) -> CompareSpec:
    assert not app.exception
    return CompareSpec.model_validate_json(app.text[0].value)


# -- links


def test_a_link_is_the_comparison() -> None:
    spec = CompareSpec(base="data=moons(std=0.05)&lr_d=0.002", arms="pack=2|objective=hinge&lr_g=0.1")
    app = opened(**spec.to_query())
    assert spec_of(app) == spec
    assert address(app) == spec.to_query()
    assert not app.warning


@pytest.mark.parametrize(
    ("query", "said", "runs"),
    [
        ({"base": "data=ring(8)", "arms": "penalty=r9|pack=2"}, "Run B, Penalty on D", 2),
        ({"base": "data=ring(8)", "arms": "lr_d=fast|pack=2"}, "a number is needed", 2),
        ({"base": "data=ring(8)", "arms": "nonsense"}, "field=value", 2),
        ({"base": "data=ring(8)", "arms": "seed=3|pack=2"}, "the same for all runs", 2),
        ({"base": "data=ring(8)", "arms": "what=3|pack=2"}, "there is no such field", 2),
        ({"base": "data=ring(8)", "arms": "|".join(["pack=2"] * 9)}, "9 runs stand beside the base", MOST),
        ({"base": "data=ring(8)", "arms": ""}, "0 runs stand beside the base", 2),
        ({"base": "data=ring(9", "arms": "pack=2"}, "does not read as a distribution", 2),
        ({"base": "what=3&lr_d=0.1", "arms": "pack=2"}, "there is no such field", 2),
        ({"base": "batch=4096&g_hidden=512,512,512,512&d_hidden=512,512,512,512"}, "billion operations", 3),
    ],
)
def test_a_wrong_link_is_put_right_and_says_so(query: dict[str, str], said: str, runs: int) -> None:
    spec, problems = place.address().repair(query)
    here = place.ComparePlace(place.address(), spec, problems)
    assert said in "".join(line(problem, here.label(problem.field)) for problem in problems)
    assert len(spec.specs) == runs


def test_what_was_wrong_is_said_above_the_page() -> None:
    app = opened(base="data=ring(8)", arms="penalty=r9|pack=2")
    assert "Run B, Penalty on D" in app.warning[0].value
    assert address(app)["arms"] == "pack=2"


def test_what_is_right_in_a_wrong_base_is_kept() -> None:
    query = {"base": "what=3&lr_d=0.1&lr_g=fast&data=moons()", "arms": "pack=2"}
    spec, _problems = place.address().repair(query)
    assert (spec.base_spec.lr_d, spec.base_spec.lr_g) == (0.1, GanSpec().lr_g)
    assert spec.base_spec.data == GanSpec(data="moons()").data


def test_a_gan_of_another_page_becomes_the_base() -> None:
    gan = GanSpec(data="0.3*normal(-2,0.5)+0.7*normal(1,0.8)", noise_dim=1, objective="hinge", seed=5)
    assert spec_of(opened(**gan.to_query())).base_spec == gan


# -- the sidebar


def test_a_widget_of_an_arm_changes_that_arm_only() -> None:
    app = opened(base=write_base(BASE), arms="penalty=r1&penalty_weight=1|lr_g=0.2")
    app.select_slider(key="compare.run2.lr_g").set_value(0.02).run()
    assert address(app)["arms"] == "penalty=r1&penalty_weight=1|lr_g=0.02"
    app.selectbox(key="compare.run1.penalty").set_value("dragan").run()
    assert address(app)["arms"] == "penalty=dragan&penalty_weight=1|lr_g=0.02"
    app.select_slider(key="compare.run0.lr_g").set_value(0.5).run()
    spec = spec_of(app)
    assert [each.lr_g for each in spec.specs] == [0.5, 0.5, 0.02]


def test_runs_come_and_go_and_so_do_fields() -> None:
    app = opened(base=write_base(BASE), arms="penalty=r1&penalty_weight=1|lr_g=0.2")
    app.selectbox(key="compare.add").set_value("remedy:pack2").run()
    assert address(app)["arms"].split("|")[2] == "pack=2"
    app.selectbox(key="compare.run3.more").set_value("d_hidden").run()
    assert address(app)["arms"].split("|")[2] == "d_hidden=64,64&pack=2"
    app.button(key="compare.run3.pack.away").click().run()
    assert address(app)["arms"].split("|")[2] == "d_hidden=64,64"
    app.button(key="compare.run1.remove").click().run()
    assert address(app)["arms"] == "lr_g=0.2|d_hidden=64,64"
    app.button(key="compare.run2.remove").click().run()
    assert app.button(key="compare.run1.remove").disabled, "something must be left to compare"
    app.button(key="compare.reset").click().run()
    assert spec_of(app) == CompareSpec()


def test_six_runs_are_the_most() -> None:
    arms = "|".join(f"lr_g=0.{k}" for k in range(1, MOST))
    app = opened(base=write_base(BASE), arms=arms)
    assert not [one for one in app.selectbox if one.key == "compare.add"]
    assert "Six runs" in "".join(caption.value for caption in app.caption)


def test_what_is_refused_is_said_once_and_changes_nothing() -> None:
    app = opened(base=write_base(BASE), arms="objective=moment_matching")
    before = address(app)
    app.selectbox(key="compare.run1.more").set_value("penalty").run()
    assert ["this objective has no discriminator" in one.value for one in app.warning] == [True]
    assert address(app) == before
    app.text_input(key="compare.run0.data").set_value("ring(8").run()
    assert len(app.error) == 1
    assert address(app) == before


def test_data_on_the_line_is_one_click_away() -> None:
    app = opened(base=write_base(BASE), arms="pack=2")
    app.segmented_control(key="compare.run0.dim").set_value(1).run()
    assert spec_of(app).base_spec.dim == 1


# -- pickers made from the fields


def test_every_field_stands_in_the_sidebar_once() -> None:
    placed = [name for _title, _icon, names in gan_fields.GROUPS for name in names]
    assert sorted(placed) == sorted(GanSpec.model_fields)


@pytest.mark.parametrize("field", variants.fields())
def test_every_field_has_a_beginning_that_is_another_value(field: str) -> None:
    values = pickers.first_change(BASE, field)
    assert BASE.changed(**values) != BASE
    assert getattr(BASE.changed(**values), field) != getattr(BASE, field)


@pytest.mark.parametrize("field", variants.fields())
def test_every_field_has_a_scale_or_choices(field: str) -> None:
    value = getattr(BASE, field)
    if fields.choices(field):
        assert value in fields.choices(field)
        assert all(fields.choice(field, name) for name in fields.choices(field))
    elif not isinstance(value, tuple):
        notches = gan_fields.scale(field)
        low, high = fields.bounds(field)
        assert len(notches) > 2
        assert low <= min(notches)
        assert max(notches) <= high


def test_every_offer_begins_or_says_why_not() -> None:
    offered = pickers.offers(BASE)
    assert len(offered) == len(OBJECTIVES) - 1 + len(REMEDIES) + len(variants.fields())
    begun = [beginning(key) for key in offered]
    texts = [text for text in begun if isinstance(text, str)]
    assert all(variants.canonical(BASE, text) == text for text in texts)
    assert all(error.problems[0][2] for error in begun if isinstance(error, SpecError))
    assert len(texts) > 0.8 * len(offered)


def beginning(key: str) -> str | SpecError:
    try:
        return pickers.starting_text(BASE, key)
    except SpecError as error:
        return error


def test_a_penalty_begins_with_its_own_weight() -> None:
    for name, row in PENALTIES.items():
        if name != "none":
            text = pickers.starting_text(BASE, f"remedy:{name}") if name in REMEDIES else None
            assert text is None or f"penalty_weight={variants.text_of(row.weight)}" in text


# -- words


def test_headers_say_what_differs() -> None:
    spec = CompareSpec(
        base=write_base(BASE),
        arms="penalty=r1&penalty_weight=1|objective=hinge&d_hidden=64,64|optimiser_g=adam&lr_g=0.1|lr_g=0.1",
    )
    titles = [run["title"] for run in browser_data(spec)["runs"]]
    assert titles == [
        "the base",
        "R1 · Weight λ 1",
        "Discriminator D 64, 64 · Hinge GAN",
        "Adam (G)",
        "the same as the base",
    ]
    details = [run["detail"] for run in browser_data(spec)["runs"]]
    assert details[2].splitlines()[1] == "Objective: Hinge GAN instead of Non-saturating GAN"
    assert [run["letter"] for run in browser_data(spec)["runs"]] == list("ABCDE")
    assert browser_data(spec)["runs"][1]["link"].startswith("gan_2d?data=ring")


def test_texts_are_texts() -> None:
    for language in ("en", "zh_CN"):
        with use(language):
            assert all(isinstance(text, str) and text for text in texts().values())


def test_fields_that_cannot_be_used_say_why() -> None:
    spec = GanSpec(objective="moment_matching")
    assert why_not(spec, "penalty")
    assert gan_fields.matters(spec, "bandwidth")
    assert not gan_fields.matters(GanSpec(), "bandwidth")


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_ready_made_comparisons_can_be_watched(case: object) -> None:
    check_affordable(case.spec)
    assert is_open(case, case.spec)
    assert is_open(case, case.spec.rebased(seed=5))
    assert not is_open(case, case.spec.rebased(lr_d=0.123))
    assert 2 <= len(case.spec.specs) <= MOST
    assert place.address().repair(case.spec.to_query()) == (case.spec, ())


def test_the_page_opens_with_the_first_of_them() -> None:
    assert next(iter(CASES.values())).spec == CompareSpec()
