"""The calculator's socket over a real server: what it answers, what it refuses, and who wins."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from ganlab.live import calculator
from ganlab.live.calculator import PATH, Answering, Failure, Limits
from ganlab.live.frames import decode
from tests.live.support import PATIENCE, wait_for

LINE = {"type": "line", "p": "normal(0,1)", "q": "normal(0,2)", "show": ["kl_pq", "kl_qp", "js"]}


@contextmanager
def serving(**options: Any) -> Iterator[int]:
    """A server with nothing but the calculator; gives its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = Starlette(routes=calculator.routes(**options))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        wait_for(lambda: server.started, bool)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(origins=frozenset({"https://friend.example"}), say=shout) as port:
        yield port


def shout(text: str, language: str) -> str:
    return text.upper() if language == "loud" else text


def opened(port: int, query: str = "", **options: Any) -> ClientConnection:
    origin = options.get("origin", f"http://127.0.0.1:{port}")
    address = f"ws://127.0.0.1:{port}{PATH}{query}"
    return connect(address, origin=origin, open_timeout=PATIENCE, close_timeout=PATIENCE)


def ask(connection: ClientConnection, message: Any) -> Any:
    """A frame as (tensors, info), or an error as a dict."""
    connection.send(message if isinstance(message, str | bytes) else json.dumps(message))
    answer = connection.recv(timeout=PATIENCE)
    return decode(answer) if isinstance(answer, bytes) else json.loads(answer)


