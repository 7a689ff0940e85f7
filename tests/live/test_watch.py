"""The watch component's files, texts and data, without a browser."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from ganlab.live.base import Notice, RunState
from ganlab.ui.live import assets
from ganlab.ui.watch.component import watch_data
from ganlab.ui.watch.texts import texts

SCRIPTS = sorted(assets.WATCH.glob("*.js"))


@dataclass(frozen=True)
class Handle:
    run: str = "r1"
    token: str = "t1"
    control: bool = True


def test_the_browser_gets_plain_json_with_the_texts_of_the_page() -> None:
    data = watch_data(Handle(), "watch.js", {"number": 3, "texts": {"mean": "Mean", "again": "Once more"}})
    assert json.loads(json.dumps(data)) == data
    assert data["socket"] == "/api/live/r1"
    assert data["data"] == {"number": 3}
    assert (data["texts"]["mean"], data["texts"]["again"]) == ("Mean", "Once more")
    assert set(data["modules"]) >= {"watch.js", "watchloop.js", "socket.js", "frame.js"}


@pytest.mark.parametrize("entry", ["nothing.js", "watch.css", "../component.py", "", "plotly.min.js.js"])
def test_only_served_modules_are_mounted(entry: str) -> None:
    with pytest.raises(ValueError, match="entry should be the name of a served module"):
        watch_data(Handle(), entry, {})


def test_states_and_notices_have_texts() -> None:
    known = texts()
    unlikely = {"compile_unavailable", "compile_failed"}  # only where a GAN is compiled
    assert {f"notice_{code}" for code in set(Notice.__args__) - unlikely} <= set(known)
    assert {f"state_{state}" for state in RunState.__args__} <= set(known)


def test_every_text_that_scripts_ask_for_exists() -> None:
    """Those of our own modules, and of the live component's that a watched run loads with them."""
    loaded = [assets.read(name).decode() for name in assets.modules("watch.js")]
    asked = {key for script in loaded for key in re.findall(r'\bt\(\s*"(\w+)"', script)}
    assert len(asked) > 10
    assert asked <= set(texts())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_import_what_exists_and_build_no_markup(script: str) -> None:
    source = script.read_text()
    assert len(source.splitlines()) < 300
    for name in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "http:",
    ):
        assert name not in source
    for names, imported in re.findall(r'import \{([^}]+)\} from "\./([^"]+)"', source):
        exported = re.findall(
            r"export (?:async )?(?:function|const|class) (\w+)", assets.files_served()[imported].read_text()
        )
        assert {name.strip() for name in names.split(",")} <= set(exported)


def test_file_names_are_unique_across_all_folders() -> None:
    folders = [
        [path.name for path in folder.iterdir()] for folder in (assets.STATIC, assets.LAB, assets.WATCH)
    ]
    assert len(set().union(*folders)) == sum(map(len, folders))
