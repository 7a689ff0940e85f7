"""A server whose runs train nothing (`fake_run`), as tests see it: what it was asked, and what it is to say."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, start_app

TIMEOUT = 20.0  # seconds


class Site:
    """The server, as the tests see it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.runs = 0

    def fresh(self, suffix: str = "") -> str:
        """The name of a run that nobody has seen yet."""
        self.runs += 1
        return f"run{self.runs}{suffix}"

    def log(self, run: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/fake/{run}/log", timeout=TIMEOUT) as answer:
            return json.load(answer)

    def frames(self, run: str) -> list[dict[str, Any]]:
        return [message for message in self.log(run) if message["type"] == "frame"]

    def commands(self, run: str) -> list[dict[str, Any]]:
        return [message for message in self.log(run) if message["type"] != "frame"]

    def tell(self, run: str, **what: Any) -> None:
        request = urllib.request.Request(
            f"{self.url}/fake/{run}/tell", json.dumps(what).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=TIMEOUT).close()


@contextmanager
def serving(script: str, log_path: Path) -> Iterator[Site]:
    """A script with fake runs (a path below the root of the project), running."""
    server = start_app(
        log_path, "--server.headless", "true", script=script, environment={"PYTHONPATH": str(ROOT)}
    )
    try:
        yield Site(server.url)
    finally:
        server.stop()
