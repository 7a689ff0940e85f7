"""What the page about the plane hands to its component: states, families, texts; without a browser."""

from __future__ import annotations

import json
import re

import pytest

from ganlab.distributions import FAMILIES, parse
from ganlab.divergences.registry import DIVERGENCES
from ganlab.exhibits import of_page
from ganlab.live.questions import PlaneView
from ganlab.ui.i18n import use
from ganlab.ui.lab.component import state_of
from ganlab.ui.lab.plane_families import ELLIPSE, described, plane_families
from ganlab.ui.lab.texts_plane import texts
from ganlab.ui.live import assets
from ganlab.ui.plane import FIELDS, _rows, address

SCRIPTS = sorted(assets.LAB.glob("plane*.js"))
SHARED = [
    assets.LAB / name for name in ("readings.js", "bounds.js", "editor.js", "controls.js", "exporting.js")
]
UNSAID_IN_ENGLISH = {
    "reason_",
    "reason_heavy_",
    "where_",
    "side_name_",
}  # the core's own words are shown there
NOT_HERE = {"draw_integrand"}  # no integrand is drawn in the plane


def test_the_page_opens_with_its_first_exhibit() -> None:
    assert address().opens == PlaneView.make(of_page("plane")[0].values)
    assert set(FIELDS) == set(PlaneView.model_fields), "every field of a link has a name for people"


def test_the_browser_gets_plain_json() -> None:
    state = state_of(address().opens.changed(p="0.3*normal([1,2],[[2,0.4],[0.4,0.5]])+0.7*ring(8)"))
    json.dumps(state)
    first, second = state["components"]["p"]
    assert first["family"] == ELLIPSE
    assert list(first["values"]["mean"]) == [1, 2]
    assert second == {"family": "ring", "weight": 0.7, "values": {"n": 8, "radius": 1.0, "std": 0.01}}


def test_every_family_of_the_plane_can_be_picked_and_built() -> None:
    keys = [row["key"] for row in described()]
    assert keys[0] == ELLIPSE
    assert set(keys) == {key for key, row in FAMILIES.items() if row.dim == 2 and row.example} - {"drawn"}
    for row in described():
        for parameter in row["parameters"]:
            assert parameter["low"] <= parameter["default"] <= parameter["high"]
        if row["key"] != ELLIPSE:
            values = ",".join(f"{one['name']}={one['default']}" for one in row["parameters"])
            assert parse(f"{row['name']}({values})") == FAMILIES[row["key"]].build()


def test_a_gaussian_is_its_ellipse() -> None:
    (row,) = [row for row in described() if row["key"] == ELLIPSE]
    assert [one["name"] for one in row["parameters"]] == ["x", "y", "s1", "s2", "angle"]
    assert len(plane_families()) == len(described())


def test_the_table_has_every_divergence_of_the_plane() -> None:
    assert [row["name"] for row in _rows()] == [name for name, row in DIVERGENCES.items() if 2 in row.dims]
    assert not any(row["integrand"] for row in _rows())


@pytest.mark.parametrize("script", [*SCRIPTS, *SHARED], ids=lambda path: path.name)
def test_every_text_that_a_script_asks_for_is_there(script: object) -> None:
    known = set(texts())
    source = script.read_text()  # type: ignore[attr-defined]
    asked = set(re.findall(r'\bt\("(\w+)"', source)) | set(re.findall(r'label: t\("(\w+)"', source))
    assert asked - known - NOT_HERE == set()
    for stem in re.findall(r"\bt\(`(\w+_)\$\{", source):
        assert any(key.startswith(stem) for key in known) or stem in UNSAID_IN_ENGLISH, stem


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_texts_fill_in_what_the_scripts_give(language: str) -> None:
    with use(language):  # type: ignore[arg-type]
        found = texts()
    assert set(re.findall(r"\{(\w+)\}", found["slice_said"])) == {"theta", "sign", "w1", "w2"}
    assert set(re.findall(r"\{(\w+)\}", found["sliced_said"])) == {"sign", "sliced"}
    assert set(re.findall(r"\{(\w+)\}", found["lines_said_exact"])) == {"n", "w2", "exact"}
    for name in ("ratio", "p", "q", "witness"):
        assert {f"ground_{name}", f"ground_said_{name}", f"scale_{name}"} <= set(found)
    for what in ("centre", "s1", "s2", "weight"):
        assert set(re.findall(r"\{(\w+)\}", found[f"handle_{what}"])) == {"side", "n"}


def test_reasons_of_the_plane_are_said_in_chinese() -> None:
    with use("zh_CN"):
        found = texts()
    for code in ("plane_no_mass", "plane_light_tail", "plane_disjoint", "plane_w_unknown", "no_projection"):
        assert re.search("[\u4e00-\u9fff]", found[f"reason_{code}"])
