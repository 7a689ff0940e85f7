"""The page "From samples" in a real Chromium, with real studies."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import complaints, enter, eventually, field, path, query, state, watch_requests
from tests.conftest import AppServer

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
PAIR = {"p": "normal(0,1)", "q": "normal(1,1)"}
SMALL = {
    "n": "100",
    "redraws": "20",
    "permutations": "100",
    "estimators": "kl_pq_neighbours,mmd2_unbiased,w1_sorted",
}


def opened(page: Page, server: AppServer, **fields: str) -> Page:
    """The page with a study, its first estimates painted."""
    page.goto(f"{server.url}/samples?{urlencode(PAIR | SMALL | fields)}")
    expect(page.get_by_test_id("ganlab-watch")).to_be_visible(timeout=30_000)
    page.get_by_test_id("ganlab-watch").scroll_into_view_if_needed()
    expect(page.get_by_test_id("samples")).to_be_visible(timeout=30_000)
    return page


def finished(page: Page) -> None:
    """Waits until all redraws are done and shown."""
    eventually(lambda: state(page) == "finished", "the study ends", patience=60)
    eventually(lambda: cell(page, "sd", first(page)) != "–", "the table is filled")


def first(page: Page) -> str:
    """The name of an estimator on the page."""
    found = page.locator("[data-testid^=samples-about-]").first.get_attribute("data-testid")
    assert found is not None
    return found.removeprefix("samples-about-")


def cell(page: Page, column: str, name: str) -> str:
    """The text of the table."""
    return page.get_by_test_id(f"samples-{column}-{name}").inner_text()


def number(page: Page, column: str, name: str) -> float:
    """A number of the table, in full."""
    return float(page.get_by_test_id(f"samples-{column}-{name}").get_attribute("data-value") or "nan")


def upload(page: Page, side: str, values: list[float]) -> None:
    """A file with one column becomes one side."""
    field(page, f"upload-{side}").get_by_role("button").click()
    text = "\n".join(map(str, values))
    dialog = page.get_by_role("dialog").filter(has_text=f"{side.upper()} from a file")
    dialog.locator("input[type=file]").set_input_files(
        {"name": f"{side}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    dialog.get_by_role("button", name="Use this data").click()
    eventually(lambda: query(page)[side].startswith('samples("'), "the file in the address")
    expect(page.get_by_role("dialog")).to_have_count(0)


# ---------------------------------------------------------------- estimates


def test_ladder_redraws_test_and_scan_fill_in(page: Page, app_server: AppServer) -> None:
    failed = watch_requests(page)
    opened(page, app_server)
    expect(page.get_by_role("heading", level=1)).to_have_text("From samples")
    finished(page)
    expect(page.get_by_test_id("samples-exact-kl_pq")).to_have_text("exact value 0.50000 nats")
    expect(page.get_by_test_id("samples-exact-w1")).to_have_text("exact value 1.0000")
    assert path(page, "samples-ladder-w1", "w1_sorted").count("M") == 4, "rungs 10, 20, 50, 100"
    assert 0.5 < number(page, "value", "w1_sorted") < 1.5
    assert abs(number(page, "bias", "w1_sorted")) < 4 * number(page, "sd", "w1_sorted")
    assert re.fullmatch(r"(1[5-9]|20)/20 \(\d+\.0 %\)", cell(page, "coverage", "w1_sorted"))
    assert path(page, "samples-spread-w1", "w1_sorted").count("Z") >= 5
    expect(page.get_by_test_id("samples-redrawn-w1")).to_contain_text("20 of 20 redraws")
    expect(page.get_by_test_id("samples-p")).to_have_text(
        re.compile(r"^p = 0\.010: a difference this large would come about by chance in 1 of 101 shuffles\.")
    )
    assert path(page, "samples-scan", "exact").count("L") == 39
    assert path(page, "samples-drawn", "p").count("Z") > 5
    assert complaints(page) == []
    assert failed == []


def test_it_opens_with_its_first_exhibit_and_answers_it(page: Page, app_server: AppServer) -> None:
    page.goto(f"{app_server.url}/samples")
    expect(page.get_by_test_id("samples-target-kl_pq")).to_be_attached(timeout=30_000)
    page.get_by_role("button", name="Show the answer").click()
    expect(page.get_by_text("KL(P‖Q) = 0.5 nats")).to_be_visible()
    page.get_by_role("link", name="Too narrow, too wide").click()
    eventually(lambda: query(page).get("bandwidth") == "0.05", "the exhibit in the address")
    eventually(lambda: "0.0156" in page.get_by_test_id("samples-exact-mmd2").inner_text(), "its exact value")
    assert complaints(page) == []


def test_an_infinite_estimate_is_marked_and_says_why(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, estimators="kl_pq_histogram", n="20", q="normal(3,1)")
    finished_or_infinite = page.get_by_test_id("samples-value-kl_pq_histogram")
    expect(finished_or_infinite).to_have_text("∞", timeout=20_000)
    expect(page.get_by_test_id("samples-remarks-kl_pq")).to_contain_text("cells hold")
    expect(page.get_by_test_id("samples-ladder-kl_pq").get_by_text("∞").first).to_be_visible()


def test_redraw_changes_the_seed_in_the_address_and_the_estimates(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    finished(page)
    before, seed = cell(page, "value", "w1_sorted"), query(page)["seed"]
    page.get_by_test_id("ganlab-new-seed").click()
    eventually(lambda: query(page)["seed"] != seed, "another seed")
    eventually(lambda: cell(page, "value", "w1_sorted") not in (before, "–"), "other estimates")
    expect(page.get_by_test_id("ganlab-seed")).to_have_text(query(page)["seed"])


def test_a_link_shows_the_same_numbers_again(page: Page, new_page: NewPage, app_server: AppServer) -> None:
    opened(page, app_server, seed="7", units="bits", test="energy")
    finished(page)
    seen = {name: number(page, "rmse", name) for name in ("kl_pq_neighbours", "w1_sorted")}
    expect(page.get_by_test_id("samples-exact-kl_pq")).to_have_text("exact value 0.72135 bits")
    other = new_page()
    other.goto(page.url)
    other.get_by_test_id("ganlab-watch").scroll_into_view_if_needed(timeout=30_000)
    expect(other.get_by_test_id("samples")).to_be_visible(timeout=30_000)
    finished(other)
    assert {name: number(other, "rmse", name) for name in seen} == seen
    assert other.get_by_test_id("samples-p").inner_text() == page.get_by_test_id("samples-p").inner_text()


# ---------------------------------------------------------------- controls


def test_unit_test_and_bandwidth_are_chosen_on_the_page(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    finished(page)
    field(page, "units").get_by_text("bits").click()
    expect(page.get_by_test_id("samples-exact-kl_pq")).to_have_text("exact value 0.72135 bits")
    assert state(page) == "finished", "another unit is no other study"
    page.get_by_test_id("samples-test-classifier").check(force=True)
    eventually(lambda: query(page).get("test") == "classifier", "the test in the address")
    expect(page.get_by_test_id("samples-p")).to_contain_text("by guessing", timeout=20_000)
    scan = page.get_by_test_id("samples-scan")
    scan.scroll_into_view_if_needed()
    box = scan.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])
    chosen = float(eventually(lambda: query(page).get("bandwidth"), "the bandwidth in the address"))
    assert 1.5 < chosen < 30
    page.get_by_test_id("samples-bandwidth").focus()
    page.keyboard.press("ArrowLeft")
    eventually(lambda: float(query(page)["bandwidth"]) < chosen, "the arrow key moves it")
    assert float(query(page)["bandwidth"]) == pytest.approx(0.95 * chosen, rel=0.02)
    assert complaints(page) == []


def test_what_cannot_be_read_is_said_and_changes_nothing(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    before = query(page)
    enter(page, "q", "normal(0,")
    expect(page.get_by_test_id("stSidebar").get_by_test_id("stAlert")).to_contain_text("Nothing was changed")
    enter(page, "q", "ring(8)")
    expect(page.get_by_test_id("stSidebar").get_by_test_id("stAlert")).to_contain_text("dimension")
    assert query(page) == before
    enter(page, "q", "normal(2,1)")
    eventually(lambda: query(page)["q"] == "normal(2,1)", "the text in the address")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page.get_by_test_id("samples-exact-kl_pq")).to_have_text("exact value 2.0000 nats", timeout=20_000)


def test_the_plane_has_its_own_estimators(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    field(page, "dim").get_by_text("2-D, the plane").click()
    eventually(lambda: query(page)["p"] == "normal([0,0],1)", "the plane in the address")
    expect(page.get_by_test_id("samples-exact-mmd2")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("samples-target-w1")).to_have_count(0)
    eventually(lambda: path(page, "samples-drawn", "p").count("M") == 100, "a hundred points")
    assert complaints(page) == []


# ---------------------------------------------------------------- files


def test_two_files_are_compared_in_their_units(page: Page, app_server: AppServer) -> None:
    rng = random.Random(1)
    opened(page, app_server)
    upload(page, "p", [1000 + rng.gauss(0, 30) for _ in range(300)])
    upload(page, "q", [1040 + rng.gauss(0, 30) for _ in range(250)])
    expect(page.get_by_test_id("samples-exact-w1")).to_contain_text("a file is known by its points only")
    eventually(
        lambda: 20 < number(page, "value", "w1_sorted") < 60, "the shift between the files", patience=30
    )
    expect(page.get_by_test_id("stSidebar")).to_contain_text("q.csv: 250 points, in the units of the file.")
    finished(page)
    assert cell(page, "bias", "w1_sorted") == "–"
    assert cell(page, "coverage", "w1_sorted") == "–"
    assert complaints(page) == []


# ---------------------------------------------------------------- downloads, languages, sizes


def test_downloads(page: Page, app_server: AppServer, tmp_path: Path) -> None:
    opened(page, app_server)
    finished(page)

    def saved(button: str, name: str) -> Path:
        with page.expect_download() as download:
            part = page.get_by_test_id("samples-target-w1") if button != "samples-download-all" else page
            part.get_by_test_id(button).click()
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
        return tmp_path / name

    with saved("samples-download-all", "samples.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    redraws = [float(row["value"]) for row in rows if row["name"] == "w1_sorted" and row["what"] == "redraw"]
    assert len(redraws) == 20
    bias = next(float(row["value"]) for row in rows if row["name"] == "w1_sorted" and row["what"] == "bias")
    assert sum(redraws) / 20 - 1.0 == pytest.approx(bias, abs=1e-6)
    assert {row["part"] for row in rows} == {"kl_pq", "mmd2", "w1", "test", "bandwidth"}
    assert sum(row["what"] == "null" for row in rows) == 100
    drawing = ElementTree.parse(saved("lab-download-svg", "samples-w1.svg"))
    assert "exact 1.000" in "".join(drawing.getroot().itertext())
    assert saved("lab-download-png", "samples-w1.png").read_bytes().startswith(b"\x89PNG")


def test_a_phone_shows_it_all_and_each_name_explains_itself(new_page: NewPage, app_server: AppServer) -> None:
    phone = new_page(viewport={"width": 420, "height": 900}, has_touch=True)
    opened(phone, app_server)
    finished(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 420
    phone.get_by_test_id("samples-about-w1_sorted").tap()
    expect(phone.get_by_role("tooltip")).to_contain_text("Vallender 1974")


def test_dark_and_chinese(new_page: NewPage, app_server: AppServer) -> None:
    page = new_page(color_scheme="dark", locale="zh-CN")
    opened(page, app_server, lang="zh_CN")
    expect(page.get_by_test_id("samples-about-w1_sorted")).to_have_text("排序")
    expect(page.get_by_test_id("ganlab-play")).to_have_text(re.compile("暂停|重新运行"))
    dark = page.locator("[data-testid=samples-drawn] .lab-ground").get_attribute("fill")
    assert dark == "rgb(20,22,28)"
    assert complaints(page) == []
