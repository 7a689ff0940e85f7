"""The watch component in a real Chromium, against a server whose runs compute nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_site import Site, serving
from tests.browser.steps import settled
from tests.live.support import wait_for

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving("tests/live/watching/app.py", tmp_path_factory.mktemp("watch") / "log.txt") as site:
        yield site


@pytest.fixture
def open_page(site: Site, new_page: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens the page on a run; fails the test on any error in the browser unless `page.expected` says so."""
    pages: list[Any] = []

    def opened(run: str, query: str = "", **options: Any) -> Page:
        page = new_page(**options)
        pages.append(page)
        page.goto(f"{site.url}/?run={run}{query}")
        page.wait_for_selector("[data-testid=ganlab-watch]", timeout=30000)
        return page

    yield opened
    for page in pages:
        assert page.complaints.page == getattr(page, "expected", [])


def probe(page: Page) -> dict[str, Any]:
    return json.loads(page.get_by_test_id("probe").inner_text() or "{}")


def probed(page: Page, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    return wait_for(lambda: probe(page), lambda seen: bool(seen) and holds(seen))


def asked(site: Site, run: str, seconds: float) -> tuple[list[dict[str, Any]], float]:
    """The frames asked for in so many seconds, and how many these were: more, where the machine is busy."""
    began = time.monotonic()
    before = len(site.frames(run))
    time.sleep(seconds)
    return site.frames(run)[before:], time.monotonic() - began


def heard(site: Site, run: str) -> None:
    """Waits until the server has whatever the page had to say before now: it asks for frames over the same socket."""
    before = len(site.frames(run))
    wait_for(lambda: len(site.frames(run)), lambda count: count > before + 1)


def test_charts_get_frames_and_layers_that_never_change_once(
    site: Site, open_page: Callable[..., Page]
) -> None:
    run = site.fresh()
    page = open_page(run)
    page.get_by_test_id("ganlab-play").click()
    seen = probed(page, lambda seen: seen["frames"] > 20 and (seen["step"] or 0) > 1000 and complete(seen))
    assert seen["once"] == 1
    assert seen["names"] == ["fake", "history"]
    assert seen["data"] == {"number": 3, "fail": False}
    expect(page.get_by_test_id("ganlab-state")).to_have_attribute("data-state", "running")
    expect(page.get_by_test_id("ganlab-rate")).to_have_text("1,000")
    expect(page.get_by_test_id("probe-button")).to_have_text("Press")
    asked = site.frames(run)
    assert sum("real" in message["layers"] for message in asked) == 1


def complete(seen: dict[str, Any]) -> bool:
    """Whether the history reaches up to the step that is shown."""
    return seen["rows"] == pytest.approx(seen["step"] / 10, abs=15)


def test_frames_are_capped_and_few_while_nothing_moves(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    probed(page, lambda seen: seen["frames"] > 3)
    wait_for(lambda: asked(site, run, 2.0), few)
    page.get_by_test_id("ganlab-play").click()

    def many() -> int:
        frames, seconds = asked(site, run, 1.0)
        assert len(frames) <= 31 * seconds + 1
        return len(frames)

    wait_for(many, lambda count: count >= 5)


def few(found: tuple[list[dict[str, Any]], float]) -> bool:
    """Hardly any frames, and fewer with layers; but some."""
    frames, seconds = found
    whole = sum(bool(message["layers"]) for message in frames)
    return 3 <= len(frames) <= 4 * seconds and whole <= seconds


def test_a_hidden_page_asks_for_nothing(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    page.get_by_test_id("ganlab-play").click()
    probed(page, lambda seen: seen["frames"] > 5)
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { get: () => window.away, configurable: true });
      window.away = true;
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    before = settled(lambda: len(site.frames(run)), "no frames are asked for", still=1.0)
    page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")
    wait_for(lambda: len(site.frames(run)), lambda count: count > before + 3)


def test_toolbar_and_keys(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    probed(page, lambda seen: seen["frames"] > 1)
    page.keyboard.press(" ")
    expect(page.get_by_test_id("ganlab-play")).to_have_text("Pause")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("ganlab-state")).to_have_attribute("data-state", "paused")
    page.keyboard.press("ArrowLeft")  # a step of D: not for these runs
    page.get_by_test_id("ganlab-step-both").click()
    page.get_by_test_id("ganlab-speed").fill("4")
    expect(page.get_by_test_id("ganlab-speed-value")).to_have_text("20 steps/s")
    wait_for(lambda: site.commands(run)[-1]["type"], lambda kind: kind == "speed")
    page.get_by_test_id("ganlab-restart").click()
    wait_for(lambda: site.commands(run)[-1]["type"], lambda kind: kind == "restart")
    assert site.commands(run) == [
        {"type": "play"},
        {"type": "step", "what": "both"},
        {"type": "step", "what": "both"},
        {"type": "speed", "per_second": 20, "halves": False},
        {"type": "restart", "seed": None},
    ]
    probed(page, lambda seen: seen["clears"] == 1 and seen["step"] == 0)
    page.get_by_label("Some text").click()
    page.keyboard.press(" ")  # who types needs the space bar
    heard(site, run)
    assert len(site.commands(run)) == 5


def test_events_reach_the_page(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(site.fresh())
    probed(page, lambda seen: seen["frames"] > 1)
    page.get_by_test_id("probe-button").click()
    expect(page.get_by_text("events [{'clicked': True}]")).to_be_visible()
    page.get_by_test_id("ganlab-new-seed").click()
    wait_for(lambda: page.get_by_text("events [").inner_text(), lambda text: text[-3].isdigit())


def test_a_rerun_leaves_it_and_new_data_are_told(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    page.get_by_test_id("ganlab-play").click()
    before = probed(page, lambda seen: seen["frames"] > 3)
    slider = page.get_by_role("slider", name="Number")
    slider.focus()
    slider.press("ArrowRight")
    after = probed(page, lambda seen: seen["data"]["number"] == 4)
    assert (after["datas"], after["clears"]) == (1, 0)
    assert after["frames"] > before["frames"]  # the same component: its counters went on
    page.emulate_media(color_scheme="dark")
    assert probed(page, lambda seen: seen["dark"])["themes"] >= 1


def test_another_run_begins_with_a_clean_slate(site: Site, open_page: Callable[..., Page]) -> None:
    first, second = site.fresh(), site.fresh()
    page = open_page(first)
    page.get_by_test_id("ganlab-play").click()
    probed(page, lambda seen: seen["frames"] > 3)
    page.get_by_label("Run", exact=True).fill(second)
    page.keyboard.press("Enter")
    seen = probed(page, lambda seen: seen["clears"] == 1 and seen["once"] == 2)
    assert seen["rows"] == 60
    settled(lambda: len(site.frames(first)), "no frames of the first are asked for", still=1.0)


def test_who_watches_only_has_no_controls(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run, "&view")
    probed(page, lambda seen: seen["frames"] > 1)
    for name in ("play", "step-both", "speed", "restart", "new-seed"):
        expect(page.get_by_test_id(f"ganlab-{name}")).to_be_disabled()
    page.keyboard.press(" ")
    heard(site, run)
    assert site.commands(run) == []


def test_a_finished_run_runs_again(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    site.tell(run, info={"state": "finished", "steps": 600})
    expect(page.get_by_test_id("ganlab-state")).to_have_text("finished")
    expect(page.get_by_test_id("ganlab-play")).to_have_text("Run again")
    expect(page.get_by_test_id("ganlab-step-both")).to_be_disabled()
    expect(page.get_by_test_id("ganlab-step")).to_have_text("600 of 600")
    expect(page.get_by_test_id("ganlab-progress")).to_have_js_property("value", 1)
    page.get_by_test_id("ganlab-play").click()
    wait_for(lambda: site.commands(run), lambda sent: sent == [{"type": "restart", "seed": None}])


def test_its_own_speed_is_shown(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    site.tell(run, info={"per_second": 50})
    expect(page.get_by_test_id("ganlab-speed-value")).to_have_text("50 steps/s")
    assert site.commands(run) == []


def test_notices_and_the_end(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    probed(page, lambda seen: seen["frames"] > 1)
    site.tell(run, info={"notice": "worker_restarted"})
    expect(page.get_by_test_id("ganlab-notice-text")).to_contain_text("begins again")
    site.tell(run, text={"type": "error", "code": "invalid", "text": "no"})
    expect(page.get_by_test_id("ganlab-notice-text")).to_contain_text("nothing was changed")
    site.tell(run, info={"state": "stopped", "reason": "unwatched"})
    expect(page.get_by_test_id("ganlab-notice-text")).to_contain_text("nobody was watching")
    page.get_by_test_id("ganlab-renew").click()
    expect(page.get_by_text("events [True]")).to_be_visible()


def test_a_lost_connection_comes_back(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(run)
    probed(page, lambda seen: seen["frames"] > 1)
    before = probe(page)["frames"]
    site.tell(run, close=[1001, "restart"])
    probed(page, lambda seen: seen["frames"] > before + 2)
    expect(page.get_by_test_id("ganlab-notice")).to_be_hidden()


def test_charts_that_fail_leave_a_run_that_can_be_controlled(
    site: Site, open_page: Callable[..., Page]
) -> None:
    run = site.fresh()
    page = open_page(run, "&fail")
    page.expected = ["these charts fail"]  # type: ignore[attr-defined]
    expect(page.get_by_test_id("ganlab-notice-text")).to_contain_text("The charts could not be drawn")
    page.get_by_test_id("ganlab-play").click()
    expect(page.get_by_test_id("ganlab-state")).to_have_attribute("data-state", "running")


def test_in_chinese(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(site.fresh(), "&lang=zh")
    expect(page.get_by_test_id("ganlab-restart")).not_to_have_text("Restart")
