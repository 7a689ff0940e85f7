"""The socket of a run, over a real server: what it allows, and what it closes with a reason."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from ganlab.live import gateway
from ganlab.live.frames import decode
from ganlab.live.gateway import Limits, routes
from ganlab.live.pool import Pool
from ganlab.live.records import Handle
from ganlab.live.sockets import same_origin
from tests.live.support import PATIENCE, SMALL, wait_for

LIMITS = Limits(hello=PATIENCE, frames=(60, 120), commands=(40, 80), per_run=4, sockets=6)


@dataclass
class Site:
    """A server with nothing but the gateway, and one run."""

    pool: Pool
    port: int
    handle: Handle

    def open(self, run: str | None = None, **options: Any) -> ClientConnection:
        """A socket that has not said hello."""
        origin = options.pop("origin", f"http://127.0.0.1:{self.port}")
        address = f"ws://127.0.0.1:{self.port}/api/live/{run or self.handle.run}"
        return connect(address, origin=origin, open_timeout=PATIENCE, close_timeout=1, **options)

    @contextmanager
    def viewer(self, token: str | None = None) -> Iterator[Viewer]:
        """A socket that has said hello; the owner's unless another token is given."""
        with self.open() as connection:
            viewer = Viewer(connection)
            viewer.say({"type": "hello", "token": token or self.handle.control_token})
            yield viewer


@dataclass
class Viewer:
    """One end of a socket."""

    connection: ClientConnection

    def say(self, message: Any) -> None:
        self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def hear(self) -> dict[str, Any]:
        text = self.connection.recv(timeout=PATIENCE)
        assert isinstance(text, str)
        return json.loads(text)

    def ask(self, message: Any) -> dict[str, Any]:
        self.say(message)
        return self.hear()

    def frame(self, *layers: str) -> tuple[dict[str, Any], dict[str, Any]]:
        self.say({"type": "frame", "layers": list(layers), "since": 0})
        frame = self.connection.recv(timeout=PATIENCE)
        assert isinstance(frame, bytes), frame
        return decode(frame)

    def closed(self) -> tuple[int, str]:
        """Reads on until the socket is closed; code and reason."""
        with pytest.raises(ConnectionClosed) as end:
            self._read_on()
        assert end.value.rcvd is not None, "the connection broke"
        return end.value.rcvd.code, end.value.rcvd.reason

    def _read_on(self) -> None:
        while True:
            self.connection.recv(timeout=PATIENCE)


@contextmanager
def serving(pool: Pool, limits: Limits) -> Iterator[int]:
    """A server on a free port; gives the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = Starlette(
            routes=routes(lambda: pool, limits=limits, origins=frozenset({"https://friend.example"}))
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        wait_for(lambda: server.started, bool)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(autouse=True)
def a_slow_machine_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server gives up on a worker no sooner than we do."""
    monkeypatch.setattr(gateway, "PATIENCE", PATIENCE)


@pytest.fixture(scope="module")
def port(pool: Pool) -> Iterator[int]:
    with serving(pool, LIMITS) as port:
        yield port


@pytest.fixture
def site(pool: Pool, port: int) -> Iterator[Site]:
    """The server with a fresh run; at the end that run must still be well, whatever the test did."""
    site = Site(pool, port, pool.start(SMALL, "tests"))
    yield site
    if not pool.describe(site.handle.run).ended:
        with site.viewer() as viewer:
            assert viewer.frame("fake")[1]["state"] in ("running", "paused")
        pool.stop(site.handle.run).result(PATIENCE)


def test_frames_and_control(site: Site) -> None:
    with site.viewer() as viewer:
        tensors, info = viewer.frame("real", "fake", "field", "history")
        assert tensors.keys() == {"real", "fake", "field", "history"}
        assert info["run"] == site.handle.run
        paused = viewer.ask({"type": "pause"})
        assert (paused["type"], paused["of"]) == ("ok", "pause")
        stepped = viewer.ask({"type": "step", "what": "both"})
        assert stepped == {"type": "ok", "of": "step", "step": paused["step"] + 1}
        assert viewer.frame()[1]["step"] == paused["step"] + 1
        viewer.ask({"type": "play"})
        wait_for(lambda: viewer.frame()[1]["step"], lambda step: step > stepped["step"])


