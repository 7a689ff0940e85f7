"""What tests do on the pages, in a viewer's terms."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

PATIENCE = 20.0  # seconds; the machine that tests is often busy
PAUSE = 0.05  # seconds between two looks
PROBES = ("/_stcore/health", "/_stcore/host-config")


def eventually(probe: Callable[[], Any], what: str = "it holds", patience: float = PATIENCE) -> Any:
    """The first true value of the probe."""
    end = time.monotonic() + patience
    while not (value := probe()):
        assert time.monotonic() < end, f"not within {patience:.0f} s: {what} (last: {value!r})"
        time.sleep(PAUSE)
    return value


def settled(probe: Callable[[], Any], what: str, still: float = 0.5) -> Any:
    """The value of the probe once it has stayed the same for so many seconds."""
    begun = since = time.monotonic()
    last = probe()
    while time.monotonic() < since + still:
        assert time.monotonic() < begun + PATIENCE, f"not within {PATIENCE:.0f} s: {what} (last: {last!r})"
        time.sleep(PAUSE)
        if (value := probe()) != last:
            last, since = value, time.monotonic()
    return last


def open_page(page: Page, url: str) -> Page:
    """Opens an address and waits until its run is there."""
    page.goto(url)
    expect(page.get_by_test_id("ganlab-live")).to_be_visible(timeout=PATIENCE * 1000)
    training(page)
    return page


def shown(page: Page, name: str) -> str:
    """The text of one of the component's elements."""
    return page.get_by_test_id(f"ganlab-{name}").inner_text()


def step(page: Page) -> int:
    """The step that is shown; -1 before the first frame."""
    digits = "".join(c for c in shown(page, "step") if c.isdigit())
    return int(digits) if digits else -1


def state(page: Page) -> str | None:
    """running, paused, diverged, stopped or connecting."""
    return page.get_by_test_id("ganlab-state").get_attribute("data-state")


def training(page: Page) -> int:
    """Waits until the step grows; returns it."""
    first = eventually(lambda: step(page) >= 0 and step(page) + 1, "a first frame") - 1
    eventually(lambda: step(page) > first, f"a step after {first}")
    return step(page)


def standing(page: Page) -> int:
    """Waits until the run is paused and its step has stopped; returns it."""
    eventually(lambda: state(page) == "paused", "the run pauses")
    return int(settled(lambda: step(page), "the step stands still"))


def query(page: Page) -> dict[str, str]:
    """What is in the address bar; asked of the page, because `page.url` is renewed only while we wait for it."""
    return dict(parse_qsl(page.evaluate("location.search").lstrip("?")))


def field(page: Page, name: str) -> Locator:
    """The sidebar's widget of a field."""
    return page.locator(f".st-key-{page_name(page)}-{name}")


def page_name(page: Page) -> str:
    """gan_1d or gan_2d."""
    return urlsplit(page.url).path.strip("/")


def group(page: Page, title: str) -> None:
    """Opens a group of the sidebar; a new browser session starts with the groups closed."""
    page.get_by_test_id("stSidebar").get_by_text(title, exact=True).click()


def choose(page: Page, name: str, option: str) -> None:
    """Picks an option of a list in the sidebar."""
    pick(field(page, name).locator("input"), option)


def pick(box: Locator, option: str, exact: bool = True) -> None:
    """Picks an option of a list by typing its name; a page that is still arriving may close the list once more."""
    wanted = box.page.get_by_role("option", name=option, exact=exact).first
    for _ in range(4):
        box.click()
        box.page.keyboard.type(option)
        with suppress(NotInTime):
            wanted.click(timeout=5_000)
            return
        box.page.keyboard.press("Escape")
    raise AssertionError(f"the list has no option {option}, or does not stay open")


def enter(page: Page, name: str, text: str) -> None:
    """Types a text into a box of the sidebar."""
    box = field(page, name).locator("input")
    box.fill(text)
    box.press("Enter")


def path(page: Page, chart: str, mark: str) -> str:
    """The drawn path of a mark on a chart."""
    return page.get_by_test_id(chart).locator(f'[data-mark="{mark}"] path').first.get_attribute("d") or ""


def complaints(page: Page) -> list[str]:
    """What the browser complained about, less Streamlit's own search for its root below the page's address."""
    found = page.complaints  # type: ignore[attr-defined]
    return found.page + [text for text in found.console if not text.startswith("Failed to load resource")]


def watch_requests(page: Page) -> list[str]:
    """Collects requests that failed, less those by which Streamlit looks for its root."""
    failed: list[str] = []

    def note(response: Any) -> None:
        path = urlsplit(response.url).path
        if response.status >= 400 and not path.endswith(PROBES):
            failed.append(f"{response.status} {response.url}")

    page.on("response", note)
    page.on("requestfailed", lambda request: failed.append(f"{request.failure} {request.url}"))
    return failed
