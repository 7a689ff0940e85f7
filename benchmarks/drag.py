"""Dragging on the page "Two densities" in a real Chromium on the same machine: updates a second, pointer to paint.

    python -m benchmarks.drag

The mouse is moved through the DevTools protocol at 60 Hz for five seconds. Every answer that is painted counts as an
update; the time from the pointer's event to the message after the paint that shows it is what the page itself notes in
`window.__ganlabLab` (`ask.js`).
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from urllib.parse import urlencode

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.table import Row, show
from tests.conftest import CHROMIUM_ARGUMENTS, start_app

SECONDS = 5.0
RATE = 60.0  # mouse moves a second
REACH = 90.0  # pixels to either side
ALL = "kl_pq,kl_qp,jeffreys,js,tv,hellinger2,chi2_pq,chi2_qp,renyi,alpha,w1,w2,energy2,mmd2"
CASES: dict[str, tuple[dict[str, str], str]] = {
    "two normals, seven divergences": ({"p": "normal(0,1)", "q": "normal(2,1)"}, "q0"),
    "mixtures of 3 and 2 normals, all divergences, D* and the steps of JS": (
        {
            "p": "0.3*normal(-2,0.5)+0.3*normal(0,0.7)+0.4*normal(2,0.4)",
            "q": "0.5*normal(-1,0.6)+0.5*normal(1.5,0.8)",
            "show": ALL,
            "dstar": "True",
            "steps": "4",
        },
        "q1",
    ),
    "Student's t and Laplace against two normals, all divergences": (
        {
            "p": "0.5*student_t(3,-1,0.5)+0.5*laplace(2,0.5)",
            "q": "0.5*normal(-1,0.6)+0.5*normal(1.5,0.8)",
            "show": ALL,
        },
        "q1",
    ),
}


def drag(page: Page, session: CDPSession, handle: str) -> tuple[float, list[float]]:
    """Updates a second and the latencies (ms) while a handle is moved to and fro."""
    box = page.get_by_test_id(f"lab-handle-{handle}-centre").locator("path").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def mouse(kind: str, at: float) -> None:
        held = {"button": "left", "buttons": 1, "clickCount": 1}
        session.send("Input.dispatchMouseEvent", {"type": kind, "x": at, "y": y, **held})

    mouse("mousePressed", x)
    page.evaluate("Object.assign(window.__ganlabLab, { latencies: [], updates: 0 })")
    start, moves = perf_counter(), 0
    while (now := perf_counter() - start) < SECONDS:
        mouse("mouseMoved", x + REACH * math.sin(2 * now))
        moves += 1
        sleep(max(0.0, moves / RATE - (perf_counter() - start)))
    seen = page.evaluate("window.__ganlabLab")
    seconds = perf_counter() - start
    mouse("mouseReleased", x)
    return seen["updates"] / seconds, seen["latencies"]


def measured(page: Page, url: str, what: str) -> Row:
    """One case: opened by its link, dragged once to warm up and once to be measured."""
    query, handle = CASES[what]
    page.goto(f"{url}/densities?{urlencode(query)}")
    page.get_by_test_id(f"lab-handle-{handle}-centre").wait_for(timeout=60_000)
    sleep(2)
    session = page.context.new_cdp_session(page)
    drag(page, session, handle)
    sleep(1)
    rate, latencies = drag(page, session, handle)
    p95 = quantiles(latencies, n=20)[-1]
    figure = f"{rate:.0f}/s, median {median(latencies):.0f} ms, p95 {p95:.0f} ms"
    return Row(f"dragging: {what}", figure, "≥ 30/s, p95 ≤ 50 ms", rate >= 30 and p95 <= 50)


def rows() -> Iterator[Row]:
    """All figures of dragging."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS)
        server = start_app(Path(folder) / "log.txt")
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            for what in CASES:
                yield measured(page, server.url, what)
        finally:
            server.stop()


if __name__ == "__main__":
    show(rows())