def test_a_bad_value_is_answered_and_the_socket_stays(site: Site) -> None:
    with site.viewer() as viewer:
        answer = viewer.ask({"type": "set", "values": {"lr_d": 99}})
        assert (answer["type"], answer["code"]) == ("error", "invalid")
        assert "lr_d" in answer["text"]
        assert viewer.ask({"type": "set", "values": {"lr_d": 0.5}})["type"] == "ok"


def test_a_view_token_watches_and_does_not_control(site: Site) -> None:
    with site.viewer(site.handle.view_token) as viewer, site.viewer() as owner:
        viewer.frame("fake")
        step = owner.frame()[1]["step"]
        answer = viewer.ask({"type": "pause"})
        assert (answer["type"], answer["code"]) == ("error", "right")
        code, reason = viewer.closed()
        assert (code, reason) == (1008, "right: this link is for watching only")
        wait_for(lambda: owner.frame()[1]["step"], lambda now: now > step)  # it was not paused


@pytest.mark.parametrize("token", ["wrong", "x" * 32])
def test_a_wrong_token(site: Site, token: str) -> None:
    with site.viewer(token) as viewer:
        assert viewer.closed() == (1008, "token: it does not belong to this run")


def test_a_token_of_another_run(site: Site) -> None:
    other = site.pool.start(SMALL, "tests")
    with site.viewer(other.control_token) as viewer:
        assert viewer.closed()[0] == 1008
    site.pool.stop(other.run).result(PATIENCE)


@pytest.mark.parametrize(
    "origin", [None, "http://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1:x"]
)
def test_pages_of_other_servers_are_turned_away(site: Site, origin: Any) -> None:
    with site.open(origin=origin) as connection:
        viewer = Viewer(connection)
        assert viewer.closed() == (1008, "origin: connections are accepted from pages of this server only")


def test_a_listed_origin_is_welcome(site: Site) -> None:
    with site.open(origin="https://friend.example") as connection:
        viewer = Viewer(connection)
        viewer.say({"type": "hello", "token": site.handle.view_token})
        assert viewer.frame()[1]["run"] == site.handle.run


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://localhost:8501", "localhost:8501", True),
        ("https://gan.example", "gan.example", True),
        ("https://gan.example", "gan.example:443", True),
        ("http://gan.example:80", "gan.example", True),
        ("https://GAN.example", "gan.EXAMPLE", True),
        ("http://[::1]:8501", "[::1]:8501", True),
        ("https://gan.example", "gan.example:80", False),
        ("https://gan.example.evil.example", "gan.example", False),
        ("https://evil.example/gan.example", "gan.example", False),
        ("https://gan.example@evil.example", "gan.example", False),
        ("file://", "gan.example", False),
        ("http://", "", False),
        (None, "gan.example", False),
        ("http://gan.example", None, False),
    ],
)
def test_same_origin(origin: str | None, host: str | None, same: bool) -> None:
    assert same_origin(origin, host) == same


@given(st.text(max_size=30), st.text(max_size=30))
def test_same_origin_takes_anything(origin: str, host: str) -> None:
    assert same_origin(origin, host) in (True, False)
    assert not same_origin(origin, "gan.example") or "gan.example" in origin.lower()


def test_no_hello(pool: Pool) -> None:
    handle = pool.start(SMALL, "tests")
    with serving(pool, Limits(hello=0.5)) as port, Site(pool, port, handle).open() as connection:
        assert Viewer(connection).closed() == (1008, "no hello within 0.5 seconds")
    pool.stop(handle.run).result(PATIENCE)


@pytest.mark.parametrize(
    "first", ['{"type": "frame"}', '{"type": "hello"}', "junk", "", '{"type": "hello", "token": 5}']
)
def test_something_else_than_hello(site: Site, first: str) -> None:
    with site.open() as connection:
        viewer = Viewer(connection)
        viewer.say(first)
        code, reason = viewer.closed()
        assert code == 1008
        assert reason.startswith("hello: ")


