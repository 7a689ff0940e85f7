"""The component's files, texts and data, without a browser."""

from __future__ import annotations

import asyncio
import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from streamlit import config

from ganlab.evaluation.diagnosis import CODES
from ganlab.live.commands import LAYERS as WIRE_LAYERS
from ganlab.live.run import Notice
from ganlab.ui.i18n import use
from ganlab.ui.live import assets
from ganlab.ui.live.component import LAYERS, PAD_POINTS, drawn_points, live_data
from ganlab.ui.live.texts import drawing_texts, texts

SCRIPTS = sorted(assets.STATIC.glob("*.js"))


@dataclass(frozen=True)
class Handle:
    run: str = "r1"
    token: str = "t1"
    control: bool = True


class Client:
    """Asks the routes without a server."""

    def __init__(self) -> None:
        self.transport = httpx.ASGITransport(Starlette(routes=assets.routes()))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._get(path, options))

    async def _get(self, path: str, options: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport, base_url="http://test") as client:
            return await client.get(path, **options)


@pytest.fixture(scope="module")
def client() -> Client:
    return Client()


# --- served files


@pytest.mark.parametrize("name", assets.names())
def test_every_file_is_served_for_ever_and_compressed(client: Client, name: str) -> None:
    answer = client.get(f"{assets.address()}/{name}")
    assert answer.status_code == 200
    assert answer.content == assets.read(name)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    kind = "text/javascript" if name.endswith(".js") else "text/css"
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_without_gzip_the_file_comes_as_it_is(client: Client) -> None:
    answer = client.get(f"{assets.address()}/main.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == (assets.STATIC / "main.js").read_bytes()


def test_plotly_shrinks_to_less_than_a_third() -> None:
    whole = assets.read("plotly.min.js")
    assert gzip.decompress(assets.compressed("plotly.min.js")) == whole
    assert len(whole) > 1_000_000
    assert len(assets.compressed("plotly.min.js")) < len(whole) / 3


@pytest.mark.parametrize(
    "name", ["nothing.js", "component.py", "..%2fcomponent.py", "%2e%2e/%2e%2e/texts.py", "", "a/main.js"]
)
def test_nothing_else_is_served(client: Client, name: str) -> None:
    assert client.get(f"{assets.address()}/{name}").status_code == 404


def test_another_version_may_not_be_kept(client: Client) -> None:
    answer = client.get("/assets/ganlab/000000000000/main.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_the_version_follows_the_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in assets.STATIC.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = assets.version.__wrapped__()
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assert assets.version.__wrapped__() == before
    (tmp_path / "main.js").write_text("export const changed = true;\n")
    assert assets.version.__wrapped__() != before


@pytest.mark.parametrize(("path", "base"), [("", ""), ("lab", "/lab"), ("/lab/gan/", "/lab/gan")])
def test_addresses_stand_below_the_base_path(path: str, base: str) -> None:
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", path)
    try:
        assert assets.address() == f"{base}/assets/ganlab/{assets.version()}"
        assert assets.routes()[0].path == f"{base}/assets/ganlab/{{version}}/{{name}}"
        assert data()["socket"] == f"{base}/api/live/r1"
    finally:
        config.set_option("server.baseUrlPath", before)


# --- scripts


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_import_what_exists_and_build_no_markup(script: Path) -> None:
    source = script.read_text()
    assert len(source.splitlines()) < 300
    for imported in re.findall(r'from "([^"]+)"', source):
        assert (assets.STATIC / imported).is_file()
    for name in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "http:",
    ):
        assert name not in source.replace("http://www.w3.org/2000/svg", "")


def test_every_exported_name_that_is_imported_exists() -> None:
    for script in SCRIPTS:
        for names, imported in re.findall(r'import \{([^}]+)\} from "\./([^"]+)"', script.read_text()):
            exported = re.findall(
                r"export (?:async )?(?:function|const|class) (\w+)", (assets.STATIC / imported).read_text()
            )
            assert {name.strip() for name in names.split(",")} <= set(exported)


def test_every_text_that_scripts_ask_for_exists() -> None:
    known = texts() | drawing_texts()
    asked = {key for script in SCRIPTS for key in re.findall(r'\bt\(\s*"(\w+)"', script.read_text())}
    assert len(asked) > 40
    assert asked <= set(known)


def test_codes_have_texts() -> None:
    known = texts()
    for code in CODES:
        assert {f"diagnosis_{code}", f"diagnosis_{code}_why", f"diagnosis_{code}_try"} <= set(known)
    assert {f"notice_{code}" for code in get_args(Notice)} <= set(known)
    assert {f"layer_{layer}" for layers in LAYERS.values() for layer in layers} <= set(known)
    assert {"notice_ended", "notice_invalid", "ended_stopped", "ended_invalid"} <= set(known)
    for state in ("running", "paused", "diverged", "stopped"):
        assert f"state_{state}" in known


def test_translations_keep_the_places_to_fill_in() -> None:
    with use("zh_CN"):
        translated = texts() | drawing_texts()
    for key, text in (texts() | drawing_texts()).items():
        assert sorted(re.findall(r"\{\w+\}", translated[key])) == sorted(re.findall(r"\{\w+\}", text))


# --- data for the browser


def data(**changes: object) -> dict[str, object]:
    arguments = {"dim": 2, "height": 540, "layers": None, "compact": False, "link": None} | changes
    return live_data(Handle(), **arguments)


def test_layers_are_those_of_the_wire_or_drawn_from_them() -> None:
    drawn = {"contour", "d"}
    for layers in LAYERS.values():
        assert set(layers) - drawn <= set(WIRE_LAYERS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dim": 3}, "dim should be 1 or 2. Received 3"),
        ({"height": 20}, "height should be between 120 and 2000"),
        ({"layers": ["curves"]}, "layers should be among real, fake, field"),
        ({"dim": 1, "layers": ["field"]}, "layers should be among curves"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        data(**changes)


# --- drawn points: anything may come from a browser

numbers = st.floats(-2, 2) | st.integers(-2, 2)


@given(st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=1, max_size=PAD_POINTS))
def test_points_on_the_pad_come_through(points: list[list[float]]) -> None:
    assert drawn_points(points) == [tuple(map(float, point)) for point in points]


bad_number = (
    st.floats(min_value=2.0001)
    | st.floats(max_value=-2.0001)
    | st.just(float("nan"))
    | st.text()
    | st.booleans()
)
bad_point = (
    st.tuples(numbers, bad_number).map(list) | st.lists(numbers).filter(lambda p: len(p) != 2) | st.none()
)


@given(
    st.lists(bad_point, min_size=1, max_size=3)
    | st.none()
    | st.text()
    | st.just([])
    | st.just([[0, 0]] * 401)
)
def test_anything_else_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="should be"):
        drawn_points(value)
