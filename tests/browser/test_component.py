"""The live component in a real Chromium, against a server whose runs train nothing."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from itertools import dropwhile
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from safetensors.numpy import save

from ganlab.ui.live.assets import address
from tests.browser.fake_site import Site, serving
from tests.browser.steps import eventually, settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving("tests/browser/component_app.py", tmp_path_factory.mktemp("component") / "log.txt") as site:
        yield site


@pytest.fixture
def open_page(site: Site, new_page: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens the page with a query; fails the test on any error in the browser's console."""
    pages: list[Page] = []

    def opened(query: str, wait: str = "[data-testid=ganlab-live] canvas", **options: Any) -> Page:
        page = new_page(**{"viewport": {"width": 1400, "height": 1000}, **options})
        pages.append(page)
        page.goto(f"{site.url}/?{query}")
        page.wait_for_selector(wait, timeout=30000)
        return page

    yield opened
    assert [error for page in pages for error in page.complaints.page] == []  # type: ignore[attr-defined]


def step(page: Page) -> int:
    return int(re.sub(r"\D", "", page.get_by_test_id("ganlab-step").inner_text()) or -1)


def state(page: Page, name: str) -> None:
    expect(page.get_by_test_id("ganlab-state")).to_have_attribute("data-state", name, timeout=20000)