def closing(connection: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as end:
        read_on(connection)
    assert end.value.rcvd is not None
    return end.value.rcvd.code, end.value.rcvd.reason


def read_on(connection: ClientConnection) -> None:
    while True:
        connection.recv(timeout=PATIENCE)


# ---------------------------------------------------------------- answers


def test_a_question_is_answered_by_one_frame(port: int) -> None:
    with opened(port) as connection:
        tensors, info = ask(connection, LINE)
    values = {row["name"]: row["value"] for row in info["values"]}
    assert values["kl_pq"] == pytest.approx(0.318147180559945, abs=1e-9)
    assert values["kl_qp"] == pytest.approx(0.806852819440055, abs=1e-9)
    assert {"x", "p", "q", "m", "integrand"} <= set(tensors)
    assert all(tensor.dtype == "float32" for tensor in tensors.values())


@pytest.mark.parametrize(
    ("message", "code", "field", "position", "words"),
    [
        ("{", "json", "", None, "JSON"),
        ("[]", "invalid", "type", None, "choose one of line"),
        ({"type": "cube"}, "invalid", "type", None, "choose one of line"),
        (LINE | {"p": "normal(0,"}, "distribution", "p", 6, "not a distribution"),
        (LINE | {"q": "normal(0,-1)"}, "distribution", "q", 9, "std is -1; allowed: a number"),
        (LINE | {"q": "nomal(0,1)"}, "distribution", "q", 0, "did you mean normal?"),
        (LINE | {"q": "ring(8)"}, "invalid", "q", None, "this has dimension 2"),
        (
            LINE | {"p": "+".join(["normal(0,1)"] * 9)},
            "invalid",
            "p",
            None,
            "9 components; allowed: at most 8",
        ),
        (LINE | {"show": ["kl"]}, "invalid", "show", None, "choose one of kl_pq"),
        (LINE | {"integrand": "w2"}, "invalid", "integrand", None, "choose one of kl_pq"),
        (LINE | {"alpha": -1}, "invalid", "alpha", None, "greater than or equal to 0"),
        (LINE | {"kernel": "cubic"}, "invalid", "kernel", None, "choose one of gaussian"),
        (LINE | {"bandwidth": 0}, "invalid", "bandwidth", None, "greater than or equal"),
        ('{"type": "line", "alpha": NaN}', "json", "", None, "NaN is no JSON"),
        ('{"type": "line", "alpha": 1e999}', "invalid", "alpha", None, "finite"),
        (LINE | {"colour": 1}, "invalid", "", None, "Extra inputs"),
        ("[" * 9000, "json", "", None, "JSON"),
    ],
)
def test_a_wrong_question_is_explained_and_the_next_answered(
    port: int, message: Any, code: str, field: str, position: int | None, words: str
) -> None:
    with opened(port) as connection:
        error = ask(connection, message)
        assert error["type"] == "error"
        assert (error["code"], error["field"], error["position"]) == (code, field, position)
        assert words in error["text"]
        assert ask(connection, LINE)[1]["kind"] == "line"


def test_errors_speak_the_language_of_the_socket(port: int) -> None:
    with opened(port, "?lang=loud") as connection:
        assert ask(connection, LINE | {"q": "ring(8)"})["text"].startswith("THIS HAS DIMENSION 2")


def test_whatever_goes_wrong_inside_is_logged_and_the_next_is_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert isinstance(calculator.answer("{"), Failure)
    caplog.clear()
    broken = json.dumps(LINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganlab.live.answers.answer", lambda question: 1 / 0)
        assert calculator.answer(broken) == Failure("internal", "the server could not compute this")
    assert "ZeroDivisionError" in caplog.text
    assert isinstance(calculator.answer(broken), bytes)


# ---------------------------------------------------------------- the newest wins


def holding(go_on: threading.Event, log: list[str], in_time: list[bool]) -> Answering:
    """Echoes what it was asked, but not before it may; notes whether that came before its patience ended."""

    def answer(text: str) -> Failure:
        log.append(text)
        in_time.append(go_on.wait(PATIENCE / 2))
        return Failure("echo", text)

    return answer


def test_the_newest_question_wins() -> None:
    go_on, log, in_time = threading.Event(), [], []
    with serving(answer=holding(go_on, log, in_time)) as port, opened(port) as connection:
        connection.send("0")
        wait_for(lambda: log, bool)
        for n in range(1, 20):
            connection.send(str(n))
        assert connection.ping().wait(PATIENCE), "so all of them have arrived"
        go_on.set()
        first, last = (json.loads(connection.recv(timeout=PATIENCE))["text"] for _ in range(2))
    assert (first, last) == ("0", "19")
    assert log == ["0", "19"]
    assert in_time == [True, True]


def test_a_long_computation_stops_neither_the_server_nor_a_goodbye() -> None:
    left, log, in_time = threading.Event(), [], []
    with serving(answer=holding(left, log, in_time)) as port:
        with opened(port) as connection:
            connection.send("long")
            wait_for(lambda: log, bool)
            with opened(port) as other:
                assert other.ping().wait(PATIENCE)
        left.set()
        wait_for(lambda: in_time, bool)
    assert in_time == [True], "opening, a ping and two goodbyes while it computes"
    assert (connection.close_code, other.close_code) == (1000, 1000)


def test_what_takes_long_keeps_nobody_waiting_who_is_quick() -> None:
    answered, in_time = threading.Event(), []

    def answer(text: str) -> Failure:
        if text == "long":  # takes until the quick one has its answer, if that ever comes first
            in_time.append(answered.wait(PATIENCE / 2))
        return Failure("echo", text)

    with serving(answer=answer) as port, opened(port, "?lang=en&late") as late, opened(port) as quick:
        late.send("long")
        assert ask(quick, "short")["text"] == "short"
        answered.set()
        assert json.loads(late.recv(timeout=PATIENCE))["text"] == "long"
    assert in_time == [True]


def test_two_sockets_take_turns(port: int) -> None:
    with opened(port) as one, opened(port) as two:
        for n in (1, 2, 3):
            ours = ask(one, LINE | {"p": f"normal({n},1)"})[1]
            theirs = ask(two, LINE | {"p": f"normal({-n},1)"})[1]
            assert ours["components"]["p"][0]["values"]["mean"] == n
            assert theirs["components"]["p"][0]["values"]["mean"] == -n


# ---------------------------------------------------------------- the rules of the socket


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", None])
def test_other_origins_are_shown_out(port: int, origin: str | None) -> None:
    with opened(port, origin=origin) as connection:
        code, reason = closing(connection)
    assert code == 1008
    assert reason.startswith("origin")


def test_friends_are_let_in(port: int) -> None:
    with opened(port, origin="https://friend.example") as connection:
        assert ask(connection, LINE)[1]["kind"] == "line"


def test_what_breaks_the_rules_ends_the_socket(port: int) -> None:
    for message, code in ((b"binary", 1003), ("x" * 20_001, 1009), ("字" * 7_000, 1009)):
        with opened(port) as connection:
            connection.send(message)
            assert closing(connection)[0] == code


def test_a_flood_ends_the_socket() -> None:
    with (
        serving(limits=Limits(questions=(5, 5)), answer=lambda text: Failure("echo", text)) as port,
        opened(port) as connection,
    ):
        with contextlib.suppress(ConnectionClosed):  # the end may come before the last of them is on its way
            for _ in range(50):  # more than the rate lets through, even in some seconds
                connection.send("{}")
        code, reason = closing(connection)
    assert code == 1008
    assert "5 questions a second" in reason


def test_places_are_limited_and_come_back() -> None:
    with serving(limits=Limits(sockets=2), answer=lambda text: Failure("echo", text)) as port:
        with opened(port) as one, opened(port):
            assert ask(one, "x")["text"] == "x"
            with opened(port) as third:
                assert closing(third)[0] == 1013
        wait_for(lambda: answered(port), bool)  # the server may hear of the goodbyes a moment later


def answered(port: int) -> bool:
    """Whether a new socket has a place, and an answer."""
    with opened(port) as connection:
        try:
            return ask(connection, "x")["text"] == "x"
        except ConnectionClosed:
            assert closing(connection)[0] == 1013
            return False


# ---------------------------------------------------------------- what is imported when


def test_the_server_starts_without_the_numbers() -> None:
    script = (
        "import sys\n"
        "from ganlab.live import calculator\n"
        "calculator.routes()\n"
        "assert 'ganlab.divergences.line' not in sys.modules\n"
        "assert 'ganlab.divergences.registry' not in sys.modules\n"
        'assert isinstance(calculator.answer(\'{"type": "line"}\'), bytes)\n'
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
