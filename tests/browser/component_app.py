"""The component on a page of its own, served with fake runs: `uvicorn tests.browser.component_app:app`."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganlab.ui.live.assets import routes
from tests.browser.fake_run import FakeRun

TOKEN = "let-me-in"
RUNS: dict[str, FakeRun] = {}
SOCKETS: defaultdict[str, list[WebSocket]] = defaultdict(list)


def run_of(name: str) -> FakeRun:
    """The run of that name; a name that ends in `1d` is one-dimensional."""
    return RUNS.setdefault(name, FakeRun(dim=1 if name.endswith("1d") else 2))


async def live(socket: WebSocket) -> None:
    await socket.accept()
    name = socket.path_params["run"]
    hello = await socket.receive_json()
    if hello != {"type": "hello", "token": TOKEN}:
        await socket.close(1008, "wrong token")
        return
    SOCKETS[name].append(socket)
    try:
        while True:
            await answer(socket, run_of(name), await socket.receive_json())
    except WebSocketDisconnect:
        SOCKETS[name].remove(socket)


async def answer(socket: WebSocket, run: FakeRun, message: dict) -> None:
    run.log.append(message)
    if message["type"] == "frame":
        await socket.send_bytes(run.frame(message["layers"], message["since"]))
        return
    run.command(message)
    await socket.send_json({"type": "ok", "of": message["type"], "step": run.step})


async def log(request: Request) -> JSONResponse:
    return JSONResponse(run_of(request.path_params["run"]).log)


async def tell(request: Request) -> JSONResponse:
    """Sends a text message to the viewers of a run, or closes their sockets, or changes what frames say."""
    name = request.path_params["run"]
    body = json.loads(await request.body())
    run = run_of(name)
    run.extra.update(body.get("info", {}))
    if "rows" in body:
        run.base = 10 * body["rows"]
    for socket in list(SOCKETS[name]):
        if "text" in body:
            await socket.send_json(body["text"])
        if "close" in body:
            await socket.close(*body["close"])
    return JSONResponse({})


app = st.App(
    Path(__file__).with_name("component_page.py"),
    routes=[
        *routes(),
        WebSocketRoute("/api/live/{run}", live),
        Route("/fake/{run}/log", log),
        Route("/fake/{run}/tell", tell, methods=["POST"]),
    ],
)