def test_play_and_pause(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    page.get_by_test_id("ganlab-play").click()
    state(page, "running")
    before = step(page)
    eventually(lambda: step(page) > before)
    page.get_by_test_id("ganlab-play").click()
    state(page, "paused")
    assert [message["type"] for message in site.commands(run)] == ["play", "pause"]


def test_keys_step_and_play_but_not_while_typing(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight", " "):
        page.keyboard.press(key)
    expected = [{"type": "step", "what": what} for what in ("d", "g", "both")] + [{"type": "play"}]
    eventually(lambda: site.commands(run) == expected)
    field = page.get_by_label("Some text")
    field.click()
    page.keyboard.type("a b")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+ArrowRight")
    assert field.input_value() == "a b"
    assert site.commands(run) == expected


def test_space_on_a_focused_button_presses_it_once(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    page.get_by_test_id("ganlab-play").focus()
    page.keyboard.press(" ")
    state(page, "running")
    assert site.commands(run) == [{"type": "play"}]


def test_a_viewer_without_control_only_watches(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}&view")
    state(page, "paused")
    expect(page.get_by_test_id("ganlab-play")).to_be_disabled()
    expect(page.get_by_test_id("ganlab-copy-link")).to_be_enabled()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    count = len(site.frames(run))
    eventually(lambda: len(site.frames(run)) > count)
    assert site.commands(run) == []


def test_speed_and_slow_motion(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    slider = page.get_by_test_id("ganlab-speed")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    eventually(lambda: site.commands(run) == [{"type": "speed", "per_second": 5000, "halves": False}])
    page.get_by_test_id("ganlab-slow").check()
    eventually(lambda: site.commands(run)[-1] == {"type": "speed", "per_second": 0.2, "halves": True})
    caption = page.get_by_test_id("ganlab-caption")
    expect(caption).to_be_visible()
    page.get_by_test_id("ganlab-play").click()
    expect(caption).to_contain_text("D looks at real and generated samples")
    expect(caption).to_contain_text("G follows the arrows")
    page.get_by_test_id("ganlab-slow").uncheck()
    eventually(lambda: site.commands(run)[-1] == {"type": "speed", "per_second": 5000, "halves": False})
    expect(caption).to_be_hidden()


def test_restart_new_seed_and_link(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}", permissions=["clipboard-read", "clipboard-write"])
    state(page, "paused")
    page.get_by_test_id("ganlab-restart").click()
    eventually(lambda: site.commands(run) == [{"type": "restart", "seed": None}])
    eventually(lambda: step(page) == 0)
    page.get_by_test_id("ganlab-copy-link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/?run=ring&seed=7"
    page.get_by_test_id("ganlab-new-seed").click()
    expect(page.get_by_text(re.compile(r"events \[\d+\]"))).to_be_visible()


def test_nothing_is_remounted_by_reruns_and_theme(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    sockets: list[str] = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    page.wait_for_selector("[data-testid=ganlab-chart-losses] .main-svg")
    mark = """() => [document.querySelector('[data-testid=ganlab-stage]'),
        document.querySelector('[data-testid=ganlab-chart-losses] .main-svg')].map(node => node.marked)"""
    page.evaluate(
        """() => ['[data-testid=ganlab-stage]', '[data-testid=ganlab-chart-losses] .main-svg']
        .forEach(query => { document.querySelector(query).marked = 7; })"""
    )
    page.get_by_test_id("ganlab-play").click()
    for rerun in (2, 3):
        page.get_by_role("button", name="Rerun").click()
        expect(page.get_by_text(f"rerun {rerun - 1}")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    eventually(lambda: dark_corner(page))
    assert page.evaluate(mark) == [7, 7]
    assert page.locator("canvas").count() == 1
    assert sockets == []


def dark_corner(page: Page) -> bool:
    return page.evaluate(
        """() => { const canvas = document.querySelector('[data-testid=ganlab-stage]');
        return canvas.getContext('2d').getImageData(2, 2, 1, 1).data[0] < 60; }"""
    )


def test_zoom_survives_further_frames(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    page.wait_for_selector("[data-testid=ganlab-chart-losses] .scatterlayer .trace")
    page.get_by_test_id("ganlab-play").click()
    box = page.locator("[data-testid=ganlab-chart-losses] .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    page.mouse.up()
    read = """() => { const plot = document.querySelector('[data-testid=ganlab-chart-losses]');
        const { xaxis, yaxis } = plot._fullLayout;
        return { x: xaxis.range, y: yaxis.range, auto: xaxis.autorange, last: plot.data[0].x.at(-1) }; }"""
    zoomed = eventually(lambda: (now := page.evaluate(read)) and not now["auto"] and now)
    eventually(lambda: page.evaluate(read)["last"] > zoomed["last"] + 500)
    later = page.evaluate(read)
    assert (later["x"], later["y"]) == (zoomed["x"], zoomed["y"])
    page.get_by_test_id("ganlab-restart").click()
    eventually(lambda: page.evaluate(read)["auto"])


def test_hover_survives_further_frames(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    page.wait_for_selector("[data-testid=ganlab-chart-losses] .scatterlayer .trace")
    page.get_by_test_id("ganlab-play").click()
    box = page.locator("[data-testid=ganlab-chart-losses] .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    read = """() => { const plot = document.querySelector('[data-testid=ganlab-chart-losses]');
        return [plot.data[0].x.at(-1), plot.querySelector('.hoverlayer').childElementCount > 0]; }"""
    first, _ = eventually(lambda: (now := page.evaluate(read))[1] and now)
    seen: list[tuple[float, bool]] = []
    eventually(lambda: seen.append(page.evaluate(read)) or seen[-1][0] >= first + 1500, "more frames")
    assert all(hovering for _, hovering in seen)


def test_the_charts_keep_at_most_a_thousand_points(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    site.tell(run, rows=5000)
    page = open_page(f"run={run}")
    read = """() => { const plot = document.querySelector('[data-testid=ganlab-chart-losses]');
        return plot?.data?.[0]?.x ?? []; }"""
    x = eventually(lambda: page.evaluate(read))
    assert 500 <= len(x) <= 1000
    assert x == sorted(x)
    assert x[0] == 0
    assert x[-1] == 49990


def test_a_hidden_tab_asks_for_nothing(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    page.get_by_test_id("ganlab-play").click()
    state(page, "running")
    hide = """hidden => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event('visibilitychange')); }"""
    page.evaluate(hide, True)
    count = settled(lambda: len(site.frames(run)), "no more frames are asked for", still=1.0)
    page.evaluate(hide, False)
    eventually(lambda: len(site.frames(run)) > count + 5)


def test_an_error_of_the_server_is_shown_as_text(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    text = "<img src=x onerror=alert(1)> too fast"
    site.tell(run, text={"type": "error", "code": "odd", "text": text})
    expect(page.get_by_test_id("ganlab-notice-text")).to_have_text(text)
    assert page.locator("[data-testid=ganlab-notice] img").count() == 0
    page.get_by_test_id("ganlab-notice-close").click()
    expect(page.get_by_test_id("ganlab-notice")).to_be_hidden()
    count = len(site.frames(run))
    eventually(lambda: len(site.frames(run)) > count)


def test_notices_of_the_run(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    site.tell(run, info={"notice": "worker_restarted", "diagnosis": "collapsed"})
    expect(page.get_by_test_id("ganlab-notice")).to_contain_text("checkpoint")
    expect(page.get_by_test_id("ganlab-diagnosis")).to_contain_text("Collapsed")
    site.tell(run, info={"notice": None})
    expect(page.get_by_test_id("ganlab-notice")).to_be_hidden()


def test_a_lost_connection_comes_back(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    count = len(site.frames(run))
    site.tell(run, close=[1011, "gone"])
    expect(page.get_by_test_id("ganlab-notice")).to_contain_text("Reconnecting")
    eventually(lambda: len(site.frames(run)) > count)
    expect(page.get_by_test_id("ganlab-notice")).to_be_hidden()
    state(page, "paused")


def test_a_refused_socket_says_why_and_offers_a_new_run(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}&token=wrong")
    expect(page.get_by_test_id("ganlab-notice")).to_contain_text("wrong token")
    page.get_by_test_id("ganlab-renew").click()
    expect(page.get_by_text("events [True]")).to_be_visible()
    assert site.log(run) == []


def test_a_run_that_ended_says_why_and_keeps_its_picture(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    page.wait_for_selector("[data-testid=ganlab-chart-losses] .scatterlayer .trace")
    site.tell(run, info={"state": "stopped", "reason": "unwatched", "step": 0})
    expect(page.get_by_test_id("ganlab-notice")).to_contain_text("nobody was watching")
    state(page, "stopped")
    expect(page.get_by_test_id("ganlab-renew")).to_be_visible()
    expect(page.get_by_test_id("ganlab-notice-close")).to_be_hidden()
    assert page.locator("[data-testid=ganlab-chart-losses] .scatterlayer .trace").count() > 0


def test_a_late_answer_that_the_run_ended_is_no_notice(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    site.tell(run, text={"type": "error", "code": "ended", "text": "this run has ended"})
    site.tell(run, info={"step": 4321})  # a later frame: the answer has been dealt with
    eventually(lambda: step(page) == 4321)
    expect(page.get_by_test_id("ganlab-notice")).to_be_hidden()
    site.tell(run, text={"type": "error", "code": "invalid", "text": "bad"})
    expect(page.get_by_test_id("ganlab-notice-text")).to_have_text(
        "The run could not use that, and nothing was changed."
    )


def test_another_run_dismisses_what_was_said_of_the_last(
    site: Site, open_page: Callable[..., Page], modules: Page
) -> None:
    result = modules.evaluate(
        """async address => {
            const { Notices } = await import(`${address}/notices.js`);
            const notices = new Notices({ t: (key) => key, onRenew: () => {} });
            const hidden = [];
            for (const kind of ["error", "stopped", "charts"]) {
                notices.show(kind, "x");
                notices.forget();
                hidden.push(notices.box.hidden);
            }
            return hidden;
        }""",
        address(),
    )
    assert result == [True, True, False]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.02, 0.5, 3.0], 1),
        ([1e-12, 1.0], 2),
        ([], 1),
        ([0.0], 1),
    ],
)
def test_log_axes_are_labelled_at_decades(modules: Page, values: list[float], expected: object) -> None:
    result = modules.evaluate(
        "async ([address, y]) => (await import(`${address}/chartspecs.js`)).decades([{ y }])",
        [address(), values],
    )
    assert result == {"type": "log", "exponentformat": "power", "dtick": expected}


def test_a_log_axis_of_less_than_two_decades_writes_numbers_in_full(modules: Page) -> None:
    read = "async ([address, y]) => (await import(`${address}/chartspecs.js`)).decades([{ y }]).ticktext"
    assert modules.evaluate(read, [address(), [0.12, 0.4]]) == ["0.1", "0.2", "0.5"]
    assert modules.evaluate(read, [address(), [0.7, 3.0]]) == ["0.1", "0.2", "0.5", "1", "2", "5"]


def test_the_speed_of_the_run_is_shown(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    site.tell(run, info={"per_second": 50.0, "halves": False})
    page = open_page(f"run={run}")
    expect(page.get_by_test_id("ganlab-speed-value")).to_have_text("50 steps/s")
    site.tell(run, info={"per_second": 0.5, "halves": True})
    expect(page.get_by_test_id("ganlab-slow")).to_be_checked()
    expect(page.get_by_test_id("ganlab-speed-value")).to_have_text("0.5 steps/s")
    assert site.commands(run) == []


def test_readings_stand_beside_their_baselines(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    expect(page.get_by_test_id("ganlab-modes")).to_have_text(re.compile(r"^\d/8$"))
    expect(page.get_by_test_id("ganlab-high-quality-reference")).to_have_text("perfect 98.9 %")
    expect(page.get_by_test_id("ganlab-reverse-kl-reference")).to_have_text("perfect 0.00140")
    metrics = {
        "precision": 0.5,
        "precision_perfect": 0.9,
        "recall": "nan",
        "distance": 0.1,
        "distance_name": "sw2",
    }
    site.tell(run, info={"metrics": metrics})
    metrics |= {"mmd2": -0.00026, "mmd2_floor": 0.001}
    site.tell(run, info={"metrics": metrics})
    expect(page.get_by_test_id("ganlab-mmd2")).to_have_text("−2.6e−4")
    expect(page.locator(".gl-card", has=page.get_by_test_id("ganlab-mmd2"))).to_contain_text("MMD²")
    expect(page.get_by_test_id("ganlab-precision")).to_have_text("50.0 %")
    expect(page.get_by_test_id("ganlab-precision-reference")).to_have_text("perfect 90.0 %")
    expect(page.get_by_test_id("ganlab-modes")).to_be_hidden()
    expect(page.get_by_test_id("ganlab-backend")).to_have_text("compiled")
    expect(page.get_by_test_id("ganlab-device")).to_have_text("cpu")
    expect(page.get_by_test_id("ganlab-fps")).to_have_text(re.compile(r"^[\d.]+$"))


def test_only_shown_layers_are_asked_for(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: len(site.frames(run)) > 40)
    asked = [layer for message in site.frames(run) for layer in message["layers"]]
    assert asked.count("real") == 1
    assert {"manifold", "arrows", "curves", "map"}.isdisjoint(asked)
    assert asked.count("coverage") < asked.count("field") < asked.count("fake") <= asked.count("history")
    for layer in ("field", "contour"):
        page.get_by_test_id(f"ganlab-layer-{layer}").uncheck()
    page.get_by_test_id("ganlab-layer-arrows").check()

    def since_arrows() -> list[list[str]]:
        layers = [message["layers"] for message in site.frames(run)]
        return list(dropwhile(lambda asked: "arrows" not in asked, layers))

    asked_since = eventually(lambda: (since := since_arrows())[20:] and since, "frames with arrows")
    assert "field" not in {layer for layers in asked_since for layer in layers}


def test_history_is_asked_for_where_it_ended(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: len(site.frames(run)) > 30)
    page.get_by_test_id("ganlab-play").click()
    since = [message["since"] for message in site.frames(run)]
    assert since[:2] == [0, 60]
    assert since == sorted(since)
    assert since[-1] > 60


def test_the_field_stands_upright(site: Site, open_page: Callable[..., Page]) -> None:
    """The fake field says "real" (blue) on the ring where y is high, "generated" (red) below."""
    page = open_page(f"run={site.fresh()}&layers=field")
    state(page, "paused")
    read = """([x, y]) => { const canvas = document.querySelector('[data-testid=ganlab-stage]');
        return [...canvas.getContext('2d').getImageData(x * canvas.width, y * canvas.height, 1, 1).data]; }"""
    red, _, blue, _ = eventually(
        lambda: (pixel := page.evaluate(read, [0.5, 0.22])) and pixel[0] < 250 and pixel
    )
    assert blue > red + 30
    red, _, blue, _ = page.evaluate(read, [0.5, 0.88])
    assert red > blue + 30


def test_one_dimension(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh("-1d")
    page = open_page(f"run={run}")
    page.get_by_test_id("ganlab-play").click()
    eventually(lambda: len(site.frames(run)) > 20)
    asked = {layer for message in site.frames(run) for layer in message["layers"]}
    assert asked == {"curves", "map", "real", "fake", "coverage", "history"}
    expect(page.get_by_test_id("ganlab-chart-losses")).to_contain_text("2·JS − ln 4")


@pytest.mark.parametrize("run", ["phone", "phone-1d"])
def test_on_a_phone(site: Site, open_page: Callable[..., Page], run: str) -> None:
    page = open_page(f"run={run}", viewport={"width": 420, "height": 850}, has_touch=True)
    state(page, "paused")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('.gl button, .gl label')].filter(node => node.offsetParent)
        .map(node => [node.textContent, node.offsetHeight])"""
    )
    assert len(sizes) >= 10
    assert [size for size in sizes if size[1] < 40] == []
    wide = page.evaluate(
        """() => { const right = document.querySelector('.gl').getBoundingClientRect().right + 1;
        return [...document.querySelectorAll('.gl *')].filter(node => node.getBoundingClientRect().right > right
        && !node.closest('svg')).map(node => node.className); }"""
    )
    assert wide == []


def test_compact_has_stage_play_and_status_only(site: Site, open_page: Callable[..., Page]) -> None:
    run = site.fresh()
    page = open_page(f"run={run}&compact")
    state(page, "paused")
    page.get_by_test_id("ganlab-play").click()
    state(page, "running")
    expect(page.get_by_test_id("ganlab-step-d")).to_be_hidden()
    expect(page.get_by_test_id("ganlab-charts")).to_have_count(0)
    assert page.evaluate("typeof window.Plotly") == "undefined"
    assert all("history" not in message["layers"] for message in site.frames(run))


def test_leaving_closes_the_socket_and_coming_back_opens_one(
    site: Site, open_page: Callable[..., Page]
) -> None:
    run = site.fresh()
    page = open_page(f"run={run}")
    state(page, "paused")
    page.get_by_text("Mounted").click()
    expect(page.get_by_test_id("ganlab-live")).to_have_count(0)
    count = settled(lambda: len(site.frames(run)), "no more frames are asked for", still=1.0)
    page.get_by_text("Mounted").click()
    state(page, "paused")
    eventually(lambda: len(site.frames(run)) > count)


def test_drawing_pad(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page("draw", wait="[data-testid=ganlab-pad]")
    pad = page.get_by_test_id("ganlab-pad")
    expect(page.get_by_test_id("ganlab-pad-use")).to_be_disabled()
    box = pad.bounding_box()
    assert box is not None
    centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for turn in range(8):
        stroke(page, centre, box["width"] * (0.1 + 0.05 * turn))
    page.get_by_test_id("ganlab-pad-undo").click()
    page.get_by_test_id("ganlab-pad-use").click()
    shown = page.get_by_text(re.compile(r"^points \[\("))
    expect(shown).to_be_visible()
    points = np.array(ast.literal_eval(shown.inner_text().removeprefix("points ")))
    assert points.shape == (400, 2)
    assert np.abs(points).max() <= 2
    radius = np.hypot(*points.T)
    assert radius.min() == pytest.approx(0.4, abs=0.06)
    assert radius.max() == pytest.approx(4 * (0.1 + 0.05 * 6), abs=0.08)
    page.get_by_test_id("ganlab-pad-clear").click()
    expect(page.get_by_test_id("ganlab-pad-count")).to_have_text("0 points")


def stroke(page: Page, centre: tuple[float, float], radius: float) -> None:
    """A circle, drawn with the mouse."""
    for k, angle in enumerate(np.linspace(0, 2 * np.pi, 40)):
        page.mouse.move(centre[0] + radius * np.cos(angle), centre[1] - radius * np.sin(angle))
        if k == 0:
            page.mouse.down()
    page.mouse.up()


def test_drawing_with_a_finger(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(
        "draw", wait="[data-testid=ganlab-pad]", viewport={"width": 420, "height": 850}, has_touch=True
    )
    box = page.get_by_test_id("ganlab-pad").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    expect(page.get_by_test_id("ganlab-pad-count")).to_have_text("1 points")
    page.get_by_test_id("ganlab-pad-use").tap()
    shown = page.get_by_text(re.compile(r"^points \[\("))
    ((x, y),) = ast.literal_eval(shown.inner_text().removeprefix("points "))
    assert (x, y) == (pytest.approx(1.0, abs=0.05), pytest.approx(1.0, abs=0.05))


@pytest.fixture(scope="module")
def modules(site: Site, browser: Browser) -> Iterator[Page]:
    """A page that can import the component's modules."""
    page = browser.new_page()
    page.goto(f"{site.url}/_stcore/health")
    yield page
    page.close()


@pytest.mark.parametrize("odd", [0, 1, 2, 3, 7])
def test_frames_are_read_as_numpy_wrote_them(modules: Page, odd: int) -> None:
    rng = np.random.default_rng(odd)
    tensors = {
        "points": rng.standard_normal((5, 2)).astype("f4"),
        "field": rng.integers(0, 256, (3, 5 + odd)).astype("u1"),
        "empty": np.zeros((0, 3), "f4"),
    }
    frame = shifted(save(tensors, metadata={"info": json.dumps({"step": 3, "x": "nan"})}), odd)
    read = modules.evaluate(
        """async ([address, bytes]) => {
        const { parseFrame } = await import(`${address}/frame.js`);
        const { info, tensors } = parseFrame(new Uint8Array(bytes).buffer);
        return [info, [...tensors].map(([name, { data, shape }]) => [name, shape, [...data]])]; }""",
        [address(), list(frame)],
    )
    assert read[0] == {"step": 3, "x": "nan"}
    assert {name for name, _, _ in read[1]} == set(tensors)
    for name, shape, data in read[1]:
        assert shape == list(tensors[name].shape)
        np.testing.assert_array_equal(np.array(data, tensors[name].dtype), tensors[name].ravel())


def shifted(frame: bytes, by: int) -> bytes:
    """The same frame with spaces after its header, so that numbers start at any byte."""
    length = int.from_bytes(frame[:8], "little")
    return (length + by).to_bytes(8, "little") + frame[8 : 8 + length] + b" " * by + frame[8 + length :]


@pytest.mark.parametrize("size", [0, 7, 12, 40])
def test_a_frame_cut_short_is_an_error(modules: Page, size: int) -> None:
    frame = save({"points": np.ones((4, 2), "f4")}, metadata={"info": "{}"})[:size]
    failed = modules.evaluate(
        """async ([address, bytes]) => { const { parseFrame } = await import(`${address}/frame.js`);
        try { parseFrame(new Uint8Array(bytes).buffer); return false; } catch { return true; } }""",
        [address(), list(frame)],
    )
    assert failed


def test_the_contour_of_a_plane_is_a_line(modules: Page) -> None:
    y, x = np.mgrid[0:20, 0:30]
    field = 3 * x + 5 * y
    segments = contour(modules, field)
    points = segments.reshape(-1, 2)
    assert len(points) >= 40
    np.testing.assert_allclose(3 * points[:, 0] + 5 * points[:, 1], 90.5, atol=1e-4)


def test_the_contour_of_a_cone_is_a_closed_circle(modules: Page) -> None:
    y, x = np.mgrid[0:41, 0:41]
    segments = contour(modules, np.clip(255 - 10 * np.hypot(x - 20, y - 20), 0, 255).round(), 127.5)
    ends = np.sort(np.round(segments.reshape(-1, 2), 6), axis=0)
    radius = np.hypot(*(segments.reshape(-1, 2) - 20).T)
    np.testing.assert_allclose(radius, 12.75, atol=0.1)
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]).sum()
    assert length == pytest.approx(2 * np.pi * 12.75, rel=0.01)
    assert len(ends) % 2 == 0  # every end is the beginning of another segment
    _, counts = np.unique(np.round(segments.reshape(-1, 2), 6), axis=0, return_counts=True)
    assert set(counts) == {2}


def contour(page: Page, field: np.ndarray, level: float = 90.5) -> np.ndarray:
    """Segments [n, 4]."""
    flat = page.evaluate(
        """async ([address, data, shape, level]) => {
        const { contour } = await import(`${address}/contour.js`);
        return contour(Uint8Array.from(data), shape, level); }""",
        [address(), field.astype(int).ravel().tolist(), list(field.shape), level],
    )
    return np.array(flat).reshape(-1, 4)
