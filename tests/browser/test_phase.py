"""The page "Phase diagram" in a real browser: the map fills in, time goes back, GANs open on the stage."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from ganlab.trials import METRICS, Trial, store
from ganlab.trials.metrics import summary
from ganlab.trials.spec import SweepSpec
from tests.browser.lab_steps import CHINESE
from tests.browser.steps import complaints, eventually, query, state, step, watch_requests
from tests.conftest import AppServer

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]

BASE = "data=ring(8)&g_hidden=8&d_hidden=8&batch=32&seed=3&backend=eager"
SMALL = SweepSpec(base=BASE, x="lr_g=0.001:0.1:3:log", y="lr_d=0.001:0.1:2:log", steps=120, moments=8)
LONG = SMALL.changed(steps=40_000, moments=40)


def forget(spec: SweepSpec) -> None:
    """As if nobody had trained this map on this machine."""
    cells = [cell.spec for cell in spec.cells if cell.spec]
    name = store.identify(cells, spec.chosen_seeds, spec.steps, spec.moments)
    (store.folder() / f"{name}.safetensors").unlink(missing_ok=True)


def opened(page: Page, server: AppServer, spec: SweepSpec, **more: str) -> Page:
    page.goto(f"{server.url}/phase?{urlencode(spec.to_query() | more)}")
    expect(page.get_by_test_id("phase-map")).to_be_visible(timeout=40_000)
    return page


def finished(page: Page) -> Page:
    eventually(lambda: state(page) == "finished", "the map is finished", 60)
    return page


def at(page: Page, spec: SweepSpec, column: int, row: int) -> dict[str, float]:
    """Where a cell is on the canvas, in pixels of it; row 0 is the lowest."""
    box = page.get_by_test_id("phase-map").bounding_box()
    assert box is not None
    layout = page.evaluate(
        "() => document.querySelector('[data-testid=phase-map]').getBoundingClientRect().height"
    )
    left, right, top, bottom = 90.0, 80.0, 12.0, 50.0
    width, height = box["width"] - left - right, layout - top - bottom
    return {
        "x": left + width * (column + 0.5) / spec.columns,
        "y": top + height * (spec.rows - row - 0.5) / spec.rows,
    }


def card(page: Page) -> str:
    return page.get_by_test_id("phase-card").inner_text()


def value(page: Page, metric: str) -> str:
    return page.get_by_test_id(f"phase-value-{metric}").inner_text()


def painted(page: Page) -> int:
    """How many colours the map has."""
    return int(
        page.evaluate(
            """() => {
                const c = document.querySelector('[data-testid=phase-map]');
                const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                const seen = new Set();
                for (let k = 0; k < d.length; k += 4 * 97) seen.add(d[k] << 16 | d[k + 1] << 8 | d[k + 2]);
                return seen.size;
            }"""
        )
    )


@pytest.fixture(scope="module")
def alone() -> Trial:
    """The same GANs without a page."""
    import torch

    torch.set_num_threads(1)
    trial = Trial(
        [cell.spec for cell in SMALL.cells if cell.spec], SMALL.chosen_seeds, SMALL.steps, SMALL.moments
    )
    for _ in trial:
        pass
    return trial


def test_the_map_fills_in_and_says_what_each_cell_read(
    page: Page, app_server: AppServer, alone: Trial
) -> None:
    failed = watch_requests(page)
    forget(SMALL)
    opened(page, app_server, SMALL)
    finished(page)
    assert painted(page) > 12
    page.get_by_test_id("phase-map").hover(position=at(page, SMALL, 1, 1))  # type: ignore[arg-type]
    expect(page.get_by_test_id("phase-cell")).to_have_text("Learning rate of G 0.01, Learning rate of D 0.1")
    readings = alone.readings[-1, 4]
    for metric in ("modes", "distance", "grad_g"):
        mean, error, _ = summary(readings[:, METRICS.index(metric)])
        shown = [float(part.replace("−", "-")) for part in value(page, metric).split(" ± ")]
        assert shown == pytest.approx([float(mean), float(error)], rel=0.05, abs=0.05)
    assert "step 120" in card(page)
    assert page.get_by_test_id("phase-open-0").is_visible()
    assert page.get_by_test_id("phase-open-1").is_visible()
    assert complaints(page) == []
    assert failed == []


def test_time_goes_back_and_follows_again(page: Page, app_server: AppServer, alone: Trial) -> None:
    finished(opened(page, app_server, SMALL))
    slider = page.get_by_test_id("phase-time")
    assert slider.get_attribute("max") == "7"
    slider.focus()
    page.keyboard.press("Home")
    first = str(int(alone.schedule[0]))
    expect(page.get_by_test_id("phase-step")).to_have_text(first)
    expect(page.get_by_test_id("phase-follow")).not_to_be_checked()
    page.get_by_test_id("phase-metric").select_option("distance")
    page.get_by_test_id("phase-map").hover(position=at(page, SMALL, 0, 0))  # type: ignore[arg-type]
    mean, _, _ = summary(alone.readings[0, 0, :, METRICS.index("distance")])
    assert float(value(page, "distance").split(" ± ")[0]) == pytest.approx(float(mean), rel=0.02)
    page.get_by_test_id("phase-follow").check()
    expect(page.get_by_test_id("phase-step")).to_have_text("120")


def test_arrow_keys_walk_and_enter_opens_that_gan_at_that_step(
    page: Page, app_server: AppServer, alone: Trial
) -> None:
    finished(opened(page, app_server, SMALL))
    page.get_by_test_id("phase-time").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    shown = page.get_by_test_id("phase-step").inner_text()
    page.get_by_test_id("phase-map").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("phase-cell")).to_have_text("Learning rate of G 0.001, Learning rate of D 0.1")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name=re.compile(rf"seed 3, step {shown}"))
    expect(heading).to_be_visible(timeout=30_000)
    stage = page.get_by_test_id("ganlab-live")
    expect(stage.get_by_test_id("ganlab-state")).to_have_attribute("data-state", "paused", timeout=30_000)
    expect(stage.get_by_test_id("ganlab-step")).to_have_text(shown)
    modes = int(alone.readings[-2, 3, 0, METRICS.index("modes")])
    expect(stage.get_by_test_id("ganlab-modes")).to_have_text(f"{modes}/8")
    assert state_of_map(page) == "finished", "the map stays"
    page.get_by_role("button", name="Close").click()
    expect(stage).to_be_hidden(timeout=20_000)
    assert complaints(page) == []


def state_of_map(page: Page) -> str | None:
    return page.get_by_test_id("ganlab-watch").get_by_test_id("ganlab-state").get_attribute("data-state")


def test_a_click_opens_and_its_own_page_shows_the_same(page: Page, app_server: AppServer) -> None:
    finished(opened(page, app_server, SMALL))
    page.get_by_test_id("phase-map").click(position=at(page, SMALL, 2, 0))  # type: ignore[arg-type]
    stage = page.get_by_test_id("ganlab-live")
    expect(stage.get_by_test_id("ganlab-step")).to_have_text("120", timeout=30_000)
    modes = stage.get_by_test_id("ganlab-modes").inner_text()
    page.get_by_test_id("stMain").get_by_role("link", name="Open it on its page").last.click()
    eventually(lambda: page.evaluate("location.pathname").endswith("/gan_2d"), "the page of the GAN")
    expect(page.get_by_test_id("ganlab-step")).to_have_text("120", timeout=30_000)
    eventually(lambda: state(page) == "paused", "it holds still there")
    expect(page.get_by_test_id("ganlab-modes")).to_have_text(modes)
    assert query(page)["lr_g"] == "0.1"
    assert "at" not in query(page)
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: step(page) > 130, "it goes on from there")


def test_a_link_to_a_step_that_is_none_is_said(page: Page, app_server: AppServer) -> None:
    page.goto(f"{app_server.url}/gan_2d?data=ring(8)&g_hidden=8&d_hidden=8&at=soon")
    expect(page.get_by_text("Part of this link could not be used").first).to_be_visible(timeout=30_000)
    eventually(lambda: step(page) > 0, "it trains all the same")


def test_pause_single_moments_and_cancel(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, LONG)
    eventually(lambda: step(page) > 0, "a first moment", 40)
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: state(page) == "paused", "it pauses")
    before = step(page)
    page.get_by_test_id("ganlab-step-both").click()
    eventually(lambda: step(page) > before, "the next moment")
    assert state(page) == "paused"
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: state(page) == "running", "it goes on")
    expect(page.get_by_test_id("phase-progress")).to_contain_text("left", timeout=20_000)
    held = painted(page)
    page.get_by_test_id("phase-cancel").click()
    eventually(lambda: state(page) == "stopped", "it is cancelled")
    expect(page.get_by_test_id("ganlab-renew")).to_be_visible()
    assert painted(page) >= held - 1, "the map stays"
    page.get_by_test_id("ganlab-renew").click()
    eventually(lambda: state(page) == "running", "a new one", 30)


def test_dials_are_turned_before_they_are_trained(page: Page, app_server: AppServer) -> None:
    finished(opened(page, app_server, SMALL))
    button = page.get_by_role("button", name="Train this map")
    expect(button).to_be_disabled()
    page.get_by_label("From").first.fill("0.01")
    page.get_by_label("From").first.press("Enter")
    expect(button).to_be_enabled(timeout=20_000)
    assert query(page)["x"] == SMALL.x
    button.click()
    eventually(lambda: query(page)["x"] == "lr_g=0.01:0.1:3:log", "the dial is in the address")
    finished(page)
    page.reload()
    expect(page.get_by_test_id("phase-map")).to_be_visible(timeout=30_000)
    finished(page)
    assert complaints(page) == []


def test_cells_that_cannot_be_say_why(page: Page, app_server: AppServer) -> None:
    spec = SMALL.changed(x="pack=1,2,3", y="")
    finished(opened(page, app_server, spec))
    page.get_by_test_id("phase-map").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("phase-card")).to_contain_text("Not possible")
    expect(page.locator(".phase-key[data-kind=refused]")).to_be_visible()


def test_downloads_hold_what_was_read(page: Page, app_server: AppServer, alone: Trial) -> None:
    finished(opened(page, app_server, SMALL))

    def save(kind: str) -> Path:
        with page.expect_download() as download:
            page.get_by_test_id(f"phase-download-{kind}").click()
        assert download.value.suggested_filename == f"map-lr_g-lr_d.{kind}"
        return Path(download.value.path())

    rows: list[dict[str, Any]] = list(
        csv.DictReader(save("csv").read_text(encoding="utf-8-sig").splitlines())
    )
    assert len(rows) == 8 * 6 * 2
    last = next(
        row
        for row in rows
        if (row["lr_g"], row["lr_d"], row["seed"], row["step"]) == ("0.01", "0.1", "4", "120")
    )
    for name in METRICS:
        assert float(last[name]) == pytest.approx(
            float(alone.readings[-1, 4, 1, METRICS.index(name)]), rel=1e-5
        )
    assert save("png").read_bytes().startswith(b"\x89PNG")


def test_a_finished_map_opens_at_once_from_its_link(new_page: NewPage, app_server: AppServer) -> None:
    spec = SMALL.changed(steps=1000, moments=20)
    forget(spec)
    finished(opened(new_page(), app_server, spec))
    other = opened(new_page(), app_server, spec)
    eventually(lambda: state(other) == "finished", "it is there already", 10)
    eventually(lambda: painted(other) > 12, "and drawn")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_all_without_scrolling_sideways(
    new_page: NewPage, app_server: AppServer, scheme: str
) -> None:
    page = new_page(
        viewport={"width": 420, "height": 880}, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    finished(opened(page, app_server, SMALL))
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 420
    box = page.get_by_test_id("phase-map").bounding_box()
    assert box is not None
    assert box["width"] > 340
    page.get_by_test_id("phase-map").tap(position={"x": box["width"] * 0.45, "y": 40})
    expect(page.get_by_test_id("phase-open-1")).to_be_visible()
    assert page.get_by_test_id("ganlab-live").count() == 0, "a tap shows, it does not open"
    page.get_by_test_id("phase-open-1").tap()
    expect(page.get_by_role("heading", name=re.compile("seed 4, step 120"))).to_be_visible(timeout=30_000)
    assert complaints(page) == []


def test_in_chinese(page: Page, app_server: AppServer) -> None:
    finished(opened(page, app_server, SMALL, lang="zh"))
    assert CHINESE.search(page.get_by_test_id("phase-card").inner_text())
    assert CHINESE.search(page.get_by_test_id("phase-metric").inner_text())
