"""What tests do on the pages "Two densities" and "In the plane", in a viewer's terms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ganlab.divergences import compare
from tests.browser.steps import eventually, query
from tests.conftest import AppServer

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PHONE = {"viewport": {"width": 420, "height": 880}, "has_touch": True, "is_mobile": True}


# ---------------------------------------------------------------- opening


def open_lab(page: Page, url: str) -> Page:
    """Opens an address of one of these pages and waits until its first values are painted."""
    page.goto(url)
    return filled(page)


def filled(page: Page) -> Page:
    """Waits until the table has values."""
    expect(page.get_by_test_id("lab")).to_be_visible(timeout=30_000)
    eventually(lambda: page.locator("[data-testid^=lab-value-][data-value]").count() > 0, "a first answer")
    return page


def blank(page: Page, server: AppServer) -> Page:
    """An address of the app without an app: modules can be imported there."""
    page.goto(f"{server.url}/_stcore/health")
    return page


# ---------------------------------------------------------------- doing


def centre(page: Page, handle: str) -> tuple[float, float]:
    """The middle of a handle, in pixels of the page."""
    box = page.get_by_test_id(f"lab-handle-{handle}").locator("path").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, handle: str, dx: float, dy: float = 0.0, *, release: bool = True) -> None:
    """Moves a handle by so many pixels, and lets go of it unless told otherwise."""
    x, y = centre(page, handle)
    drag_to(page, handle, x + dx, y + dy, steps=8, release=release)


def drag_to(page: Page, handle: str, x: float, y: float, *, steps: int, release: bool = True) -> None:
    """Moves a handle to a place in pixels of the page."""
    page.mouse.move(*centre(page, handle))
    page.mouse.down()
    page.mouse.move(x, y, steps=steps)
    if release:
        page.mouse.up()


def drag_by_finger(page: Page, handle: str, beside: tuple[float, float], step: float) -> None:
    """Eight steps to the right with a finger that comes down beside the mark."""
    x, y = centre(page, handle)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x + dx, "y": y + dy} for dx, dy in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", beside)
    for k in range(1, 9):
        touch("touchMove", (beside[0] + step * k, beside[1]))
    touch("touchEnd")


def put(page: Page, name: str, text: str) -> Locator:
    """Types into a box and presses Enter."""
    box = page.get_by_test_id(f"lab-{name}")
    box.fill(text)
    box.press("Enter")
    return box


def saved(page: Page, kind: str, name: str) -> Path:
    """The file that a button saves."""
    with page.expect_download() as download:
        page.get_by_test_id(f"lab-download-{kind}").click()
    assert download.value.suggested_filename == f"{name}.{kind}"
    return Path(download.value.path())


# ---------------------------------------------------------------- reading


def link(page: Page) -> str:
    """The query of the address bar, as it is written there."""
    return str(page.evaluate("location.search"))


def another(page: Page, side: str, before: str) -> str:
    """Waits until the text of P or of Q in the address is another one; gives it."""
    eventually(lambda: query(page)[side] != before, "the new address")
    return query(page)[side]


def value(page: Page, name: str) -> float:
    """The value of a row, as the server sent it."""
    return float(page.get_by_test_id(f"lab-value-{name}").get_attribute("data-value") or "nan")


def agrees(page: Page, names: Sequence[str]) -> bool:
    """Whether the table says what the core says of the texts in the address."""
    fields = query(page)
    found = compare(fields["p"], fields["q"], names, bandwidth=float(fields.get("bandwidth", 1)))
    return all(value(page, name) == pytest.approx(found[name].value, rel=1e-9, abs=1e-12) for name in names)


def reading(page: Page, testid: str, pattern: str) -> list[float]:
    """The numbers in a sentence."""
    found = re.search(pattern, page.get_by_test_id(testid).inner_text())
    return [float(number) for number in found.groups()] if found else []


def wider_than_the_screen(page: Page) -> list[str]:
    """Classes of what stands out on the right, less the table, which scrolls by itself, and drawings."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('[data-testid=stMain] *')]
                .filter((node) => node.getBoundingClientRect().right > innerWidth + 1 && node.offsetParent
                    && !node.closest('.lab-readings, svg'))
                .map((node) => node.className).slice(0, 5)
                .concat(document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])"""
        )
    )
