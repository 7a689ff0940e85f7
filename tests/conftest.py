"""What the tests share: a Chromium, a running app, and the rule that browser tests never skip."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError

import hypothesis
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
expect.set_options(timeout=20_000)  # milliseconds; the machine that tests is often busy

# CI draws the same examples every time, so that it fails for a change and not for a dice roll; here they are new ones.
# A slow machine is no fault of the code under test, hence no deadline for an example, nor for drawing one.
UNHURRIED: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("ci", derandomize=True, **UNHURRIED)
hypothesis.settings.register_profile("here", **UNHURRIED)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


# ---------------------------------------------------------------- browser tests never skip


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    report = yield
    if report.skipped and item.get_closest_marker("browser") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and browser tests never skip: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[Any]:
    report = yield
    if report.skipped and "browser" in collector.nodeid:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skips itself, and browser tests never skip: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: what is quick to find is found first.

    It is also a need: while Playwright's synchronous interface is open, its event loop counts as running in
    this thread, and `asyncio.run` in any other test would fail.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# ---------------------------------------------------------------- the app as users start it


def find_free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    return find_free_port()


@dataclass
class AppServer:
    """A running app: its address, its process, and what it has printed so far."""

    url: str
    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise RuntimeError(f"The app did not start (exit status {self.process.poll()}):\n{self.log}")

    def stop(self) -> None:
        """Asks the app to stop as Ctrl+C would; what is left of its process group after 10 s is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def start_app(
    log_path: Path, *arguments: str, script: str = "app.py", environment: dict[str, str] | None = None
) -> AppServer:
    """Starts `streamlit run app.py` in a process group of its own and waits until it answers."""
    port = find_free_port()
    address = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, *address, *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = AppServer(f"http://127.0.0.1:{port}", process, log_path)
    try:
        server.wait_until_healthy()
    except BaseException:
        server.stop()
        raise
    return server


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """One app for all browser tests. A test that breaks things starts its own with `launch_app`."""
    server = start_app(tmp_path_factory.mktemp("app") / "log.txt")
    yield server
    server.stop()


@pytest.fixture
def launch_app(tmp_path: Path) -> Iterator[Callable[..., AppServer]]:
    """`launch_app(*arguments, environment=None) -> AppServer`: an app for this test alone."""
    servers: list[AppServer] = []

    def launch(*arguments: str, environment: dict[str, str] | None = None) -> AppServer:
        log = tmp_path / f"app-{len(servers)}.txt"
        servers.append(start_app(log, *arguments, environment=environment))
        return servers[-1]

    yield launch
    for server in servers:
        server.stop()


# ---------------------------------------------------------------- Chromium


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium to drive; `CHROMIUM=/path` chooses one."""
    for name in (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES):
        path = shutil.which(name)
        if path:
            return path
    pytest.fail("No Chromium: install Debian's package 'chromium', or set CHROMIUM=/path/to/chrome")


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Complaints:
    """What the browser complained about on one page."""

    console: list[str] = field(default_factory=list)
    page: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.console or self.page)


def watch(page: Page) -> Complaints:
    """Collects the page's uncaught exceptions and console errors from now on."""
    complaints = Complaints()
    page.on("pageerror", lambda error: complaints.page.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.console.append(message.text) if message.type == "error" else None,
    )
    return complaints


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`new_page(**options) -> Page`, each in a browser session of its own, with `page.complaints` on it.

    Options are those of Playwright's `Browser.new_context`; the defaults are a laptop, English and light.
    """
    contexts = []

    def make(**options: Any) -> Page:
        defaults = {
            "viewport": {"width": 1280, "height": 900},
            "locale": "en-GB",
            "color_scheme": "light",
        }
        context = browser.new_context(**{**defaults, **options})
        contexts.append(context)
        page = context.new_page()
        page.complaints = watch(page)  # type: ignore[attr-defined]
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page with the default options."""
    return new_page()
