"""What viewers see when a tab is closed in the middle of a run, or a worker dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import eventually, open_page, step, training
from tests.conftest import AppServer

pytestmark = pytest.mark.browser


def workers(server: AppServer) -> list[int]:
    """Process ids of the app's workers."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for path in children for child in path.read_text().split()]
    return [child for child in found if b"ganlab.live.worker" in Path(f"/proc/{child}/cmdline").read_bytes()]


def busy(pid: int, seconds: float = 1.0) -> float:
    """Share of a core that a process uses."""

    def used() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(seconds)
    return (used() - before) / seconds


def test_closed_tabs_and_killed_workers(
    launch_app: Callable[..., AppServer], new_page: Callable[..., Page]
) -> None:
    server = launch_app()
    page = open_page(new_page(), f"{server.url}/gan_2d?seed=6")
    running = [pid for pid in workers(server) if busy(pid) > 0.2]
    assert len(running) == 1, "one worker trains"

    reached = training(page)
    os.kill(running[0], signal.SIGKILL)
    expect(page.get_by_test_id("ganlab-notice-text")).to_contain_text("worker", timeout=20_000)
    eventually(lambda: step(page) > reached, "the run goes on from its checkpoint")
    assert running[0] not in workers(server)

    page.context.close()
    eventually(lambda: all(busy(pid) < 0.1 for pid in workers(server)), "nobody watches: the run sleeps")
    again = open_page(new_page(), f"{server.url}/gan_2d?seed=6")
    training(again)
