"""The WebSocket of a run: `/api/live/<run>`. One per viewer; frames are pulled, commands are validated.

Whatever is wrong with a message closes the socket that it came from, with a reason that a person can read, and nothing
else. Close codes: 1008 for a broken rule, 1009 too large, 1003 binary, 1013 no place just now, 4404 no such run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganlab.live import app, commands
from ganlab.live.errors import Closed, LiveError, UnknownRun, WorkerLost
from ganlab.live.frames import dumps
from ganlab.live.limits import Bucket
from ganlab.live.pool import Pool
from ganlab.live.process import Reply
from ganlab.live.sockets import FAREWELL, Goodbye, Newest, allowed_origins, check_origin, close, receive

PATIENCE = 9.0  # seconds for an answer; a worker that is restarted takes three or four
AGAIN = 0.1  # seconds before a frame is asked for once more after a worker was lost


@dataclass(frozen=True)
class Limits:
    """What one socket may do, and how many there may be."""

    message: int = 4096  # bytes
    hello: float = 5.0  # seconds until the first message
    frames: tuple[float, float] = (60.0, 120.0)  # a second, and in one go
    commands: tuple[float, float] = (40.0, 80.0)
    per_run: int = 64
    sockets: int = 512


@dataclass
class Gateway:
    """All sockets of the app."""

    get_pool: Callable[[], Pool] = app.pool
    limits: Limits = field(default_factory=Limits)
    origins: frozenset[str] = field(default_factory=allowed_origins)
    _open: Counter[str] = field(default_factory=Counter)
    _numbers: Any = field(default_factory=count)

    async def endpoint(self, socket: WebSocket) -> None:
        """One socket, from beginning to end."""
        await socket.accept()
        run = str(socket.path_params["run"])
        try:
            self._admit(socket, run)
            self._open[run] += 1
            try:
                await Session(self, socket, run, next(self._numbers)).serve()
            finally:
                self._open[run] -= 1
                self._open += Counter()  # forget those at zero
        except Goodbye as goodbye:
            await close(socket, goodbye.code, goodbye.reason)
        except WebSocketDisconnect:
            return

    def _admit(self, socket: WebSocket, run: str) -> None:
        check_origin(socket, self.origins)
        if self._open[run] >= self.limits.per_run:
            raise Goodbye(1013, f"{self.limits.per_run} viewers are watching this run already")
        if self._open.total() >= self.limits.sockets:
            raise Goodbye(1013, f"all {self.limits.sockets} places for viewers are taken")


class Session:
    """One socket after it was admitted."""

    def __init__(self, gateway: Gateway, socket: WebSocket, run: str, number: int) -> None:
        self.socket, self.run, self.viewer = socket, run, str(number)
        self.limits = gateway.limits
        self.pool = gateway.get_pool()
        self.control = False
        self._frames, self._commands = Bucket(*self.limits.frames), Bucket(*self.limits.commands)
        self._shown = Newest(self._send_frame)
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Hello, then messages until one side has had enough."""
        self.control = await self._hello()
        try:
            while True:
                await self._handle(await receive(self.socket, self.limits.message))
        finally:
            await self._shown.end()

    async def _hello(self) -> bool:
        try:
            async with asyncio.timeout(self.limits.hello):
                text = await receive(self.socket, self.limits.message)
        except TimeoutError:
            raise Goodbye(1008, f"no hello within {self.limits.hello:g} seconds") from None
        try:
            hello = commands.parse_hello(text)
        except commands.CommandError as error:
            raise Goodbye(1008, f"hello: {error}") from None
        try:
            right = self.pool.right(self.run, hello.token)
        except UnknownRun as error:
            raise Goodbye(4404, str(error)) from None
        if right is None:
            raise Goodbye(1008, "token: it does not belong to this run")
        return right == "control"

    async def _handle(self, text: str) -> None:
        try:
            command = commands.parse(text)
        except commands.CommandError as error:
            raise await self._refuse("invalid", str(error)) from None
        if command.CONTROL and not self.control:
            raise await self._refuse("right", "this link is for watching only")
        bucket = self._commands if command.CONTROL else self._frames
        if not bucket.take():
            raise await self._refuse("rate", f"more than {bucket.rate:g} messages a second")
        if isinstance(command, commands.Frame):
            self._shown.ask(command)
        else:
            await self._obey(command)

    async def _send_frame(self, command: commands.Frame) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._ask_until_answered(command)
            async with self._sending:
                await self.socket.send_bytes(reply.payload)
        except TimeoutError:
            await self._error("timeout", "the worker takes very long to answer")
        except LiveError as error:
            await self._error(error.code, str(error))
        except Goodbye as goodbye:
            await close(self.socket, goodbye.code, goodbye.reason)
        except WebSocketDisconnect:
            return  # the loop that receives hears of it too

    async def _ask_until_answered(self, command: commands.Frame) -> Reply:
        """A frame of a run whose worker was lost comes from the next one."""
        while True:
            try:
                return await self._request(command)
            except WorkerLost:
                await asyncio.sleep(AGAIN)

    async def _obey(self, command: commands.AnyCommand) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._request(command)
        except TimeoutError:
            await self._error("timeout", "the worker takes very long to answer")
        except LiveError as error:
            await self._error(error.code, str(error))
        else:
            await self._tell({"type": "ok", "of": command.type, "step": reply.header.get("step", 0)})

    async def _request(self, command: commands.AnyCommand) -> Reply:
        try:
            return await asyncio.wrap_future(self.pool.request(self.run, command, self.viewer))
        except UnknownRun as error:
            raise Goodbye(4404, str(error)) from None
        except Closed as error:
            raise Goodbye(1001, str(error)) from None

    async def _refuse(self, code: str, text: str) -> Goodbye:
        await self._shown.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self._error(code, text)
        return Goodbye(1008, f"{code}: {text}")

    async def _error(self, code: str, text: str) -> None:
        await self._tell({"type": "error", "code": code, "text": text})

    async def _tell(self, message: dict[str, Any]) -> None:
        async with self._sending:
            await self.socket.send_text(dumps(message))


def routes(
    get_pool: Callable[[], Pool] = app.pool, *, base: str = "", **options: Any
) -> list[WebSocketRoute]:
    """The route for the app, below `base` (empty or "/…"); `options` are those of `Gateway`."""
    return [WebSocketRoute(f"{base}/api/live/{{run}}", Gateway(get_pool, **options).endpoint)]
