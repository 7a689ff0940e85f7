"""The page "Fit Q to P" in a real Chromium, with real fits."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    choose,
    complaints,
    enter,
    eventually,
    field,
    path,
    query,
    state,
    step,
    watch_requests,
)
from tests.conftest import AppServer

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
TWO_MODES = "0.5*normal(-3,0.5)+0.5*normal(3,0.5)"


def opened(page: Page, server: AppServer, **fields: str) -> Page:
    """The page with a fit, its first frame painted."""
    page.goto(f"{server.url}/fit" + (f"?{urlencode({'p': TWO_MODES} | fields)}" if fields else ""))
    expect(page.get_by_test_id("fit-densities")).to_be_visible(timeout=30_000)
    return page


def quickly(page: Page) -> None:
    """At full speed until the fit is over."""
    page.get_by_test_id("ganlab-speed").press("End")
    eventually(lambda: state(page) == "finished", "the fit ends", patience=60)


def value(page: Page, key: str) -> float:
    """A number of the tables, as the server sent it."""
    cell = page.get_by_test_id(f"fit-{key}")
    return float(cell.get_attribute("data-value") or "nan") if cell.count() else math.nan


def test_it_opens_with_covering_and_seeking_and_ends_with_the_numbers(
    page: Page, app_server: AppServer
) -> None:
    failed = watch_requests(page)
    opened(page, app_server)
    expect(page.get_by_role("heading", level=1)).to_have_text("Fit Q to P")
    quickly(page)
    eventually(lambda: abs(value(page, "value-kl_pq") - 1.11231) < 1e-4, "forward KL at 1.1123")
    assert abs(value(page, "mean")) < 1e-3
    assert value(page, "std") == pytest.approx(3.0414, abs=1e-3)
    assert abs(value(page, "mean-beside")) == pytest.approx(3, abs=1e-3)
    assert value(page, "std-beside") == pytest.approx(0.5, abs=1e-3)
    eventually(lambda: abs(value(page, "value-kl_qp-beside") - math.log(2)) < 1e-4, "reverse KL at ln 2")
    assert value(page, "value-kl_pq-beside") > 30
    expect(page.get_by_test_id("fit-value-kl_qp-beside")).to_have_attribute("data-own", "true")
    page.get_by_role("button", name="Show the answer").click()
    expect(page.get_by_text("KL(P‖Q) = 1.112 nats")).to_be_visible()
    assert complaints(page) == []
    assert failed == []


def test_landscapes_have_paths_and_take_new_starts(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, objective="js", beside="w2", starts="3")
    for name in ("fit", "beside"):
        land = page.get_by_test_id(f"fit-landscape-{name}")
        expect(land.locator("image")).to_have_attribute("href", re.compile("^data:image/png"), timeout=20_000)
        eventually(lambda name=name: path(page, f"fit-landscape-{name}", "path").count("L") > 3, "a path")
    land = page.get_by_test_id("fit-landscape-fit").locator("svg")
    box = land.bounding_box()
    assert box is not None
    land.click(position={"x": box["width"] * 0.7, "y": box["height"] * 0.5})
    eventually(lambda: "begin" in query(page), "the start is in the address")
    mean, std = (float(part) for part in query(page)["begin"].split(","))
    assert -1 < mean < 6
    assert 0.2 < std < 6
    expect(page.get_by_test_id("fit-stopped")).to_have_text("0 of 4", timeout=20_000)
    page.get_by_role("button", name="Remove them").click()
    eventually(lambda: "begin" not in query(page), "the start is gone")
    expect(page.get_by_test_id("fit-stopped")).to_have_text("0 of 3", timeout=20_000)
    assert complaints(page) == []


def test_widgets_write_the_address_and_follow_it(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, objective="tv", starts="2", steps="0", lr="0.001")
    choose(page, "objective", "Hellinger²")
    eventually(lambda: query(page).get("objective") == "hellinger2", "the objective is in the address")
    expect(page.get_by_test_id("fit-exact").locator("thead")).to_contain_text("Hellinger²", timeout=20_000)
    enter(page, "p", "laplace(1,2)")
    eventually(lambda: query(page).get("p") == "laplace(1,2)", "P is in the address")
    page.reload()
    expect(page.get_by_test_id("fit-densities")).to_be_visible(timeout=30_000)
    assert query(page)["objective"] == "hellinger2"
    assert complaints(page) == []


def test_the_learning_rate_changes_while_the_fit_goes_on(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, objective="mmd2", optimiser="sgd", lr="0.0001", steps="0", starts="2")
    eventually(lambda: step(page) > 60, "some steps")
    before = step(page)
    field(page, "lr").get_by_role("slider").press("ArrowRight")
    eventually(lambda: query(page).get("lr") == "0.0002", "the rate is in the address")
    steps = [step(page)]
    eventually(lambda: steps.append(step(page)) or steps[-1] > steps[0] + 20, "the fit goes on")
    assert min(steps) >= before, "the same fit"


def test_what_cannot_be_fitted_is_said_and_changes_nothing(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, objective="kl_pq", starts="2")
    enter(page, "p", "cauchy(0,1)")
    expect(page.get_by_text("Nothing was changed").first).to_be_visible(timeout=20_000)
    assert query(page)["p"] == TWO_MODES
    page.goto(f"{app_server.url}/fit?p=uniform(0,1)&objective=kl_qp")
    expect(page.get_by_text("Part of this link could not be used").first).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("fit-densities")).to_be_visible(timeout=30_000)


def test_a_start_where_the_objective_is_infinite_is_counted(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, objective="chi2_pq", begin="0,0.3", starts="2")
    expect(page.get_by_test_id("fit-stopped")).to_have_text("1 of 3", timeout=20_000)
    page.get_by_test_id("ganlab-speed").press("End")
    eventually(lambda: abs(value(page, "std") - 3.0613) < 2e-3, "the others go on", patience=60)


def test_generators_beside_their_adversarial_twins(page: Page, app_server: AppServer) -> None:
    fields = {"model": "generator", "objective": "js", "adversarial": "True", "lr": "0.01", "starts": "2"}
    opened(page, app_server, **fields)
    expect(page.get_by_test_id("fit-js-course")).to_be_visible()
    expect(page.get_by_test_id("fit-landscape-fit")).to_be_hidden()
    page.get_by_test_id("ganlab-speed").press("End")
    eventually(lambda: 0 < value(page, "value-js") < 0.08, "JS falls without a discriminator", patience=60)
    assert 0 < value(page, "value-js-twin") < math.log(2)
    eventually(lambda: path(page, "fit-js-course", "twin").count("L") > 1, "the twin's course")
    assert complaints(page) == []


def test_the_model_can_be_changed_back_and_forth(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, objective="chi2_pq", starts="2")
    field(page, "model").get_by_text("Generator").click()
    eventually(lambda: query(page).get("model") == "generator", "a generator")
    assert query(page)["objective"] == "js", "χ² is not for generators"
    expect(page.get_by_test_id("fit-js-course")).to_be_visible(timeout=30_000)
    field(page, "model").get_by_text("Gaussians").click()
    eventually(lambda: "model" not in query(page), "Gaussians again")
    expect(page.get_by_test_id("fit-landscape-fit")).to_be_visible(timeout=30_000)
    assert complaints(page) == []


def test_downloads_hold_what_is_seen(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, objective="kl_pq", beside="kl_qp", starts="3")
    quickly(page)
    eventually(lambda: value(page, "value-kl_pq") > 0, "a reading")

    def save(kind: str) -> Path:
        with page.expect_download() as download:
            page.get_by_test_id(f"lab-download-{kind}").click()
        return Path(download.value.path())

    rows = list(csv.DictReader(save("csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["group"], row["start"]) for row in rows] == [
        (group, str(start)) for group in ("fit", "beside") for start in range(3)
    ]
    assert all(float(row["kl_pq"]) == pytest.approx(1.11231, abs=1e-4) for row in rows[:3])
    assert float(rows[0]["std"]) == pytest.approx(3.0414, abs=1e-3)
    root = ElementTree.fromstring(save("svg").read_text())
    assert root.tag.endswith("svg")
    assert len(list(root.iter("{http://www.w3.org/2000/svg}image"))) == 2, "both landscapes are in it"
    assert save("png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_all_without_scrolling_sideways(
    new_page: NewPage, app_server: AppServer, scheme: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    opened(page, app_server, objective="kl_pq", beside="kl_qp", starts="4")
    expect(page.get_by_test_id("fit-exact")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    sections = page.get_by_test_id("fit").locator("section:visible")
    assert all(sections.evaluate_all("nodes => nodes.map(n => n.scrollWidth <= n.clientWidth + 1)"))
    dark = page.get_by_test_id("fit").get_attribute("data-dark")
    assert dark == str(scheme == "dark").lower()
    assert complaints(page) == []
