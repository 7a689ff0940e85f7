"""The calculator's WebSocket, `/api/divergences`: a question in, one frame out. Stateless; nothing is kept of anybody.

Questions are answered in a thread of their own, so that neither the event loop nor a page waits; those of sockets
opened with `?late` in another, so that a row that takes seconds keeps nobody's picture waiting. Per socket the newest
question wins: while one is being answered, only the last of those that came since is kept. A question that is
wrong is answered with `{"type": "error", "code", "text", "field", "position"}` and the socket stays open; who breaks
the rules of the socket itself (origin, size, rate, binary messages) is shown out with a reason, as by the gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganlab.live.frames import dumps, encode
from ganlab.live.limits import Bucket
from ganlab.live.sockets import Goodbye, Newest, allowed_origins, check_origin, close, receive

PATH = "/api/divergences"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """Why a question has no answer: a code, English text, the field and the position in its text where known."""

    code: str
    text: str
    field: str = ""
    position: int | None = None


Answering = Callable[[str], bytes | Failure]
"""From a message to a frame."""

Saying = Callable[[str, str], str]
"""From the English text of an error and a language to what that language says."""


def as_it_is(text: str, language: str) -> str:
    """In English."""
    return text


@dataclass(frozen=True)
class Limits:
    """What one socket may do, and how many there may be. A page asks once per animation frame at most."""

    message: int = (
        20_000  # bytes: two texts of 4,000 characters, each up to four bytes long, do not fit a page anyway
    )
    questions: tuple[float, float] = (150.0, 300.0)  # a second, and in one go
    sockets: int = 512


@lru_cache
def thread(late: bool = False) -> ThreadPoolExecutor:
    """The one thread that computes, or the one for what may take long; each is started with its first question."""
    return ThreadPoolExecutor(1, "calculator-late" if late else "calculator")


def answer(text: str) -> bytes | Failure:
    """The frame that answers a message. Whatever goes wrong is logged, and the next message is answered."""
    try:
        return _answer(text)
    except Exception:
        _log.exception("no answer to %.500s", text)
        return Failure("internal", "the server could not compute this")


def _answer(text: str) -> bytes | Failure:
    # Imported when first asked: the server starts without the numbers.
    from ganlab.divergences.results import DivergenceError
    from ganlab.live import answers
    from ganlab.live.questions import QuestionError, parse_question

    try:
        return encode(*answers.answer(parse_question(text)))
    except QuestionError as error:
        return Failure(error.code, str(error), error.field, error.position)
    except DivergenceError as error:
        return Failure("invalid", str(error))


@dataclass
class Calculator:
    """All sockets of the calculator."""

    answer: Answering = answer
    say: Saying = as_it_is
    limits: Limits = field(default_factory=Limits)
    origins: frozenset[str] = field(default_factory=allowed_origins)
    open: int = 0

    async def endpoint(self, socket: WebSocket) -> None:
        """One socket, from beginning to end."""
        await socket.accept()
        self.open += 1
        try:
            self._admit(socket)
            await Conversation(self, socket).serve()
        except Goodbye as goodbye:
            await close(socket, goodbye.code, goodbye.reason)
        except WebSocketDisconnect:
            return
        finally:
            self.open -= 1

    def _admit(self, socket: WebSocket) -> None:
        check_origin(socket, self.origins)
        if self.open > self.limits.sockets:
            raise Goodbye(1013, f"all {self.limits.sockets} places are taken")


class Conversation:
    """One socket after it was admitted: one task reads, another answers the newest question."""

    def __init__(self, calculator: Calculator, socket: WebSocket) -> None:
        self.calculator, self.socket = calculator, socket
        self.limits = calculator.limits
        self._late = "late" in socket.query_params
        self._bucket = Bucket(*self.limits.questions)
        self._questions = Newest(self._answer)

    async def serve(self) -> None:
        """Until one side has had enough."""
        try:
            while True:
                self._questions.ask(await self._receive())
        finally:  # what is being computed for somebody who has left is computed to its end, and thrown away
            await self._questions.end()

    async def _receive(self) -> str:
        text = await receive(self.socket, self.limits.message)
        if not self._bucket.take():
            raise Goodbye(1008, f"rate: more than {self._bucket.rate:g} questions a second")
        return text

    async def _answer(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(thread(self._late), self.calculator.answer, text)
        # The other side may be gone; the loop that receives hears of it too.
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await (self._refuse(found) if isinstance(found, Failure) else self.socket.send_bytes(found))

    async def _refuse(self, failure: Failure) -> None:
        language = self.socket.query_params.get("lang", "")
        said = {**asdict(failure), "text": self.calculator.say(failure.text, language)}
        await self.socket.send_text(dumps({"type": "error", **said}))


def routes(base: str = "", **options: Any) -> list[WebSocketRoute]:
    """The route for the app, below `base` (empty or "/…"); `options` are those of `Calculator`."""
    return [WebSocketRoute(f"{base}{PATH}", Calculator(**options).endpoint)]