@pytest.mark.parametrize(
    "junk",
    [
        "junk",
        "[]",
        "{}",
        '{"type": "fly"}',
        '{"type": "play", "x": 1}',
        "\x00",
        "{" * 4000,
        '{"type": "speed", "per_second": NaN}',
    ],
)
def test_junk_closes_with_a_reason(site: Site, junk: str) -> None:
    with site.viewer() as viewer, site.viewer() as other:
        answer = viewer.ask(junk)
        assert (answer["type"], answer["code"]) == ("error", "invalid")
        code, reason = viewer.closed()
        assert code == 1008
        assert reason.startswith("invalid: ")
        assert other.frame()[1]["run"] == site.handle.run


def test_too_large(site: Site) -> None:
    with site.viewer() as viewer:
        viewer.say(json.dumps({"type": "play", "x": "y" * 1_000_000}))
        assert viewer.closed() == (1009, "messages have at most 4096 bytes")


def test_many_bytes_in_few_characters_are_too_large(site: Site) -> None:
    with site.viewer() as viewer:
        viewer.say("ü" * 3000)
        assert viewer.closed()[0] == 1009


def test_binary(site: Site) -> None:
    with site.viewer() as viewer:
        viewer.say(b'{"type": "play"}')
        assert viewer.closed() == (1003, "messages are JSON texts; this one is binary")


@pytest.mark.parametrize(("message", "limit"), [({"type": "frame"}, 60), ({"type": "play"}, 40)])
def test_floods_end_the_socket_they_came_from(site: Site, message: Any, limit: int) -> None:
    with site.viewer() as other, site.viewer() as viewer:
        try:
            for _ in range(1000):
                viewer.say(message)
        except ConnectionClosed:
            pass
        code, reason = viewer.closed()
        assert (code, reason) == (1008, f"rate: more than {limit} messages a second")
        assert other.frame()[1]["run"] == site.handle.run


def test_unknown_run(site: Site) -> None:
    with site.open(run="nobody") as connection:
        viewer = Viewer(connection)
        viewer.say({"type": "hello", "token": "x"})
        code, reason = viewer.closed()
        assert code == 4404
        assert "no run 'nobody'" in reason


def test_viewers_of_a_run_are_counted(site: Site) -> None:
    with site.viewer(), site.viewer(), site.viewer(), site.viewer() as last:
        last.frame()
        with site.open() as connection:
            assert Viewer(connection).closed() == (1013, "4 viewers are watching this run already")
    with site.viewer() as again:
        again.frame()


def test_viewers_of_all_runs_are_counted(site: Site) -> None:
    other = site.pool.start(SMALL, "tests")
    two = Site(site.pool, site.port, other)
    with site.viewer(), site.viewer(), site.viewer(), two.viewer(), two.viewer(), two.viewer() as last:
        last.frame()
        with two.open() as connection:
            assert Viewer(connection).closed() == (1013, "all 6 places for viewers are taken")
    site.pool.stop(other.run).result(PATIENCE)


def test_an_ended_run_says_so(site: Site) -> None:
    with site.viewer() as owner, site.viewer(site.handle.view_token) as viewer:
        assert owner.ask({"type": "stop"})["type"] == "ok"
        wait_for(
            lambda: viewer.frame()[1],
            lambda info: (info["state"], info.get("reason")) == ("stopped", "stopped"),
        )
        answer = owner.ask({"type": "play"})
        assert (answer["type"], answer["code"]) == ("error", "ended")
        assert owner.frame()[1]["state"] == "stopped"


def test_who_does_not_read_slows_only_itself(site: Site) -> None:
    with site.open(max_queue=1) as lazy, site.viewer() as other:
        lazy.send(json.dumps({"type": "hello", "token": site.handle.view_token}))
        for _ in range(100):
            lazy.send(json.dumps({"type": "frame", "layers": ["real", "fake", "field"], "since": 0}))
        began = time.monotonic()
        for _ in range(5):
            other.frame("fake")
        assert time.monotonic() - began < 5


def test_a_frame_survives_the_end_of_a_worker(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    with serving(pool, Limits()) as port:
        site = Site(pool, port, pool.start(SMALL, "tests"))
        with site.viewer() as viewer:
            wait_for(lambda: viewer.frame()[1]["step"], lambda step: step > 5)
            process = pool._slots[0].process
            assert process is not None
            process.kill()
            info = wait_for(lambda: viewer.frame()[1], lambda info: info["notice"] is not None)
            assert (info["notice"], info["state"]) == ("worker_restarted", "running")
            wait_for(lambda: viewer.frame()[1]["step"], lambda step: step > info["step"])
