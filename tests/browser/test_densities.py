"""The page "Two densities" in a real Chromium: dragging, typing, links, languages, downloads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from ganlab.distributions import FAMILIES, parse
from ganlab.divergences import compare
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.registry import DIVERGENCES
from ganlab.ui.lab.handles import handles_of, line_families
from ganlab.ui.live import assets
from tests.browser.lab_steps import (
    CHINESE,
    PHONE,
    agrees,
    another,
    blank,
    drag,
    drag_by_finger,
    filled,
    link,
    open_lab,
    put,
    saved,
    value,
    wider_than_the_screen,
)
from tests.browser.steps import complaints, eventually, query, watch_requests
from tests.conftest import AppServer

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
PLAIN = {"p": "normal(0,1)", "q": "normal(2,1)", "show": "kl_pq,js,w1"}


def opened(page: Page, server: AppServer, **fields: str) -> Page:
    """The page with a state, its first answer painted."""
    return open_lab(page, f"{server.url}/densities?{urlencode(PLAIN | fields)}")


# ---------------------------------------------------------------- dragging


def test_dragging_changes_the_values_at_once_and_the_address_on_release(
    page: Page, app_server: AppServer
) -> None:
    failed = watch_requests(page)
    opened(page, app_server)
    before, address = value(page, "kl_pq"), link(page)
    assert before == pytest.approx(2)
    drag(page, "q0-centre", 60, release=False)
    eventually(lambda: value(page, "kl_pq") > before + 0.1, "the value follows")
    assert link(page) == address
    page.mouse.up()
    moved = parse(another(page, "q", "normal(2,1)"))
    assert moved.std == 1
    assert moved.mean > 2.3
    assert value(page, "kl_pq") == pytest.approx(moved.mean**2 / 2, rel=1e-9)
    assert agrees(page, ["kl_pq", "js", "w1"])
    assert page.get_by_test_id("lab-mean-q0").input_value() == f"{moved.mean:.10g}"
    assert page.get_by_test_id("lab-text-q").input_value() == query(page)["q"]
    assert complaints(page) == []
    assert failed == []


def test_the_small_handle_changes_the_width(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    drag(page, "p0-edge", 40)
    wide = parse(another(page, "p", "normal(0,1)"))
    assert wide.mean == 0
    assert wide.std > 1.2
    eventually(lambda: agrees(page, ["kl_pq", "js", "w1"]), "the values")


def test_up_and_down_is_the_weight(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, p="0.5*normal(-2,0.5)+0.5*normal(2,0.5)")
    drag(page, "p0-centre", 0, -60)
    eventually(lambda: not query(page)["p"].startswith("0.5*"), "another weight")
    mixture = parse(query(page)["p"])
    assert mixture.weights[0] > 0.55
    assert sum(mixture.weights) == pytest.approx(1)
    assert [part.mean for part in mixture.components] == [-2, 2], "a straight drag up moves nothing sideways"
    eventually(lambda: agrees(page, ["kl_pq", "js", "w1"]), "the values")


def test_arrow_keys_do_what_dragging_does(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    handle = page.get_by_test_id("lab-handle-q0-centre")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowRight")
    eventually(lambda: parse(query(page)["q"]).mean > 2, "the address after the keys rest")
    assert complaints(page) == []


def test_undo_redo_swap_and_reset(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    drag(page, "q0-centre", 50)
    moved = another(page, "q", "normal(2,1)")
    page.keyboard.press("Control+z")
    eventually(lambda: query(page)["q"] == "normal(2,1)", "undone")
    page.keyboard.press("Control+Shift+z")
    eventually(lambda: query(page)["q"] == moved, "made again")
    page.get_by_test_id("lab-swap").click()
    eventually(lambda: query(page)["p"] == moved and query(page)["q"] == "normal(0,1)", "swapped")
    page.get_by_test_id("lab-reset").click()
    eventually(lambda: query(page)["p"] == "normal(0,1)" and query(page)["q"] == "normal(2,1)", "reset")
    page.get_by_test_id("lab-undo").click()
    eventually(lambda: query(page)["p"] == moved, "undone by the button")


def test_a_tab_closed_in_the_middle_of_a_drag_harms_nobody(new_page: NewPage, app_server: AppServer) -> None:
    page = opened(new_page(), app_server)
    drag(page, "q0-centre", 60, release=False)
    page.close()
    other = opened(new_page(), app_server)
    assert value(other, "kl_pq") == pytest.approx(2)
    assert "Traceback" not in app_server.log


def test_slow_rows_may_wait_while_dragging_and_follow_at_rest(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, p="0.5*laplace(-1,1)+0.5*uniform(1,2)", show="kl_qp,w2,mmd2", bandwidth="0.7")
    names = ["kl_qp", "w2", "mmd2"]
    eventually(lambda: agrees(page, names), "all rows, the slow ones a little later")
    before = value(page, "kl_qp")
    drag(page, "q0-centre", 40, release=False)
    eventually(lambda: value(page, "kl_qp") != before, "the quick row follows")
    page.mouse.up()
    another(page, "q", "normal(2,1)")
    eventually(lambda: page.locator("tr.lab-stale").count() == 0, "all rows again")
    bandwidth = float(query(page)["bandwidth"])
    found = compare(query(page)["p"], query(page)["q"], names, bandwidth=bandwidth)
    for name in names:
        assert value(page, name) == pytest.approx(found[name].value, rel=1e-9, abs=1e-12)
    assert complaints(page) == []


# ---------------------------------------------------------------- typing


def test_numbers_typed_are_the_same_as_dragged(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    box = page.get_by_test_id("lab-std-q0")
    box.fill("2")
    eventually(lambda: agrees_with(page, "normal(0,1)", "normal(2,2)"), "the values while typing")
    box.press("Enter")
    eventually(lambda: query(page)["q"] == "normal(2,2)", "the address")


def agrees_with(page: Page, p: str, q: str) -> bool:
    return value(page, "kl_pq") == pytest.approx(compare(p, q, ["kl_pq"])["kl_pq"].value, rel=1e-9)


def test_nonsense_in_a_number_box_says_what_is_allowed_and_loses_nothing(
    page: Page, app_server: AppServer
) -> None:
    opened(page, app_server)
    address = link(page)
    box = put(page, "std-p0", "wide")
    expect(page.get_by_test_id("lab-side-p")).to_contain_text("a number from 0.0001 to 1000 is needed")
    assert box.input_value() == "wide"
    box.fill("-1")
    expect(page.get_by_test_id("lab-side-p")).to_contain_text("a number from 0.0001 to 1000 is needed")
    assert value(page, "kl_pq") == pytest.approx(2)
    assert link(page) == address
    box.press("Escape")
    assert box.input_value() == "1"
    assert complaints(page) == []


def test_the_text_form_marks_the_place_of_a_mistake(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    address = link(page)
    text = page.get_by_test_id("lab-text-p")
    text.fill("0.3*normal(-2,0.5)+0.7*nomal(1.5,0.8)")
    wrong = page.get_by_test_id("lab-wrong-p")
    expect(wrong).to_contain_text("did you mean normal?", ignore_case=True)
    expect(wrong).to_contain_text("Position 24.")
    expect(wrong.locator("mark")).to_have_text("n")
    text.press("Enter")
    assert link(page) == address
    assert value(page, "kl_pq") == pytest.approx(2)
    text.fill("0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)")
    text.press("Enter")
    eventually(lambda: query(page)["p"] == "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", "the address")
    expect(wrong).to_be_hidden()
    expect(page.get_by_test_id("lab-handle-p1-centre")).to_be_visible()
    assert complaints(page) == []


def test_ends_in_the_wrong_order_are_explained(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, p="uniform(0,1)")
    put(page, "low-p0", "5")
    expect(page.get_by_test_id("lab-wrong-p")).to_contain_text("above low")
    put(page, "high-p0", "6")
    expect(page.get_by_test_id("lab-wrong-p")).to_be_hidden()
    eventually(lambda: query(page)["p"] == "uniform(5,6)", "the address")


def test_components_come_and_go_and_change_family(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    page.get_by_test_id("lab-add-q").click()
    eventually(lambda: query(page)["q"].count("normal(") == 2, "two components")
    page.get_by_test_id("lab-family-q1").select_option("laplace")
    eventually(lambda: "laplace(" in query(page)["q"], "another family")
    put(page, "weight-q1", "0.2")
    eventually(lambda: parse(query(page)["q"]).weights == (0.8, 0.2), "its weight")
    page.get_by_test_id("lab-remove-q0").click()
    eventually(lambda: query(page)["q"].startswith("laplace("), "the other is left")
    eventually(lambda: agrees(page, ["kl_pq", "js", "w1"]), "the values")


# ---------------------------------------------------------------- links, exhibits, languages


def test_a_link_brings_everything_back(page: Page, new_page: NewPage, app_server: AppServer) -> None:
    opened(
        page,
        app_server,
        units="bits",
        scale="log",
        dstar="True",
        integrand="tv",
        bandwidth="0.5",
        show="js,tv,mmd2",
    )
    drag(page, "q0-centre", 30)
    another(page, "q", "normal(2,1)")
    page.wait_for_timeout(300)
    other = open_lab(new_page(), f"{app_server.url}/densities{link(page)}")
    assert query(other) == query(page)
    for name in ("js", "tv", "mmd2"):
        assert value(other, name) == value(page, name)
    expect(other.get_by_test_id("lab-units-bits")).to_be_checked()
    expect(other.get_by_test_id("lab-scale-log")).to_be_checked()
    expect(other.get_by_test_id("lab-dstar")).to_be_visible()
    assert complaints(other) == []


def test_what_is_wrong_in_a_link_is_named_and_the_rest_kept(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, p="ring(8)", alpha="many", units="bits")
    warning = page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("this has dimension 2")
    expect(warning).to_contain_text("a number is needed")
    assert query(page)["units"] == "bits"
    assert query(page)["q"] == "normal(2,1)"
    assert complaints(page) == []


def test_an_exhibit_asks_and_answers_and_stays_while_it_is_explored(
    page: Page, app_server: AppServer
) -> None:
    opened(page, app_server)
    page.get_by_role("link", name="JS saturates, W does not").click()
    eventually(lambda: query(page)["q"] == "uniform(0.5,1.5)", "the exhibit's address")
    eventually(lambda: value(page, "js") == pytest.approx(0.34657359, abs=1e-8), "its value")
    panel = page.locator(".st-key-exhibit-saturates")
    expect(panel).to_contain_text("Drag Q to the right")
    expect(panel).not_to_contain_text("0.3466")
    page.get_by_role("button", name="Show the answer").click()
    expect(panel).to_contain_text("JS = 0.3466 nats")
    expect(page.get_by_test_id("lab-value-kl_pq")).to_contain_text("∞")
    expect(page.get_by_test_id("lab-reason-kl_pq")).to_contain_text("no mass")
    drag(page, "q0-centre", 300)
    eventually(lambda: value(page, "js") == pytest.approx(0.69314718, abs=1e-8), "no overlap is left")
    eventually(lambda: value(page, "w1") > 1, "W1 grows on")
    expect(panel).to_contain_text("Back to the exhibit")
    page.go_back()
    eventually(lambda: query(page)["q"] == "uniform(0.5,1.5)", "the exhibit again")
    eventually(lambda: value(page, "w1") == pytest.approx(0.5), "and its value")
    assert complaints(page) == []


def test_bits_are_nats_over_ln_2(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    nats = value(page, "js")
    page.get_by_test_id("lab-units-bits").check()
    eventually(lambda: value(page, "js") == pytest.approx(nats / 0.6931471805599453, rel=1e-12), "bits")
    assert value(page, "w1") == pytest.approx(2)
    eventually(lambda: query(page).get("units") == "bits", "the address")


def test_js_is_built_in_four_steps(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    page.get_by_test_id("lab-build-js").click()
    shown = page.get_by_test_id("lab-steps").locator("b")
    expect(shown).to_have_text("1. Two densities")
    for title in ("2. The mixture", "3. KL(P‖M)", "4. Their mean"):
        page.get_by_test_id("lab-step-next").click()
        expect(shown).to_contain_text(title)
    expect(page.get_by_test_id("lab-step-text")).to_contain_text("0.3368 nats")
    eventually(lambda: query(page).get("steps") == "4", "the address")


def test_the_language_can_be_changed_and_the_state_stays(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, q="normal(1,2)")
    page.get_by_test_id("stSidebar").get_by_text("简体中文").click()
    eventually(lambda: query(page).get("lang") == "zh_CN", "the language in the address")
    filled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(CHINESE)
    expect(page.get_by_test_id("lab-swap")).to_have_text(CHINESE)
    assert query(page)["q"] == "normal(1,2)"
    page.get_by_test_id("lab-text-q").fill("ring(8)")
    expect(page.get_by_test_id("lab-wrong-q")).to_have_text(CHINESE)
    assert complaints(page) == []


# ---------------------------------------------------------------- downloads


def test_downloads_agree_with_the_table(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, q="uniform(0.5,1.5)", show="kl_pq,kl_qp,js", p="uniform(0,1)")
    rows = list(csv.DictReader(io.StringIO(saved(page, "csv", "two-densities").read_text("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["kl_pq", "kl_qp", "js"]
    assert [row["value"] for row in rows][:2] == ["inf", "inf"]
    assert "no mass" in rows[0]["reason"]
    assert float(rows[2]["value"]) == value(page, "js")
    assert {row["p"] for row in rows} == {"uniform(0,1)"}
    root = ElementTree.fromstring(saved(page, "svg", "two-densities").read_text())
    assert "uniform(0.5,1.5)" in "".join(root.itertext())
    assert saved(page, "png", "two-densities").read_bytes().startswith(b"\x89PNG")
    assert complaints(page) == []


# ---------------------------------------------------------------- phones


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_whole_width(new_page: NewPage, app_server: AppServer, scheme: str) -> None:
    page = new_page(**PHONE, color_scheme=scheme)
    opened(page, app_server, p="0.3*normal(-2,0.5)+0.7*triangular(0,1,2)", show=",".join(names_of_the_line()))
    assert wider_than_the_screen(page) == []
    chart = page.get_by_test_id("lab-densities").bounding_box()
    assert chart is not None
    assert chart["width"] > 340
    assert complaints(page) == []


def names_of_the_line() -> list[str]:
    return [name for name, row in DIVERGENCES.items() if 1 in row.dims]


def test_a_finger_drags(new_page: NewPage, app_server: AppServer) -> None:
    page = new_page(**PHONE)
    opened(page, app_server)
    page.get_by_test_id("lab-densities").scroll_into_view_if_needed()
    drag_by_finger(page, "q0-centre", beside=(14, 14), step=5)  # within 20 px of the mark
    eventually(lambda: parse(query(page)["q"]).mean > 2.3, "the address")


# ---------------------------------------------------------------- the modules


@pytest.fixture
def modules(new_page: NewPage, app_server: AppServer) -> Page:
    return blank(new_page(), app_server)


def test_handles_move_and_widen_what_they_say(modules: Page) -> None:
    """The referee is the quantile function: a shift moves quantiles by d, a width stretches them about the anchor."""
    from ganlab.ui.lab.handles import described

    u = [0.05, 0.3, 0.5, 0.8, 0.95]
    for family in line_families():
        rules = handles_of(family)
        assert rules is not None
        before = FAMILIES[family.key].build(**{row.name: row.default for row in family.parameters})
        texts = modules.evaluate(
            """async ([at, rows, key]) => {
            const { Families } = await import(`${at}/families.js`);
            const families = new Families(rows);
            const one = families.fresh(key, 1), centre = families.centre(one), edge = families.edge(one);
            const wide = centre + 2 * (edge - centre);
            return { centre, edge, text: families.text([one]),
                     moved: families.text([families.moved(one, centre + 0.5)]),
                     wide: families.text([families.widened(one, wide)]) }; }""",
            [assets.address(), described(), family.key],
        )
        assert texts["text"] == str(before)
        moved, wide = parse(texts["moved"]), parse(texts["wide"])
        if rules.log:
            factor = (texts["centre"] + 0.5) / texts["centre"]
            assert moved.quantile(u) == pytest.approx(factor * before.quantile(u), rel=1e-6)
            continue
        assert moved.quantile(u) == pytest.approx(before.quantile(u) + 0.5, rel=1e-9)
        ends = before.quantile([0.0, 1.0])
        anchor = ends.mean() if rules.kind == "ends" else texts["centre"]
        factor = (anchor + (2 * (texts["edge"] - texts["centre"]) - (anchor - texts["centre"])) - anchor) / (
            texts["edge"] - anchor
        )
        assert wide.quantile(u) == pytest.approx(
            anchor + factor * (before.quantile(u) - anchor), rel=1e-6, abs=1e-6
        )


def test_every_formula_of_the_registries_is_understood(modules: Page) -> None:
    texts = [text for row in DIVERGENCES.values() for text in (row.symbol, row.formula)]
    texts += [row.formula for row in KERNELS.values()]
    found = modules.evaluate(
        """async ([at, texts]) => {
        const { formula, unknown } = await import(`${at}/formula.js`);
        const shown = texts.map((text) => formula(text).textContent);
        return { unknown: [...unknown], empty: shown.filter((text) => !text.trim()),
                 raw: shown.filter((text) => text.includes("\\\\")) }; }""",
        [assets.address(), texts],
    )
    assert found == {"unknown": [], "empty": [], "raw": []}


def test_weights_always_sum_to_one(modules: Page) -> None:
    sums = modules.evaluate(
        """async (at) => {
        const { added, removed, reweighted } = await import(`${at}/families.js`);
        let parts = [{ weight: 1 }];
        const sums = [];
        const note = () => {
          const weights = parts.map(({ weight }) => weight);
          sums.push([weights.reduce((sum, weight) => sum + weight, 0), Math.min(...weights)]);
        };
        for (let k = 0; k < 6; k += 1) parts = added(parts, {});
        for (const w of [0.37, 0.005, 0.999, -3, 0.2, 1 / 3]) {
          parts = reweighted(parts, 2, w);
          note();
        }
        while (parts.length > 1) {
          parts = removed(parts, 0);
          note();
        }
        return sums; }""",
        assets.address(),
    )
    for total, least in sums:
        assert total == pytest.approx(1, abs=1e-12)
        assert least > 0
