"""The pages in a real Chromium, with real runs: what a viewer does and sees."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    choose,
    complaints,
    enter,
    eventually,
    field,
    group,
    open_page,
    query,
    shown,
    standing,
    state,
    step,
    training,
    watch_requests,
)
from tests.conftest import AppServer

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


# ---------------------------------------------------------------- ways in


def test_home_opens_with_a_run_that_advances(page: Page, app_server: AppServer) -> None:
    failed = watch_requests(page)
    open_page(page, app_server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two networks, teaching each other")
    expect(page.get_by_test_id("ganlab-backend")).to_have_text(re.compile("eager|compiled"))
    assert step(page) < training(page)
    assert complaints(page) == []
    assert failed == []
    assert "torch" not in Path(f"/proc/{app_server.process.pid}/maps").read_text(), (
        "the web process stays light"
    )


def test_from_home_a_ring_is_being_learned_after_one_click(page: Page, app_server: AppServer) -> None:
    begun = time.monotonic()
    page.goto(app_server.url)
    page.get_by_role("link", name="Learns all modes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GAN in two dimensions")
    training(page)
    expect(page.get_by_test_id("ganlab-modes")).to_have_text(re.compile(r"^\d/8$"))
    assert time.monotonic() - begun < 15
    assert query(page)["data"] == "ring(8,radius=2,std=0.05)"
    assert query(page)["seed"] == "0"
    assert complaints(page) == []


def test_the_line_shows_its_densities(page: Page, app_server: AppServer) -> None:
    failed = watch_requests(page)
    open_page(page, f"{app_server.url}/gan_1d")
    expect(page.get_by_test_id("ganlab-modes")).to_have_text(re.compile(r"^\d/2$"))
    for name in ("curves", "d", "map"):
        expect(page.get_by_test_id(f"ganlab-layer-{name}")).to_be_checked()
    assert complaints(page) == []
    assert failed == []


def test_pages_remember_their_exercise(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?data=moons(radius=1,std=0.08)&seed=5")
    page.get_by_test_id("stSidebarNav").get_by_text("GAN in 1-D").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GAN in one dimension")
    training(page)
    page.get_by_test_id("stSidebarNav").get_by_text("GAN in 2-D").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GAN in two dimensions")
    eventually(lambda: query(page).get("seed") == "5", "the address of the exercise")
    assert query(page)["data"] == "moons(radius=1,std=0.08)"
    training(page)


# ---------------------------------------------------------------- the run


def test_pause_and_play_with_button_and_space(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d")
    page.get_by_test_id("ganlab-play").click()
    held = standing(page)
    page.wait_for_timeout(700)
    assert step(page) == held
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Space")
    eventually(lambda: step(page) > held, "the run goes on")
    page.keyboard.press("Space")
    assert standing(page) > held


def test_arrow_keys_take_single_steps(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d")
    page.get_by_test_id("ganlab-play").click()
    held = standing(page)
    page.get_by_role("heading", level=1).click()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    eventually(lambda: step(page) == held + 2, "two steps of both")
    page.wait_for_timeout(500)
    assert step(page) == held + 2


def test_a_preset_is_one_click_and_a_link(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d")
    preset = page.get_by_role("link", name="D too strong")
    assert "objective=minimax" in (preset.get_attribute("href") or "")
    before = step(page)
    preset.click()
    eventually(lambda: query(page).get("objective") == "minimax", "the preset in the address")
    eventually(lambda: -1 < step(page) < before, "another run")
    expect(page.locator(".st-key-preset-on-d_too_strong")).to_be_visible()
    page.go_back()
    eventually(lambda: "objective" not in query(page), "the exercise before")
    expect(page.locator(".st-key-preset-on-learns")).to_be_visible()
    training(page)


def test_a_learning_rate_changes_while_the_run_goes_on(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d")
    page.get_by_test_id("ganlab-play").click()
    held = standing(page)
    slider = field(page, "lr_d").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    eventually(lambda: query(page).get("lr_d") == "0.002", "the learning rate in the address")
    page.wait_for_timeout(500)
    assert step(page) == held, "the same run, still paused"
    assert state(page) == "paused"


def test_other_layers_need_a_new_run(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d")
    eventually(lambda: step(page) > 300, "some steps")
    before = step(page)
    group(page, "Networks")
    choose(page, "g_hidden-units", "8")
    eventually(lambda: query(page).get("g_hidden") == "8,8", "the layers in the address")
    eventually(lambda: -1 < step(page) < before, "a run that begins")
    training(page)


def test_new_seed_and_the_link_to_it(page: Page, new_page: NewPage, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?data=grid(3)&objective=hinge&g_hidden=16,24&lr_d=0.0007&seed=0")
    page.get_by_test_id("ganlab-new-seed").click()
    seed = eventually(lambda: query(page)["seed"] != "0" and query(page)["seed"], "a new seed")
    expect(page.get_by_test_id("ganlab-seed")).to_have_text(seed)

    other = open_page(new_page(), page.url)
    expect(other.get_by_test_id("ganlab-seed")).to_have_text(seed)
    assert query(other) == query(page)
    assert field(other, "data").locator("input").input_value() == "grid(3,spacing=2,std=0.05)"
    expect(field(other, "lr_d")).to_contain_text("0.0007")
    group(other, "Objective and penalty")
    assert field(other, "objective").locator("input").input_value() == "Hinge GAN"
    group(other, "Networks")
    assert field(other, "g_hidden-units").locator("input").input_value() == "16, 24"
    assert complaints(other) == []


def test_copy_link_holds_the_whole_exercise(new_page: NewPage, app_server: AppServer) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    open_page(page, f"{app_server.url}/gan_2d?data=grid(3)&seed=7&batch=64")
    page.get_by_test_id("ganlab-copy-link").click()
    link = eventually(lambda: page.evaluate("navigator.clipboard.readText()"), "the link")
    assert link.startswith(f"{app_server.url}/gan_2d?")
    for part in ("seed=7", "batch=64", "backend="):
        assert part in link


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("densities?q=laplace(1,2)&units=bits", {"q": "laplace(1,2)", "units": "bits"}),
        ("samples?n=50&seed=3", {"n": "50", "seed": "3"}),
        ("fit?objective=tv&seed=5", {"objective": "tv", "seed": "5"}),
    ],
)
def test_copied_links_hold_what_a_page_shows(
    new_page: NewPage, app_server: AppServer, name: str, asked: dict[str, str]
) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{app_server.url}/{name}")
    page.locator("[data-testid$=-copy-link]").click()
    link = eventually(lambda: page.evaluate("navigator.clipboard.readText()"), "the link")
    assert link == page.evaluate("location.href")
    assert asked.items() <= dict(parse_qsl(urlsplit(link).query)).items()


# ---------------------------------------------------------------- languages, sizes


CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORDS = re.compile(r"[A-Za-z]{4,}")
ALLOWED = {
    *("ganlab", "English", "ReLU", "Leaky", "Adam", "radius", "ring", "MMD", "Softplus", "CUDA"),
    *("RMSProp", "SGD", "PacGAN", "WGAN", "Wasserstein", "Jensen", "Shannon"),
}


def leftovers(page: Page, part: str) -> set[str]:
    """English words in a Chinese part of the page, other than names and the icons, which are words of a font."""
    text = page.get_by_test_id(part).inner_text()
    for icon in page.locator("[translate=no]").all_inner_texts():
        text = text.replace(icon, " ")
    return set(WORDS.findall(text)) - ALLOWED


def test_the_language_switch_turns_the_whole_page(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?data=ring(8,radius=2,std=0.05)&seed=3")
    english = page.get_by_test_id("stMain").inner_text()
    page.get_by_test_id("stSidebar").get_by_text("简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CHINESE)
    eventually(lambda: query(page).get("lang") == "zh_CN", "the language in the address")
    assert query(page)["seed"] == "3"
    training(page)
    assert leftovers(page, "stMain") == set()
    assert leftovers(page, "stSidebar") == set()
    page.get_by_test_id("stSidebarNav").get_by_text("首页").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("二维 GAN")
    training(page)
    assert leftovers(page, "stMain") == set()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("二维 GAN")
    page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GAN in two dimensions")
    assert not CHINESE.search(english)
    assert complaints(page) == []


def test_a_browser_in_chinese_gets_chinese(new_page: NewPage, app_server: AppServer) -> None:
    page = open_page(new_page(locale="zh-CN"), app_server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(CHINESE)


@pytest.mark.parametrize("path", ["", "gan_2d", "gan_1d"])
def test_a_phone_shows_the_whole_width(new_page: NewPage, app_server: AppServer, path: str) -> None:
    page = new_page(
        viewport={"width": 420, "height": 880}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    open_page(page, f"{app_server.url}/{path}")
    expect(page.get_by_test_id("ganlab-play")).to_be_visible()
    widths = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain], html, body')].map(
            (node) => node.scrollWidth - node.clientWidth)"""
    )
    assert widths == [0] * len(widths)
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] *')]
            .filter((node) => node.getBoundingClientRect().right > innerWidth + 1 && node.offsetParent)
            .map((node) => node.className).slice(0, 5)"""
    )
    assert beyond == []
    canvas = page.get_by_test_id("ganlab-live").locator("canvas").first.bounding_box()
    assert canvas is not None
    assert canvas["width"] > 300
    assert complaints(page) == []


# ---------------------------------------------------------------- bad input


def test_nonsense_in_the_address_is_named_and_the_rest_kept(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?lr_d=abc&batch=-3&seed=4&objective=hinge")
    warning = page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("lr_d=abc")
    expect(warning).to_contain_text("a number is needed")
    expect(warning).to_contain_text("it must be at least 1")
    assert query(page)["seed"] == "4"
    assert query(page)["objective"] == "hinge"
    assert "lr_d" not in query(page)
    assert shown(page, "seed") == "4"
    assert complaints(page) == []


def test_nonsense_as_data_is_explained_and_nothing_lost(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?data=grid(3)&seed=4")
    before, address = step(page), page.url
    enter(page, "data", "ring(8")
    alert = page.get_by_test_id("stSidebar").get_by_test_id("stAlert")
    expect(alert).to_contain_text("does not read as a distribution")
    expect(alert).to_contain_text("Position 5.")
    assert field(page, "data").locator("input").input_value() == "ring(8", (
        "what was typed stays to be put right"
    )
    assert page.url == address
    eventually(lambda: step(page) > before, "the run goes on")
    enter(page, "data", "ring(8)")
    eventually(lambda: query(page)["data"] == "ring(8,radius=1,std=0.01)", "the data put right")
    expect(alert).not_to_be_visible()


def test_data_of_one_dimension_has_its_own_page(page: Page, app_server: AppServer) -> None:
    open_page(page, f"{app_server.url}/gan_2d?data=grid(3)&seed=4")
    enter(page, "data", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)")
    expect(page.get_by_role("heading", level=1)).to_have_text("GAN in one dimension")
    eventually(lambda: query(page).get("data", "").startswith("0.3*"), "the mixture in the address")
    assert query(page)["seed"] == "4"
    expect(page.get_by_test_id("ganlab-modes")).to_have_text(re.compile(r"^\d/2$"))


def test_a_spec_too_large_to_watch_is_refused(page: Page, app_server: AppServer) -> None:
    open_page(
        page, f"{app_server.url}/gan_2d?data=grid(3)&seed=4&g_hidden=512,512,512,512,512,512&batch=4096"
    )
    expect(page.get_by_test_id("stAlert")).to_contain_text("billion operations")
    assert query(page)["data"] == "grid(3,spacing=2,std=0.05)"
