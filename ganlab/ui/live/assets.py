"""The component's files over HTTP, under addresses that change with their content.

Because `version()` is a hash of the content, a browser may keep every file for ever. Everything is compressed once:
plotly.js shrinks from 4.8 MB to 1.4 MB, and compressing it for every visitor would cost the trainer its core.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from importlib.metadata import version as package_version
from importlib.resources import files
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

STATIC = Path(__file__).parent / "static"
PREFIX = "/assets"
PLOTLY = "plotly.min.js"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
FOREVER = "public, max-age=31536000, immutable"


def base_path() -> str:
    """`server.baseUrlPath` as a prefix: empty, or with a slash in front and none behind."""
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def names() -> list[str]:
    """The file names served, our own and plotly's."""
    return [*sorted(path.name for path in STATIC.iterdir() if path.suffix in TYPES), PLOTLY]


def modules() -> list[str]:
    """The modules of the live component; the drawing pad has one more to itself."""
    return [name for name in names() if name.endswith(".js") and name not in (PLOTLY, "draw.js")]


def read(name: str) -> bytes:
    """The bytes of a served file.

    Raises KeyError for any other name, so no path of a request ever reaches the disk.
    """
    if name not in names():
        raise KeyError(name)
    if name == PLOTLY:
        return (files("plotly") / "package_data" / PLOTLY).read_bytes()
    return (STATIC / name).read_bytes()


@lru_cache
def version() -> str:
    """Twelve hex digits over all our files and plotly's version; another content is another address."""
    digest = hashlib.sha256(package_version("plotly").encode())
    for name in names():
        if name != PLOTLY:
            digest.update(name.encode() + b"\0" + read(name) + b"\0")
    return digest.hexdigest()[:12]


@lru_cache(maxsize=64)
def compressed(name: str) -> bytes:
    """The file as gzip, made once per process."""
    return gzip.compress(read(name), compresslevel=6, mtime=0)


def address() -> str:
    """Where the files lie, seen from the browser: no slash at the end."""
    return f"{base_path()}{PREFIX}/ganlab/{version()}"


async def serve(request: Request) -> Response:
    """One file. An address of an earlier version gets today's content, but may not keep it."""
    name = request.path_params["name"]
    if name not in names():
        return PlainTextResponse("not found", status_code=404)
    lasting = request.path_params["version"] == version()
    headers = {
        "Cache-Control": FOREVER if lasting else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = await run_in_threadpool(compressed, name)
    else:
        body = await run_in_threadpool(read, name)
    return Response(body, headers=headers, media_type=TYPES[Path(name).suffix])


def routes() -> list[Route]:
    """Routes for `st.App(…, routes=…)`; Streamlit does not put `server.baseUrlPath` before them, so we do."""
    path = f"{base_path()}{PREFIX}/ganlab/{{version}}/{{name}}"
    return [Route(path, serve, methods=["GET", "HEAD"], name="ganlab-assets")]
