"""What every WebSocket here keeps to, run or calculator: who may connect, what a message may be, how it is closed."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
FAREWELL = 1.0  # seconds for the last words to somebody who may not be reading

Asked = TypeVar("Asked")


class Goodbye(Exception):
    """The socket is to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


def allowed_origins() -> frozenset[str]:
    """Origins other than our own that may connect: GANLAB_ORIGINS, separated by commas."""
    return frozenset(filter(None, (part.strip() for part in os.environ.get("GANLAB_ORIGINS", "").split(","))))


def same_origin(origin: str | None, host: str | None, allowed: Iterable[str] = ()) -> bool:
    """Whether a page of this origin may connect: its host and port are those it connects to."""
    if not origin or not host:
        return False
    if origin in allowed:
        return True
    try:
        page = urlsplit(origin)
        asked = urlsplit(f"//{host}")
        default = PORTS.get(page.scheme)
        ours = (asked.hostname, asked.port or default)
        theirs = (page.hostname, page.port or default)
    except ValueError:  # a port that is no number
        return False
    return default is not None and theirs[0] is not None and theirs == ours


def check_origin(socket: WebSocket, allowed: Iterable[str]) -> None:
    """Raises Goodbye for a page of another server."""
    if not same_origin(socket.headers.get("origin"), socket.headers.get("host"), allowed):
        raise Goodbye(1008, "origin: connections are accepted from pages of this server only")


async def receive(socket: WebSocket, most: int) -> str:
    """The next message, a text of at most `most` bytes.

    Raises Goodbye for any other message, WebSocketDisconnect when the other side has left.
    """
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1005)
    text = message.get("text")
    if text is None:
        raise Goodbye(1003, "messages are JSON texts; this one is binary")
    if len(text) > most or len(text.encode(errors="replace")) > most:
        raise Goodbye(1009, f"messages have at most {most} bytes")
    return str(text)


class Newest(Generic[Asked]):
    """Answers one at a time; of all that is asked meanwhile, only the last."""

    def __init__(self, answer: Callable[[Asked], Awaitable[None]]) -> None:
        self._answer = answer
        self._next: Asked | None = None
        self._task: asyncio.Task[None] | None = None

    def ask(self, asked: Asked) -> None:
        """To be answered when its turn comes, unless something newer is asked before."""
        self._next = asked
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        while self._next is not None:
            asked, self._next = self._next, None
            await self._answer(asked)

    async def end(self) -> None:
        """Also in the middle of an answer that the other side does not take."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Close with a reason, of which the protocol takes 123 bytes; a socket that is gone already is fine."""
    if socket.client_state is WebSocketState.DISCONNECTED:
        return
    short = reason.encode()[:120].decode(errors="ignore")
    # The other side may have closed at the same moment, or may not read any more.
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(FAREWELL):
            await socket.close(code, short)
