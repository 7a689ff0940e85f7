"""The page "Compare" in a real Chromium, with real runs."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import (
    complaints,
    eventually,
    pick,
    query,
    settled,
    shown,
    standing,
    state,
    step,
    watch_requests,
)
from tests.conftest import AppServer

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
SMALL = "data=ring(8,radius=2,std=0.05)&g_hidden=8&d_hidden=8&batch=32&backend=eager&seed=0"
LINE = "data=0.5*normal(-2,0.5)+0.5*normal(2,0.5)&noise_dim=1&g_hidden=8&d_hidden=8&batch=32&backend=eager"
ARMS = "penalty=r1&penalty_weight=1|objective=hinge"
BLOWS_UP = "optimiser_d=momentum&optimiser_g=momentum&lr_d=10&lr_g=10&beta1_d=0.9&beta1_g=0.9"


def opened(page: Page, server: AppServer, base: str = SMALL, arms: str = ARMS) -> Page:
    """The page with a comparison, its runs under way."""
    page.goto(f"{server.url}/compare?{urlencode({'base': base, 'arms': arms})}")
    expect(page.get_by_test_id("cmp-panels")).to_be_visible(timeout=30_000)
    eventually(lambda: step(page) > 5, "some steps")
    return page


def titles(page: Page) -> list[str]:
    return [text.replace("\n", " ") for text in page.locator(".cmp-head").all_inner_texts()]


def part(page: Page, name: str) -> dict[str, str]:
    """What the address says of the base."""
    return dict(parse_qsl(query(page)[name].replace("+", "%2B")))


def value(page: Page, row: str, run: int) -> float:
    """A number of the table, as the server sent it."""
    text = page.get_by_test_id(f"cmp-{row}-{run}").get_attribute("data-value") or "nan"
    return math.inf if text == "Infinity" else float(text)


def place(page: Page) -> int:
    """The step beside the slider."""
    return int(re.sub(r"\D", "", page.get_by_test_id("cmp-at").inner_text().partition(" of ")[0]) or -1)


def at(page: Page, wanted: int) -> None:
    eventually(lambda: place(page) == wanted == step(page), f"all runs at step {wanted}")


def widget(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-compare-{key}")


def add(page: Page, words: str) -> None:
    """Picks something in the list of new runs."""
    pick(widget(page, "add").locator("input"), words, exact=False)


def test_it_opens_with_a_collapse_and_two_changes(page: Page, app_server: AppServer) -> None:
    failed = watch_requests(page)
    page.goto(f"{app_server.url}/compare")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(page.get_by_test_id("cmp-panel-2")).to_be_visible(timeout=30_000)
    assert [title.strip() for title in titles(page)] == ["A the base", "B R1 · Weight λ 1", "C Hinge GAN"]
    eventually(lambda: value(page, "modes", 0) >= 0, "a first reading")
    for row in ("loss_d", "loss_g", "high_quality", "distance", "grad_d", "grad_g", "alone"):
        for run in range(3):
            eventually(lambda row=row, run=run: math.isfinite(value(page, row, run)), f"{row} of run {run}")
    assert shown_text(page, "cmp-high_quality-perfect") == "98.9 %"
    assert 0 < float(shown_text(page, "cmp-distance-perfect")) < 1
    eventually(lambda: page.get_by_test_id("cmp-chart-distance").is_visible(), "a chart")
    assert query(page).keys() == {"base", "arms"}
    assert complaints(page) == []
    assert failed == []


def shown_text(page: Page, testid: str) -> str:
    return page.get_by_test_id(testid).inner_text()


def test_one_clock_and_one_way_back(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    eventually(lambda: step(page) > 60, "some steps")
    page.get_by_test_id("ganlab-play").click()
    latest = standing(page)
    losses = [value(page, "loss_d", run) for run in range(3)]
    page.get_by_test_id("cmp-start").click()
    at(page, 0)
    assert state(page) == "paused"
    page.get_by_test_id("cmp-latest").click()
    at(page, latest)
    eventually(lambda: [value(page, "loss_d", run) for run in range(3)] == losses, "the same losses")
    page.get_by_test_id("cmp-earlier").click()
    eventually(lambda: place(page) < latest, "an earlier step")
    earlier = place(page)
    page.keyboard.press(",")
    eventually(lambda: place(page) < earlier, "an earlier one still")
    page.keyboard.press(".")
    at(page, earlier)
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: step(page) > latest, "on the same course and beyond", patience=60)
    assert complaints(page) == []


def test_the_slider_pauses_while_it_is_dragged(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    eventually(lambda: step(page) > 100, "some steps")
    box = settled(lambda: page.get_by_test_id("cmp-past").bounding_box(), "the slider has its place")
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 8, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], middle, steps=8)
    eventually(
        lambda: state(page) == "paused" and " of " in shown_text(page, "cmp-at"), "an earlier step, held"
    )
    held = settled(lambda: place(page), "the step stands still")
    assert 0 < held < 0.6 * int(re.sub(r"\D", "", shown_text(page, "cmp-at").partition(" of ")[2]))
    page.mouse.up()
    eventually(lambda: state(page) == "running" and step(page) > held, "it plays on from there")


def test_keys_take_single_steps_of_all(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    page.keyboard.press(" ")
    begun = standing(page)
    page.keyboard.press("ArrowRight")
    at(page, begun + 1)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    at(page, begun + 2)
    page.get_by_test_id("ganlab-slow").check()
    page.get_by_test_id("ganlab-play").click()
    expect(page.get_by_test_id("ganlab-caption")).to_have_attribute("data-phase", re.compile("d|g"))


def test_a_run_is_added_catches_up_and_goes_again(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    eventually(lambda: step(page) > 100, "some steps")
    page.get_by_test_id("ganlab-play").click()
    begun = standing(page)
    add(page, "PacGAN, packs of 2")
    expect(page.get_by_test_id("cmp-panel-3")).to_be_visible()
    assert query(page)["arms"] == ARMS + "|pack=2"
    expect(page.get_by_test_id("cmp-over-3")).to_be_hidden()
    eventually(lambda: math.isfinite(value(page, "loss_d", 3)), "its losses")
    assert step(page) == begun, "the others waited where they were"
    page.get_by_test_id("cmp-remove-2").click()
    eventually(lambda: len(titles(page)) == 3, "one run less")
    assert query(page)["arms"] == "penalty=r1&penalty_weight=1|pack=2"
    at(page, begun)
    assert complaints(page) == []


def test_what_a_run_changes_is_changed_in_the_sidebar(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    eventually(lambda: step(page) > 50, "some steps")
    widget(page, "arm1").locator("summary").click()
    widget(page, "run1-penalty_weight").get_by_role("slider").press("ArrowRight")
    eventually(lambda: "penalty_weight=2" in query(page)["arms"], "the weight is in the address")
    eventually(lambda: "Weight λ 2" in titles(page)[1], "and in the header")
    assert step(page) > 50, "a weight changes while the runs go on"
    pick(widget(page, "run1-more").locator("input"), "Batch")
    eventually(lambda: "batch=" in query(page)["arms"], "another field is in the address")
    eventually(lambda: "Batch" in titles(page)[1], "and in the header")
    widget(page, "run1-penalty-away").get_by_role("button").click()
    eventually(lambda: "penalty=r1" not in query(page)["arms"], "the penalty is as in the base again")
    expect(page.get_by_test_id("cmp-over-1")).to_be_hidden()
    assert complaints(page) == []


def test_the_base_changes_for_all(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    eventually(lambda: step(page) > 50, "some steps")
    before = step(page)
    page.get_by_test_id("stSidebar").get_by_text("Pace of learning", exact=True).click()
    widget(page, "run0-lr_d").get_by_role("slider").press("ArrowRight")
    eventually(lambda: part(page, "base").get("lr_d") == "0.002", "the rate is in the address")
    eventually(lambda: step(page) > before, "the runs go on")
    page.get_by_test_id("ganlab-new-seed").click()
    eventually(lambda: part(page, "base")["seed"] != "0", "another seed is in the address")
    seed = part(page, "base")["seed"]
    expect(page.get_by_test_id("ganlab-seed")).to_have_text(seed)
    page.reload()
    expect(page.get_by_test_id("ganlab-seed")).to_have_text(seed, timeout=30_000)


def test_what_cannot_be_tried_is_said_and_changes_nothing(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, arms="objective=moment_matching")
    widget(page, "arm1").locator("summary").click()
    pick(widget(page, "run1-more").locator("input"), "Penalty on D")
    expect(page.get_by_text("That cannot be done, and nothing was changed")).to_be_visible()
    expect(page.get_by_text("this objective has no discriminator").first).to_be_visible()
    assert query(page)["arms"] == "objective=moment_matching"


def test_one_that_diverges_leaves_the_others(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, arms=f"{BLOWS_UP}|objective=hinge")
    expect(page.get_by_test_id("cmp-over-1")).to_contain_text("the others go on", timeout=60_000)
    before = step(page)
    eventually(lambda: step(page) > before + 20, "the others go on")
    expect(page.get_by_test_id("cmp-panel-1")).to_have_attribute("data-state", "diverged")
    assert page.get_by_test_id("cmp-panel-2").get_attribute("data-state") == "running"


def test_links_that_are_wrong_are_put_right(page: Page, app_server: AppServer) -> None:
    arms = "|".join(["penalty=r9", "objective=hinge", "??", *(f"lr_g={k / 1000}" for k in range(1, 7))])
    opened(page, app_server, base=SMALL + "&lr_d=fast", arms=arms)
    expect(page.get_by_text("Part of this link could not be used")).to_be_visible()
    for words in (
        "Run B, Penalty on D",
        "Learning rate of D",
        "what a run changes is written as",
        "1 to 5 are",
    ):
        expect(page.get_by_test_id("stAlert").first).to_contain_text(words)
    assert len(titles(page)) == 6
    assert "lr_d" not in part(page, "base")
    page.goto(f"{app_server.url}/compare?{SMALL}&objective=hinge")
    eventually(lambda: "base" in query(page), "a GAN of another page is the base")
    assert part(page, "base")["objective"] == "hinge"


def test_on_the_line(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, base=LINE, arms="penalty=wgan_gp&penalty_weight=1")
    expect(page.get_by_test_id("ganlab-layer-curves")).to_be_checked()
    eventually(lambda: 0 < value(page, "js", 0) < math.log(2), "JS of the base")
    expect(page.get_by_test_id("cmp-chart-js")).to_be_visible()
    assert page.get_by_test_id("ganlab-layer-field").count() == 0
    page.get_by_test_id("ganlab-layer-map").check()
    assert complaints(page) == []


def test_a_click_on_a_chart_goes_to_that_step(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    eventually(lambda: step(page) > 200, "some steps")
    page.get_by_test_id("ganlab-play").click()
    latest = standing(page)
    chart = page.get_by_test_id("cmp-chart-grad_g").locator("svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": 0.55 * box["width"], "y": 0.5 * box["height"]})
    eventually(lambda: 0.2 * latest < place(page) < 0.8 * latest, "a step in the middle")


def test_the_table_as_csv(page: Page, app_server: AppServer, tmp_path: Path) -> None:
    opened(page, app_server)
    eventually(lambda: math.isfinite(value(page, "distance", 2)), "readings")
    page.get_by_test_id("ganlab-play").click()
    standing(page)
    with page.expect_download() as download:
        page.get_by_test_id("lab-download-csv").click()
    download.value.save_as(tmp_path / "compare.csv")
    rows = {
        row[0]: row[1:] for row in csv.reader((tmp_path / "compare.csv").read_text("utf-8-sig").splitlines())
    }
    assert rows["Reading"] == ["A: the base", "B: R1 · Weight λ 1", "C: Hinge GAN", "perfect"]
    assert rows["what it changes"] == ["", *ARMS.split("|"), ""]
    assert set(rows["step"][:3]) == {str(step(page))}
    assert rows["seed"][:3] == ["0"] * 3
    assert [float(number) for number in rows["D loss"][:3]] == [
        value(page, "loss_d", run) for run in range(3)
    ]
    assert float(rows["High quality"][3]) == pytest.approx(0.98889, abs=1e-5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_column_on_a_phone(new_page: NewPage, app_server: AppServer, scheme: str) -> None:
    page = new_page(viewport={"width": 420, "height": 900}, color_scheme=scheme, has_touch=True)
    opened(page, app_server)
    boxes = [page.get_by_test_id(f"cmp-panel-{run}").bounding_box() for run in range(3)]
    lefts = {round(box["x"]) for box in boxes if box}
    tops = [box["y"] for box in boxes if box]
    assert len(lefts) == 1
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints(page) == []


def test_panels_stand_beside_each_other_where_there_is_room(new_page: NewPage, app_server: AppServer) -> None:
    page = opened(new_page(viewport={"width": 1400, "height": 1000}), app_server)
    boxes = [page.get_by_test_id(f"cmp-panel-{run}").bounding_box() for run in range(3)]
    assert len({round(box["y"]) for box in boxes if box}) == 1
    assert len({round(box["x"]) for box in boxes if box}) == 3
    canvas = page.get_by_test_id("cmp-panel-1").get_by_test_id("ganlab-stage")
    painted = json.loads(
        canvas.evaluate(
            """node => {
                const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
                const colours = new Set();
                for (let k = 0; k < data.length; k += 4) colours.add(`${data[k]},${data[k + 1]},${data[k + 2]}`);
                return JSON.stringify([colours.has("0,114,178"), colours.has("213,94,0")]);
            }"""
        )
    )
    assert painted == [True, True], "real and generated samples in their colours"
    assert shown(page, "seed") == "0"
