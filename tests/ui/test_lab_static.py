"""The modules of the pages about divergences, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ganlab.ui.live import assets

SCRIPTS = sorted(assets.LAB.glob("*.js"))
ENTRIES = [path.name for path in SCRIPTS if "export async function mount" in path.read_text()]


def test_names_are_unique_across_both_folders() -> None:
    assert not {path.name for path in assets.STATIC.iterdir()} & {path.name for path in assets.LAB.iterdir()}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_import_what_exists_and_build_no_markup(script: Path) -> None:
    source = script.read_text()
    assert len(source.splitlines()) < 300
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert name not in source
    assert "http:" not in source.replace("http://www.w3.org/", "")
    for names, imported in re.findall(r'import \{([^}]+)\} from "\./([^"]+)"', source):
        exported = re.findall(
            r"export (?:async )?(?:function|const|class) (\w+)", assets.files_served()[imported].read_text()
        )
        assert {name.strip().partition(" as ")[0] for name in names.split(",") if name.strip()} <= set(
            exported
        )


def test_each_page_loads_its_own_modules_and_no_other() -> None:
    live = set(assets.modules("main.js"))
    ours = {path.name for path in SCRIPTS}
    assert not live & ours
    assert {"theme.js", "dom.js", "frame.js", "format.js"} & set(assets.modules("ask.js"))
    assert "toolbar.js" not in {name for entry in ENTRIES for name in assets.modules(entry)}
    for entry in ("main.js", "draw.js", *ENTRIES):
        assert assets.modules(entry) == tuple(sorted(assets.modules(entry)))
        assert f'"{entry}"' in assets.stub(entry)
        assert "\n" in assets.stub(entry)


def test_all_that_a_module_imports_is_preloaded() -> None:
    loaded = assets.modules("plot.js")
    assert set(loaded) == {"plot.js", "hover.js", "scale.js", "svg.js", "dom.js", "format.js", "theme.js"}
