"""The components' files over HTTP, under addresses that change with their content.

All folders `ui/*/static` are served under one address: the live component's (`ui/live/static`), that of the pages
about divergences (`ui/lab/static`), that of watched runs (`ui/watch/static`) and those of single pages, whose modules
use some of the others. File names are unique across all.

Because `version()` is a hash of the content, a browser may keep every file for ever. Everything is compressed once:
plotly.js shrinks from 4.8 MB to 1.4 MB, and compressing it for every visitor would cost the trainer its core.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
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
LAB = Path(__file__).parents[1] / "lab" / "static"
WATCH = Path(__file__).parents[1] / "watch" / "static"
OTHERS = tuple(sorted(path for path in Path(__file__).parents[1].glob("*/static") if path != STATIC))
PREFIX = "/assets"
PLOTLY = "plotly.min.js"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
FOREVER = "public, max-age=31536000, immutable"
_IMPORT = re.compile(r'^\s*(?:import|export)\b[^"]*?from "\./([\w.]+\.js)"', re.MULTILINE)
_STUB = """
const MODULES = %s;
const preloaded = new Set();
export default async function (component) {
  const address = (name) => new URL(`${component.data.assets}/${name}`, document.baseURI).href;
  for (const href of MODULES.map(address).filter((href) => !preloaded.has(href))) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
    preloaded.add(href);
  }
  const module = await import(address(%s));
  return module.mount(component);
}
"""


def base_path() -> str:
    """`server.baseUrlPath` as a prefix: empty, or with a slash in front and none behind."""
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def files_served() -> dict[str, Path]:
    """Our own files by name."""
    found = (path for folder in (STATIC, *OTHERS) for path in folder.iterdir() if path.suffix in TYPES)
    return {path.name: path for path in sorted(found, key=lambda path: path.name)}


def names() -> list[str]:
    """The file names served, our own and plotly's."""
    return [*files_served(), PLOTLY]


@lru_cache
def modules(entry: str) -> tuple[str, ...]:
    """A module and all that it imports, directly or not: what a page has to load, and nothing of other pages."""
    found, waiting = set[str](), [entry]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _IMPORT.findall(read(name).decode())
    return tuple(sorted(found))


def stub(entry: str) -> str:
    """The inline script of a component whose module `entry` exports `mount(component)`.

    It must contain a newline, or Streamlit takes it for a path. A blob has no address of its own, so the address of
    the module (`data.assets`, see `address`) is resolved against the page. All modules are asked for at once: left to
    themselves, each level of imports waits for the one above.
    """
    return _STUB % (json.dumps(modules(entry)), json.dumps(entry))


def read(name: str) -> bytes:
    """The bytes of a served file.

    Raises KeyError for any other name, so no path of a request ever reaches the disk.
    """
    if name == PLOTLY:
        return (files("plotly") / "package_data" / PLOTLY).read_bytes()
    return files_served()[name].read_bytes()


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
