"""Makes the animated picture of the README: starts the app, opens the live stage, and films it in Chromium.

    python -m scripts.picture [--path gan_2d] [--out docs/live.webp] [--frames 48]

The requirements are those of the tests (`make test` installs them).
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FRAME_MS = 120  # how long each picture is shown
HOLD_MS = 2500  # and the last one


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--path", default="gan_2d", help="page and parameters, as in the address bar")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "live.webp")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--width", type=int, default=820, help="pixels of the finished picture")
    options = parser.parse_args()
    with running_app() as url, live_stage(f"{url}/{options.path}") as stage:
        pictures = film(stage, options.frames)
    save(pictures, options.out, options.width)
    print(f"{options.out}: {len(pictures)} frames, {options.out.stat().st_size / 1024:.0f} KB")


@contextmanager
def running_app() -> Iterator[str]:
    """The address of an app that runs as long as the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def live_stage(url: str) -> Iterator[Locator]:
    """The live stage of a page, playing from its first step."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": 1280, "height": 1600}, locale="en-GB", color_scheme="light"
        )
        page.goto(url)
        stage = page.get_by_test_id("ganlab-live").first
        stage.wait_for(timeout=30_000)
        play(page)
        yield stage
        browser.close()


def play(page: Page) -> None:
    """Lets the run go if it waits for a click."""
    state = page.get_by_test_id("ganlab-state").first
    page.wait_for_function(
        "e => e.dataset.state !== 'connecting'", arg=state.element_handle(), timeout=30_000
    )
    if state.get_attribute("data-state") == "paused":
        page.get_by_test_id("ganlab-play").first.click()


def film(stage: Locator, frames: int) -> list[Image.Image]:
    """Screenshots at growing intervals: most happens in the first seconds."""
    pictures = []
    for number in range(frames):
        pictures.append(Image.open(io.BytesIO(stage.screenshot())).convert("RGB"))
        stage.page.wait_for_timeout(20 + 4 * number)
    return pictures


def save(pictures: list[Image.Image], path: Path, width: int) -> None:
    size = width, round(pictures[0].height * width / pictures[0].width)
    small = [picture.resize(size, Image.Resampling.LANCZOS) for picture in pictures]
    durations = [FRAME_MS] * (len(small) - 1) + [HOLD_MS]
    path.parent.mkdir(parents=True, exist_ok=True)
    small[0].save(
        path, save_all=True, append_images=small[1:], duration=durations, loop=0, quality=60, method=6
    )


if __name__ == "__main__":
    main()
