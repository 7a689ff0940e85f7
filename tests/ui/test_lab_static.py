"""The modules of the pages about divergences, without a browser."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from ganlab import divergences
from ganlab.distributions import FAMILIES
from ganlab.divergences.registry import DIVERGENCES
from ganlab.ui.densities import plain
from ganlab.ui.i18n import use
from ganlab.ui.lab.handles import HANDLES, handles_of, line_families
from ganlab.ui.lab.texts import texts
from ganlab.ui.live import assets

SCRIPTS = sorted(assets.LAB.glob("*.js"))
MOUNT = re.compile(r"^export (?:const mount =|async function mount)", re.MULTILINE)
ENTRIES = [path.name for path in SCRIPTS if MOUNT.search(path.read_text()) and path.name != "mounting.js"]


def test_names_are_unique_across_both_folders() -> None:
    assert not {path.name for path in assets.STATIC.iterdir()} & {path.name for path in assets.LAB.iterdir()}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_import_what_exists_and_build_no_markup(script: Path) -> None:
    source = script.read_text()
    assert len(source.splitlines()) <= 400
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


# ---------------------------------------------------------------- texts

TEXTS = {"densities.js": texts}
"""What each page's component says, by its entry."""


@pytest.mark.parametrize("entry", TEXTS)
def test_every_text_that_scripts_ask_for_exists(entry: str) -> None:
    known = TEXTS[entry]()
    sources = [assets.files_served()[name].read_text() for name in assets.modules(entry)]
    asked = {key for source in sources for key in re.findall(r'\bt\(\s*"(\w+)"', source)}
    assert len(asked) > 40
    assert asked <= set(known)
    built = {
        "side_p",
        "side_q",
        "handle_centre",
        "handle_edge_only",
        "head_range_tip",
        "step_4_text",
        "download_svg_tip",
    }
    assert built <= set(known), "keys that scripts put together"


@pytest.mark.parametrize("entry", TEXTS)
def test_translations_keep_the_places_to_fill_in(entry: str) -> None:
    english = TEXTS[entry]()
    with use("zh_CN"):
        translated = TEXTS[entry]()
    assert set(english) <= set(translated)
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", translated[key])) == sorted(re.findall(r"\{\w+\}", text))


def test_every_reason_of_the_core_has_words_in_other_languages() -> None:
    """Codes are where the core makes them: `Reason("code", …)`."""
    core = Path(divergences.__file__).parent
    codes = {
        code
        for name in ("infinite.py", "line.py")
        for code in re.findall(r'Reason\(\s*"(\w+)"', (core / name).read_text())
    }
    with use("zh_CN"):
        words = texts()
    assert codes
    for code in codes:
        assert f"reason_{code}" in words or f"reason_{code.split('_')[0]}_moment" in words


def test_symbols_without_latex() -> None:
    for row in DIVERGENCES.values():
        assert not re.search(r"[\\\\{}$]", plain(row.symbol))
    assert plain(DIVERGENCES["kl_pq"].symbol) == "KL(P‖Q)"
    assert plain(DIVERGENCES["mmd2"].symbol) == "MMD²(P,Q)"


# ---------------------------------------------------------------- handles


def test_every_family_on_the_line_can_be_dragged() -> None:
    for family in line_families():
        rules = handles_of(family)
        assert rules is not None
        names = {parameter.name for parameter in family.parameters}
        assert {*rules.moves, *rules.centre, *rules.width} <= names
        assert rules.width


def test_a_family_without_a_row_gets_one_by_the_names_of_its_parameters() -> None:
    for key, rules in HANDLES.items():
        if not rules.log and key not in ("triangular",):
            family = dataclasses.replace(FAMILIES[key], key="new")
            assert handles_of(family) == rules, key


def test_what_has_no_place_has_no_handles() -> None:
    family = FAMILIES["lognormal"]
    shape = tuple(parameter for parameter in family.parameters if parameter.name == "sigma")
    assert handles_of(dataclasses.replace(family, key="new", parameters=shape)) is None
