"""The page "In the plane" in a real Chromium: ellipses, typing, slices, fields, links, languages, downloads."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from urllib.parse import urlencode
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ganlab.distributions import parse
from ganlab.ui.live import assets
from tests.browser.lab_steps import (
    CHINESE,
    PHONE,
    agrees,
    another,
    blank,
    centre,
    drag,
    drag_by_finger,
    drag_to,
    filled,
    link,
    open_lab,
    put,
    reading,
    saved,
    value,
    wider_than_the_screen,
)
from tests.browser.steps import complaints, eventually, query, watch_requests
from tests.conftest import AppServer

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
PLAIN = {"p": "normal([0,0],1)", "q": "normal([2,0],1)", "show": "kl_pq,js,w2"}
NAMES = ["kl_pq", "js", "w2"]


def opened(page: Page, server: AppServer, **fields: str) -> Page:
    """The page with a state, its first values painted."""
    return open_lab(page, f"{server.url}/plane?{urlencode(PLAIN | fields)}")


def new_in(picture: str, known: dict[str, str]) -> str:
    """The picture, unless there is none or it is known."""
    return "" if picture in known.values() else picture


def field(page: Page) -> str:
    """The picture of the ground, as it is painted now."""
    return page.locator("[data-mark=field] image").get_attribute("href") or ""


# ---------------------------------------------------------------- dragging


def test_the_picture_follows_at_once_and_the_address_on_release(page: Page, app_server: AppServer) -> None:
    failed = watch_requests(page)
    opened(page, app_server)
    before, address, ground = value(page, "kl_pq"), link(page), field(page)
    assert before == pytest.approx(2)
    drag(page, "q0-centre", 40, -30, release=False)
    eventually(lambda: field(page) != ground, "the ground follows")
    expect(page.get_by_test_id("lab-late")).to_be_visible()
    assert link(page) == address
    page.mouse.up()
    moved = parse(another(page, "q", PLAIN["q"]))
    assert moved.mean[0] > 2.2
    assert moved.mean[1] > 0.15
    assert moved.cov == 1
    assert value(page, "kl_pq") == pytest.approx(np.square(moved.mean).sum() / 2, rel=1e-9)
    assert agrees(page, NAMES)
    expect(page.get_by_test_id("lab-late")).to_be_hidden()
    assert page.get_by_test_id("lab-x-q0").input_value() == f"{moved.mean[0]:.4g}"
    assert page.get_by_test_id("lab-text-q").input_value() == query(page)["q"]
    assert complaints(page) == []
    assert failed == []


def test_the_square_handles_stretch_and_turn(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    drag(page, "q0-s1", 30)
    wide = another(page, "q", PLAIN["q"])
    assert parse(wide).cov[1] == 1
    assert parse(wide).cov[0] > 1.15
    eventually(lambda: agrees(page, NAMES), "the values")
    drag(page, "q0-s1", -40, -60)
    covariance = parse(another(page, "q", wide)).covariance
    assert covariance[0, 1] > 0.02
    eventually(lambda: agrees(page, NAMES), "the values again")
    angle = float(page.get_by_test_id("lab-angle-q0").input_value())
    first = np.linalg.eigh(covariance)[1][:, 1]
    assert abs(math.cos(math.radians(angle)) * first[1] - math.sin(math.radians(angle)) * first[0]) < 1e-3
    assert complaints(page) == []


def test_the_track_beside_a_component_is_its_weight(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, q="0.5*normal([-2,0],0.5)+0.5*normal([2,0],0.5)")
    assert page.get_by_test_id("lab-handle-q0-weight").count() == 0
    x, y = centre(page, "q0-centre")
    page.mouse.click(x, y)
    expect(page.get_by_test_id("lab-handle-q0-weight")).to_be_visible()
    drag(page, "q0-weight", 0, -20)
    eventually(lambda: not query(page)["q"].startswith("0.5*"), "another weight")
    mixture = parse(query(page)["q"])
    assert mixture.weights[0] > 0.6
    assert sum(mixture.weights) == pytest.approx(1)
    assert [part.mean for part in mixture.components] == [(-2, 0), (2, 0)]
    eventually(lambda: agrees(page, ["kl_pq", "js"]), "the values")


def test_arrow_keys_do_what_dragging_does(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    handle = page.get_by_test_id("lab-handle-q0-centre")
    handle.focus()
    handle.press("ArrowUp")
    handle.press("Shift+ArrowRight")
    eventually(lambda: parse(query(page)["q"]).mean[0] > 2, "the address after the keys rest")
    x, y = parse(query(page)["q"]).mean
    assert x - 2 == pytest.approx(10 * y)
    assert complaints(page) == []


def test_the_window_grows_with_what_is_dragged_out_of_it(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    x, y = centre(page, "q0-centre")
    drag(page, "q0-centre", 400, release=False)
    for k in range(30):
        page.mouse.move(x + 400 + k, y)
    page.mouse.up()
    eventually(lambda: parse(query(page)["q"]).mean[0] > 6, "out of the first window")
    box = page.get_by_test_id("lab-plane").bounding_box()
    assert box is not None
    eventually(lambda: centre(page, "q0-centre")[0] < box["x"] + box["width"], "the handle is in sight")
    eventually(lambda: agrees(page, NAMES), "the values")


def test_undo_redo_swap_and_reset(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    drag(page, "q0-centre", 50)
    moved = another(page, "q", PLAIN["q"])
    page.keyboard.press("Control+z")
    eventually(lambda: query(page)["q"] == PLAIN["q"], "undone")
    page.keyboard.press("Control+Shift+z")
    eventually(lambda: query(page)["q"] == moved, "made again")
    page.get_by_test_id("lab-swap").click()
    eventually(lambda: query(page)["p"] == moved and query(page)["q"] == PLAIN["p"], "swapped")
    page.get_by_test_id("lab-reset").click()
    eventually(lambda: query(page)["q"] == "normal([2,0],[2,1])", "what the page opens with")
    page.get_by_test_id("lab-undo").click()
    eventually(lambda: query(page)["p"] == moved, "undone by the button")


def test_a_tab_closed_in_the_middle_of_a_drag_harms_nobody(new_page: NewPage, app_server: AppServer) -> None:
    page = opened(new_page(), app_server)
    drag(page, "q0-centre", 60, release=False)
    page.close()
    other = opened(new_page(), app_server)
    assert value(other, "kl_pq") == pytest.approx(2)
    assert "Traceback" not in app_server.log


# ---------------------------------------------------------------- typing


def test_numbers_typed_are_the_same_as_dragged(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    for name, text in (("s1", "2"), ("s2", "0.5"), ("angle", "30")):
        put(page, f"{name}-q0", text)
    eventually(lambda: "[[" in query(page)["q"], "a covariance")
    turn = np.array([[math.sqrt(3) / 2, -0.5], [0.5, math.sqrt(3) / 2]])
    expected = turn @ np.diag([4, 0.25]) @ turn.T
    eventually(lambda: parse(query(page)["q"]).covariance == pytest.approx(expected, abs=1e-5), "the ellipse")
    eventually(lambda: agrees(page, NAMES), "the values")


def test_nonsense_says_what_is_allowed_and_loses_nothing(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    address = link(page)
    put(page, "s1-p0", "banana")
    expect(page.get_by_test_id("lab-side-p")).to_contain_text("a number from 0.0001 to 1000 is needed")
    text = page.get_by_test_id("lab-text-q")
    text.fill("0.3*normal([0,0],1)+0.7*nomal([2,0],1)")
    wrong = page.get_by_test_id("lab-wrong-q")
    expect(wrong).to_contain_text("Did you mean normal?")
    expect(wrong.locator("mark")).to_have_text("n")
    text.fill("normal(0,1)")
    expect(wrong).to_contain_text("dimension 1")
    assert link(page) == address
    assert value(page, "kl_pq") == pytest.approx(2)
    put(page, "text-q", "0.3*normal([0,0],1)+0.7*normal([2,0],1)")
    eventually(lambda: query(page)["q"] == "0.3*normal([0,0],1)+0.7*normal([2,0],1)", "the address")
    expect(wrong).to_be_hidden()
    assert complaints(page) == []


def test_other_families_are_shown_and_said_not_to_be_dragged(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, show="kl_qp,js")
    expect(page.get_by_test_id("lab-fixed")).to_be_hidden()
    page.get_by_test_id("lab-family-p0").select_option("ring")
    eventually(lambda: query(page)["p"].startswith("ring("), "another family")
    expect(page.get_by_test_id("lab-fixed")).to_be_visible()
    assert page.get_by_test_id("lab-handle-p0-centre").count() == 0
    put(page, "std-p0", "0.3")
    eventually(lambda: query(page)["p"] == "ring(8,radius=1,std=0.3)", "its parameter")
    eventually(lambda: agrees(page, ["js"]), "the values")
    page.get_by_test_id("lab-add-p").click()
    eventually(lambda: "normal([" in query(page)["p"], "a Gaussian beside it")
    page.get_by_test_id("lab-remove-p0").click()
    eventually(lambda: query(page)["p"].startswith("normal("), "and alone")
    assert complaints(page) == []


# ---------------------------------------------------------------- what is seen


def test_the_ground_can_be_changed(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    pictures: dict[str, str] = {}
    for name in ("ratio", "p", "q", "witness"):
        page.get_by_test_id(f"lab-field-{name}").check(force=True)
        pictures[name] = eventually(lambda: new_in(field(page), pictures), f"the ground {name}")
    expect(page.get_by_test_id("lab-ground-said")).to_contain_text("MMD²")
    eventually(lambda: query(page).get("field") == "witness", "the address")
    page.get_by_test_id("lab-kernel").select_option("linear")
    expect(page.get_by_test_id("lab-bandwidth")).to_be_hidden()
    eventually(lambda: query(page).get("kernel") == "linear", "the kernel in the address")
    page.get_by_test_id("lab-kernel").select_option("gaussian")
    page.get_by_test_id("lab-median").click()
    eventually(lambda: 1.5 < float(query(page).get("bandwidth", "1")) < 3, "the median heuristic")
    page.get_by_test_id("lab-contours").uncheck()
    eventually(lambda: query(page).get("contours") == "False", "no lines")
    expect(page.locator("[data-mark=contour_p]")).to_have_attribute("display", "none")
    assert complaints(page) == []


def test_samples_are_joined_and_their_distance_stands_beside_the_exact_one(
    page: Page, app_server: AppServer
) -> None:
    opened(page, app_server)
    page.get_by_test_id("lab-lines").check()
    said = r"W2 = ([\d.]+) between the samples, ([\d.]+) between"
    eventually(lambda: reading(page, "lab-lines-said", said), "the two distances")
    sampled, exact = reading(page, "lab-lines-said", said)
    assert exact == 2
    assert sampled == pytest.approx(2, abs=0.5)
    assert sampled != exact
    ways = page.locator("[data-mark=transport] path").get_attribute("d") or ""
    assert ways.count("M") == 120
    page.get_by_test_id("lab-redraw").click()
    eventually(lambda: reading(page, "lab-lines-said", said)[0] != sampled, "other samples")
    eventually(lambda: query(page).get("seed") == "1", "the seed in the address")


def test_the_slice_turns_and_shows_what_is_seen_along_it(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    said = r"θ = ([\d.]+)°: W1 = ([\d.]+), W2 = (\d+\.\d+)"
    eventually(lambda: reading(page, "lab-slice-said", said) == [0, 2, 2], "the whole shift from the front")
    dial = page.get_by_test_id("lab-handle-theta")
    dial.focus()
    for _ in range(6):
        dial.press("Shift+ArrowUp")
    eventually(lambda: reading(page, "lab-slice-said", said) == [60, 1, 1], "half of it at 60°")
    eventually(lambda: query(page).get("theta") == "60", "the address when it rests")
    assert reading(page, "lab-sliced-said", r"SW2 = (\d+\.\d+)") == [1.414]
    box = page.get_by_test_id("lab-dial").bounding_box()
    assert box is not None
    drag_to(page, "theta", box["x"] + box["width"] / 2, box["y"] + 10, steps=5)
    eventually(lambda: reading(page, "lab-slice-said", r"θ = ([\d.]+)°") == [90], "upright")
    assert complaints(page) == []


def test_a_point_under_the_pointer_is_read(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    x, y = centre(page, "q0-centre")
    page.mouse.move(x - 40, y - 60)
    card = page.locator("[data-testid=lab-plane] .lab-readout")
    eventually(lambda: "D*" in card.inner_text(), "the card")
    text = card.inner_text().replace("−", "-")
    place = re.search(r"\(([-\d.]+), ([-\d.]+)\)", text)
    assert place is not None
    at = [float(number) for number in place.groups()]
    p, q = (float(np.exp(parse(PLAIN[side]).logpdf(at))[0]) for side in ("p", "q"))
    shown = [
        float(number)
        for number in re.findall(r"^p\s+([\d.]+)|^q\s+([\d.]+)", text, re.MULTILINE)[0]
        if number
    ]
    assert shown[0] == pytest.approx(p, rel=0.05)
    dstar = re.search(r"D\* = p/\(p\+q\)\s+([\d.]+)", text)
    assert dstar is not None
    assert float(dstar.group(1)) == pytest.approx(p / (p + q), rel=0.05)


# ---------------------------------------------------------------- links, exhibits, languages


def test_a_link_brings_everything_back(page: Page, new_page: NewPage, app_server: AppServer) -> None:
    opened(
        page,
        app_server,
        units="bits",
        field="witness",
        theta="33.5",
        lines="True",
        bandwidth="0.5",
        show="js,w2",
    )
    drag(page, "q0-centre", 30)
    another(page, "q", PLAIN["q"])
    page.wait_for_timeout(300)
    other = open_lab(new_page(), f"{app_server.url}/plane{link(page)}")
    assert query(other) == query(page)
    for name in ("js", "w2"):
        assert value(other, name) == value(page, name)
    expect(other.get_by_test_id("lab-units-bits")).to_be_checked()
    expect(other.get_by_test_id("lab-field-witness")).to_be_checked()
    expect(other.get_by_test_id("lab-lines")).to_be_checked()
    expect(other.get_by_test_id("lab-theta")).to_have_text("θ = 33.5°")
    assert complaints(other) == []


def test_the_link_is_copied_or_offered_to_be_copied(
    page: Page, new_page: NewPage, app_server: AppServer
) -> None:
    allowed = new_page(permissions=["clipboard-read", "clipboard-write"])
    opened(allowed, app_server)
    allowed.get_by_test_id("lab-copy-link").click()
    expect(allowed.get_by_text("Link copied")).to_be_visible()
    assert allowed.evaluate("navigator.clipboard.readText()") == allowed.evaluate("location.href")
    opened(page, app_server)
    offered = []
    page.on("dialog", lambda dialog: (offered.append(dialog.default_value), dialog.dismiss()))
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_test_id("lab-copy-link").click()
    eventually(lambda: offered == [page.evaluate("location.href")], "the address to copy")
    assert complaints(page) == []


def test_a_covariance_in_a_link_stays_as_it_is(page: Page, app_server: AppServer) -> None:
    text = "normal([0.5,0],[[2,0.4],[0.4,0.5]])"
    opened(page, app_server, q=text)
    assert page.get_by_test_id("lab-text-q").input_value() == text
    page.get_by_test_id("lab-lines").check()
    eventually(lambda: query(page).get("lines") == "True", "a change of something else")
    assert query(page)["q"] == text


def test_what_is_wrong_in_a_link_is_named_and_the_rest_kept(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, p="normal(0,1)", theta="400", units="bits")
    warning = page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("dimension 1")
    expect(warning).to_contain_text("at most 180")
    assert query(page)["units"] == "bits"
    assert query(page)["q"] == PLAIN["q"]
    assert complaints(page) == []


def test_an_exhibit_asks_and_answers(page: Page, app_server: AppServer) -> None:
    opened(page, app_server)
    page.get_by_role("link", name="Four modes of eight").click()
    eventually(lambda: query(page)["p"].startswith("ring("), "the exhibit's address")
    eventually(lambda: value(page, "js") == pytest.approx(0.2158, abs=5e-5), "its value")
    panel = page.locator(".st-key-exhibit-dropped_on_a_ring")
    expect(panel).not_to_contain_text("0.2158")
    page.get_by_role("button", name="Show the answer").click()
    expect(panel).to_contain_text("JS = 0.2158 nats")
    assert complaints(page) == []


def test_the_language_can_be_changed_and_the_state_stays(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, theta="30")
    page.get_by_test_id("stSidebar").get_by_text("简体中文").click()
    eventually(lambda: query(page).get("lang") == "zh_CN", "the language in the address")
    filled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(CHINESE)
    expect(page.get_by_test_id("lab-slice-said")).to_have_text(CHINESE)
    assert query(page)["theta"] == "30"
    page.get_by_test_id("lab-text-q").fill("normal(0,1)")
    expect(page.get_by_test_id("lab-wrong-q")).to_have_text(CHINESE)
    assert complaints(page) == []


# ---------------------------------------------------------------- downloads


def test_downloads_agree_with_the_table(page: Page, app_server: AppServer) -> None:
    opened(page, app_server, show="kl_pq,chi2_qp,w2", q="normal([2,0],[2,1])")
    rows = list(csv.DictReader(io.StringIO(saved(page, "csv", "in-the-plane").read_text("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["kl_pq", "chi2_qp", "w2"]
    assert rows[1]["value"] == "inf"
    assert rows[1]["reason"]
    assert float(rows[2]["value"]) == value(page, "w2") == pytest.approx(math.sqrt(5), rel=1e-9)
    root = ElementTree.fromstring(saved(page, "svg", "in-the-plane").read_text())
    assert "normal([2,0],[2,1])" in "".join(root.itertext())
    assert "log p/q" in "".join(root.itertext())
    images = [node for node in root.iter() if node.tag.endswith("}image")]
    assert len(images) == 2, "the ground and its scale"
    assert saved(page, "png", "in-the-plane").read_bytes().startswith(b"\x89PNG")
    assert complaints(page) == []


# ---------------------------------------------------------------- phones


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_whole_width(new_page: NewPage, app_server: AppServer, scheme: str) -> None:
    page = new_page(**PHONE, color_scheme=scheme)
    opened(
        page,
        app_server,
        q="0.3*normal([-2,0],[[1,0.2],[0.2,0.5]])+0.7*moons()",
        lines="True",
        field="witness",
    )
    assert wider_than_the_screen(page) == []
    chart = page.get_by_test_id("lab-plane").bounding_box()
    assert chart is not None
    assert chart["width"] > 340
    assert complaints(page) == []


def test_a_finger_drags(new_page: NewPage, app_server: AppServer) -> None:
    page = new_page(**PHONE)
    opened(page, app_server)
    page.get_by_test_id("lab-plane").scroll_into_view_if_needed()
    drag_by_finger(page, "q0-centre", beside=(0, 10), step=4)  # within 20 px of the mark
    eventually(lambda: parse(query(page)["q"]).mean[0] > 2.2, "the address")


# ---------------------------------------------------------------- the modules


@pytest.fixture
def modules(new_page: NewPage, app_server: AppServer) -> Page:
    return blank(new_page(), app_server)


@pytest.mark.parametrize(
    "covariance",
    [
        1.5,
        [0.5, 2.0],
        [[2.0, 0.4], [0.4, 0.5]],
        [[4.50005, 4.49995], [4.49995, 4.50005]],
        [[1.0, 0.0], [0.0, 1.0]],
    ],
)
def test_an_ellipse_is_the_covariance_it_came_from(modules: Page, covariance: object) -> None:
    """Through axes and angle and back into a text; the referee is the parser."""
    text = modules.evaluate(
        """async ([at, cov]) => {
        const { PlaneFamilies } = await import(`${at}/planefamilies.js`);
        const families = new PlaneFamilies([{ key: "normal_2d", name: "normal", parameters: [] }]);
        const given = { family: "normal_2d", weight: 1, values: { mean: [1, -2], cov } };
        return families.text(families.known([given])); }""",
        [assets.address(), covariance],
    )
    given = np.array(covariance, dtype=float)
    expected = given if given.ndim == 2 else np.eye(2) * given**2
    assert parse(text).mean == (1, -2)
    smallest = np.linalg.eigvalsh(expected)[0]
    assert parse(text).covariance == pytest.approx(expected, abs=1e-5 * smallest)


def test_a_grip_is_where_it_was_put(modules: Page) -> None:
    """Dragging the end of an axis to a point and asking where it stands gives the point, on every side."""
    gaps = modules.evaluate(
        """async (at) => {
        const { PlaneFamilies, gripOf } = await import(`${at}/planefamilies.js`);
        const bound = (name) => ({ name, low: name === "x" || name === "y" ? -1000 : 1e-4, high: 1000 });
        const parameters = ["x", "y", "s1", "s2", "angle"].map(bound);
        const families = new PlaneFamilies([{ key: "normal_2d", name: "normal", parameters }]);
        const gaps = [];
        for (const axis of ["s1", "s2"]) for (let turn = -170; turn <= 180; turn += 25) {
          const one = { family: "normal_2d", weight: 1, values: { x: 1, y: 2, s1: 1, s2: 0.5, angle: 10 } };
          const to = { x: 1 + 3 * Math.cos(turn * Math.PI / 180), y: 2 + 3 * Math.sin(turn * Math.PI / 180) };
          const there = gripOf(families.gripped(one, axis, to, 0.2).values, axis, 0.2);
          gaps.push(Math.hypot(there.x - to.x, there.y - to.y));
        }
        return gaps; }""",
        assets.address(),
    )
    assert max(gaps) < 0.01
