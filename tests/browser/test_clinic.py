"""The page "Clinic" in a real Chromium, with real trials."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import complaints, eventually, query, state, watch_requests
from tests.conftest import AppServer

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
PATIENT = 40_000  # milliseconds
TINY = {
    "disease": "own",
    "base": "data=ring(8,radius=1,std=0.01)&g_hidden=8&d_hidden=8&batch=16",
    "arms": "r1|pack2",
    "seeds": "3",
    "steps": "30",
}


def opened(page: Page, server: AppServer, **fields: str) -> Page:
    """The page with a small trial, its first readings painted."""
    page.goto(f"{server.url}/clinic?{urlencode(TINY | fields)}")
    expect(page.get_by_test_id("clinic")).to_be_visible(timeout=PATIENT)
    return page


def finished(page: Page) -> Page:
    """Waits until the trial is over and shown."""
    eventually(lambda: state(page) == "finished", "the trial ends", patience=60)
    expect(page.get_by_test_id("clinic-when")).to_have_text(re.compile("^After"))
    return page


def arm(page: Page, text: str) -> Locator:
    """The row of one arm; the untreated one has no text."""
    return page.locator(f'[data-testid="clinic-arm"][data-arm="{text}"]')


def mean(row: Locator, metric: str) -> float:
    """A mean, in full."""
    return float(row.get_by_test_id(f"clinic-{metric}").get_attribute("data-value") or "nan")


def download(page: Page, name: str, folder: Path) -> str:
    """The text of a downloaded file."""
    with page.expect_download() as waiting:
        page.get_by_test_id(f"clinic-{name}").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_text("utf-8-sig")


def remedies(page: Page) -> Locator:
    """The form with the remedies, opened."""
    page.get_by_text(re.compile(r"^Choose remedies")).click()
    form = page.get_by_test_id("stForm")
    expect(form).to_be_visible()
    return form


def test_every_arm_has_a_verdict_bars_seeds_and_samples(page: Page, app_server: AppServer) -> None:
    failed = watch_requests(page)
    finished(opened(page, app_server))
    expect(page.get_by_role("heading", level=1)).to_have_text("Clinic")
    rows = page.get_by_test_id("clinic-arm")
    assert [row.get_attribute("data-arm") for row in rows.all()] == ["", "r1", "pack2"]
    expect(arm(page, "").get_by_test_id("clinic-said")).to_have_text(
        re.compile(r"^[0-3] of 3 seeds lose modes: \d\.\d of 8 are covered on average\.")
    )
    for text in ("r1", "pack2"):
        said = arm(page, text).get_by_test_id("clinic-said").inner_text()
        assert re.match(
            r"It covers \d\.\d modes where the untreated GAN covers \d\.\d: \d\.\d (more|fewer)", said
        )
        assert "95 % interval" in said
    for row in rows.all():
        assert 0 <= mean(row, "modes") <= 8
        assert 0 <= mean(row, "high_quality") <= 1
        assert 0 <= mean(row, "reverse_kl") <= 2.0795
        assert row.locator("[data-part=seed]").count() == 9
        assert row.locator("[data-part=perfect]").count() == 3
        assert row.locator("[data-part=error]").count() == 3
        expect(row.locator("canvas")).to_be_visible()
    assert page.get_by_test_id("clinic-course").locator("[data-mark=r1] path").get_attribute("d") != ""
    assert complaints(page) == []
    assert failed == []


def test_bands_stand_where_papers_have_the_same_data_and_method(page: Page, app_server: AppServer) -> None:
    finished(opened(page, app_server))
    assert [arm(page, text).locator("[data-part=band]").count() for text in ("", "r1", "pack2")] == [3, 0, 3]
    papers = arm(page, "pack2").get_by_test_id("clinic-papers")
    expect(papers.locator("summary")).to_have_text("Papers report 7.9 ± 0.1 (PacGAN) modes")
    papers.locator("summary").click()
    expect(papers.locator("li")).to_contain_text("Generator G 400, 400, 400, 400")
    opened(page, app_server, base="data=ring(8,radius=2,std=0.05)&g_hidden=8&d_hidden=8&batch=16")
    assert page.locator("[data-part=band]").count() == 0


def test_results_can_be_taken_away(page: Page, app_server: AppServer, tmp_path: Path) -> None:
    finished(opened(page, app_server))
    rows = list(csv.DictReader(download(page, "csv", tmp_path).splitlines()))
    assert len(rows) == 9
    assert [row["seed"] for row in rows] == ["0", "1", "2"] * 3
    assert {row["treatment"] for row in rows} == {"", "r1", "pack2"}
    ours = [float(row["modes"]) for row in rows if row["treatment"] == "r1"]
    assert sum(ours) / 3 == pytest.approx(mean(arm(page, "r1"), "modes"), abs=1e-6)
    lines = download(page, "markdown", tmp_path).splitlines()
    assert lines[0].startswith("Modes of 8; mean ± standard error of 3 seeds (0 to 2) at step 30")
    table = lines[2:]
    assert len({line.count("|") for line in table}) == 1
    assert [line.split("|")[1].strip() for line in table[2:]] == [
        "Untreated",
        "R1",
        "PacGAN, packs of 2",
        "Perfect sampler",
    ]


def test_ticked_remedies_are_trained_when_asked_for(page: Page, app_server: AppServer) -> None:
    finished(opened(page, app_server))
    form = remedies(page)
    form.get_by_text("Unrolled GAN, 5 steps", exact=True).click()
    form.get_by_text("R1", exact=True).click()
    assert query(page)["arms"] == "r1|pack2", "nothing happens before the button is pressed"
    form.get_by_role("textbox", name="Further treatments, as text").fill("r1 + penalty_weight=10")
    form.get_by_role("button", name="Train these").click()
    eventually(
        lambda: query(page)["arms"] == "pack2|unrolled|r1+penalty_weight=10", "the arms in the address"
    )
    expect(arm(page, "unrolled")).to_be_visible(timeout=PATIENT)
    expect(arm(page, "r1+penalty_weight=10")).to_contain_text("R1 + Weight λ = 10")
    expect(arm(page, "r1")).to_have_count(0)
    assert complaints(page) == []


def test_what_makes_no_sense_is_disabled_and_says_why(page: Page, app_server: AppServer) -> None:
    base = "data=ring(8)&g_hidden=8&objective=moment_matching&batch=16"
    opened(page, app_server, base=base, arms="lr_g=0.01")
    form = remedies(page)
    assert form.get_by_role("checkbox", name="R1", exact=True).is_disabled()
    expect(form.get_by_text("Not here: this objective has no discriminator.").first).to_be_visible()


def test_a_trial_pauses_goes_on_and_is_cancelled(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, steps="50000")
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: state(page) == "paused", "it pauses")
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: state(page) == "running", "it goes on")
    page.get_by_test_id("clinic-cancel").click()
    eventually(lambda: state(page) == "stopped", "it is cancelled")
    expect(arm(page, "r1").get_by_test_id("clinic-said")).to_be_visible()


def test_a_link_shows_the_same_numbers_again(page: Page, new_page: NewPage, app_server: AppServer) -> None:
    finished(opened(page, app_server, seed="7"))
    seen = [mean(row, "reverse_kl") for row in page.get_by_test_id("clinic-arm").all()]
    other = new_page()
    other.goto(page.url)
    expect(other.get_by_test_id("clinic")).to_be_visible(timeout=PATIENT)
    finished(other)
    assert [mean(row, "reverse_kl") for row in other.get_by_test_id("clinic-arm").all()] == seen


def test_it_opens_with_a_disease_and_leads_to_the_others(page: Page, app_server: AppServer) -> None:
    page.goto(f"{app_server.url}/clinic?seeds=2&steps=20")
    expect(page.get_by_test_id("clinic")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_text(re.compile(r"Measured: \d+ of 10 seeds lose modes")).first).to_be_visible()
    assert page.get_by_test_id("clinic-arm").count() >= 5
    page.get_by_role("link", name="Your own GAN").click()
    eventually(lambda: query(page)["disease"] == "own", "a GAN of one's own")
    expect(page.get_by_role("textbox", name="Your own GAN")).to_have_value(re.compile("^data="))


@pytest.mark.parametrize(
    ("width", "scheme", "lang"), [(420, "light", "en"), (420, "dark", "zh_CN"), (1400, "dark", "en")]
)
def test_it_fits_the_screen(
    new_page: NewPage, app_server: AppServer, width: int, scheme: str, lang: str
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    finished_or_not = opened(page, app_server, lang=lang, seed="3")
    eventually(lambda: state(finished_or_not) == "finished", "the trial ends", patience=60)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.get_by_test_id("clinic").evaluate(
        "root => [...root.querySelectorAll('*')].filter((n) => n.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert wide == 0
    assert complaints(page) == []
