"""A worker process: `python -m ganlab.live.worker SETTINGS`, with messages on stdin and answers on stdout.

A request is `{"id", "op", "run", …}`; its answer has the same id and either what was asked for or `error` and `text`.
Messages without an id are events. The process ends when its stdin does: its parent is gone.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import threading
import time
import traceback
from collections import deque
from typing import Any, BinaryIO

from ganlab.evaluation import Monitor
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.live import commands, wire
from ganlab.live.host import Host, UnknownRun
from ganlab.live.kinds import KINDS
from ganlab.live.settings import Settings
from ganlab.specs import FlatSpec, SpecError

WARM_UP = GanSpec(data="ring(2)", g_hidden=(4,), d_hidden=(4,), batch=8, backend="eager")
FRAMES_FOR = 0.008  # seconds of frames between two slices of work, at most, but always one

PARTING = 0.3  # seconds


class Worker:
    """The loop: requests first, then some frames, then a slice of work."""

    def __init__(self, settings: Settings, source: BinaryIO, sink: BinaryIO) -> None:
        self.parent = os.getppid()
        self.source, self.sink, self.folder = source, sink, settings.folder
        self.host = Host(settings, self.emit)
        self.inbox: queue.SimpleQueue[wire.Message | None] = queue.SimpleQueue()
        self.frames: deque[dict[str, Any]] = deque()
        self.steps: list[
            tuple[str, dict[str, Any]]
        ] = []  # runs, and answers once their single steps are done

    def run(self) -> None:
        """Until the parent is gone."""
        threading.Thread(target=self._read, daemon=True).start()
        warm_up()
        self.emit({"event": "ready"})
        try:
            while self._receive():
                self._serve_frames()
                self.host.turn()
                self._answer_steps()
                self.host.chores()
        finally:
            self.host.close()
        if self._orphaned():  # nobody is left who could restore a run from it; else the parent sees to it
            shutil.rmtree(self.folder, ignore_errors=True)

    def _orphaned(self) -> bool:
        """Whether the parent is gone; its pipes close a moment before it does."""
        until = time.monotonic() + PARTING
        while os.getppid() == self.parent and time.monotonic() < until:
            time.sleep(0.01)
        return os.getppid() != self.parent

    def emit(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """One message to the parent."""
        self.sink.write(wire.pack(header, payload))
        self.sink.flush()

    def _read(self) -> None:
        try:
            while (message := wire.read(self.source)) is not None:
                self.inbox.put(message)
        except wire.WireError as error:  # the parent speaks another language: there is no way to go on
            print(f"worker: {error}", file=sys.stderr)
        self.inbox.put(None)

    def _receive(self) -> bool:
        """Handles all that has arrived, waiting where there is nothing else to do; False at the end."""
        wait = 0.0 if self.frames else self.host.idle()
        try:
            message = self.inbox.get(timeout=wait) if wait != 0.0 else self.inbox.get_nowait()
            while message is not None:
                self._take(message[0])
                message = self.inbox.get_nowait()
        except queue.Empty:
            return True
        return False

    def _take(self, header: dict[str, Any]) -> None:
        """Frames wait for their turn, and what ends them comes after them; everything else is done at once."""
        if header.get("op") in ("frame", "abandon"):
            self.frames.append(header)
        else:
            self._answer(header)

    def _serve_frames(self) -> None:
        until = time.perf_counter() + FRAMES_FOR
        while self.frames:
            self._answer(self.frames.popleft())
            if time.perf_counter() > until:
                return

    def _answer_steps(self) -> None:
        """Those whose turn has come, or has gone with their run."""
        waiting, self.steps = self.steps, []
        for name, answer in waiting:
            if self.host.stepping(name):
                self.steps.append((name, answer))
            else:
                self.emit(answer | {"step": self.host.step(name, answer["step"])})

    def _answer(self, request: dict[str, Any]) -> None:
        answer, payload = {"id": request.get("id")}, b""
        try:
            body, payload = self._do(request)
            answer |= body
        except UnknownRun:
            answer |= {"error": "ended", "text": "this run has ended"}
        except (SpecError, commands.CommandError) as error:
            answer |= {"error": "invalid", "text": str(error)}
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self.host.mark_failed(str(request.get("run")))
            answer |= {
                "error": "internal_error",
                "text": f"{type(error).__name__} while handling the request",
            }
        name = str(request.get("run"))
        if "step" in answer and self.host.stepping(name):
            self.steps.append((name, answer))
        else:
            self.emit(answer, payload)

    def _do(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        op, name = request.get("op"), str(request.get("run", ""))
        match op:
            case "ping":
                return {}, b""
            case "start":
                return self.host.start(name, _spec(request)), b""
            case "restore":
                return self.host.restore(name, _spec(request)), b""
            case "abandon":
                return self.host.abandon(name), b""
            case "frame" | "command":
                return self._obey(name, commands.parse(request["command"]), str(request.get("viewer", "")))
            case _:
                raise commands.CommandError(f"op: there is no {op!r}")

    def _obey(self, name: str, command: commands.Command, viewer: str) -> tuple[dict[str, Any], bytes]:
        if isinstance(command, commands.Frame):
            return {}, self.host.frame(name, command, viewer)
        return self.host.command(name, command), b""


def _spec(request: dict[str, Any]) -> FlatSpec:
    return KINDS[request["kind"]].spec.make(request["spec"])


def warm_up() -> None:
    """What torch, scipy and imports do once in a process, done before any run is charged for it."""
    assert {kind.run.KIND for kind in KINDS.values()} == set(KINDS)
    training = Training(WARM_UP)
    training.advance(2)
    Monitor(WARM_UP.distribution, 0).measure(training.generate(100)[0].astype(float))


def main(settings: str) -> None:
    """Takes stdin and stdout for the messages: whatever prints, prints to stderr."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    import torch

    torch.set_num_threads(1)  # threads that spin cost more than they give at this size
    Worker(Settings.loads(settings), source, sink).run()


if __name__ == "__main__":
    main(sys.argv[1])
