"""The toolkit of the pages about divergences, module by module, on an empty page."""

from __future__ import annotations

import csv
import io
import math
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest
import uvicorn
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from ganlab.ui.live import assets
from tests.browser.steps import complaints

pytestmark = pytest.mark.browser

EMPTY = """<!doctype html><meta charset="utf-8"><title>toolkit</title>
<link rel="stylesheet" href="%(at)s/live.css"><link rel="stylesheet" href="%(at)s/lab.css">
<body style="margin: 20px; background: #fff; --st-background-color: #fff; --st-text-color: #1f2933">
<div class="gl" id="host" style="width: 640px"></div>"""

CHART = """async (at) => {
  const [{ Chart }, { Line, SignedArea }, { Handle }, { readTheme }] = await Promise.all(
    ["plot", "marks", "handles", "theme"].map((name) => import(`${at}/${name}.js`)));
  const host = document.querySelector("#host");
  const chart = new Chart({ label: "Curves", height: 300, x: { label: "x" }, y: { label: "density" }, readout: true });
  host.append(chart.box);
  chart.setTheme(readTheme(host));
  chart.setView({ x: [-3, 3], y: [-1, 1] });
  const xs = Array.from({ length: 401 }, (_, k) => -3 + (6 * k) / 400);
  const line = chart.add(new Line({ name: "p", label: "p(x)", colour: "p" }));
  const area = chart.add(new SignedArea({ name: "area", label: "integrand" }));
  line.set(xs, xs.map((x) => Math.sin(x)));
  area.set(xs, xs.map((x) => 0.5 * x));
  const moves = [];
  const handle = chart.addHandle(new Handle({ label: "P: mean", colour: "p", testid: "handle",
    onMove: (move) => {
      moves.push(move);
      handle.set({ x: move.x, y: move.y, text: `at ${move.x}` });
      chart.paint();
    } }));
  handle.set({ x: 0, y: 0.5, text: "at 0", stem: true });
  chart.resize();
  chart.paint();
  Object.assign(window, { chart, line, area, handle, moves, at });
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A server with the components' files and one empty page; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        page = Route("/", lambda request: HTMLResponse(EMPTY % {"at": assets.address()}))
        app = Starlette(routes=[page, *assets.routes()])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def lab(new_page: Callable[..., Page], site: str) -> Iterator[Page]:
    page = new_page(viewport={"width": 700, "height": 700})
    page.goto(site)
    yield page
    assert complaints(page) == []


@pytest.fixture
def chart(lab: Page) -> Page:
    lab.evaluate(CHART, assets.address())
    return lab


def pixels(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where on the page a point of the chart is."""
    return tuple(
        page.evaluate(
            """([x, y]) => { const box = chart.svg.getBoundingClientRect();
            return [box.left + chart.view.x.at(x), box.top + chart.view.y.at(y)]; }""",
            [x, y],
        )
    )


# ---------------------------------------------------------------- scales


def test_scales_go_there_and_back(lab: Page) -> None:
    found = lab.evaluate(
        """async (at) => {
        const { makeScale } = await import(`${at}/scale.js`);
        const line = makeScale({ low: -2, high: 6, from: 50, to: 450 });
        const log = makeScale({ kind: "log", low: 1e-4, high: 1, from: 300, to: 20 });
        return { there: [line.at(-2), line.at(6), log.at(1e-4), log.at(1), log.at(0.01)],
                 back: [line.value(250), log.value(160)], far: [log.at(0), line.at(Infinity), line.at(NaN)],
                 rounded: [line.rounded(1.23456), log.rounded(0.0123456)],
                 decades: log.ticks(5).map(({ label }) => label) }; }""",
        assets.address(),
    )
    assert found["there"] == pytest.approx([50, 450, 300, 20, 160])
    assert found["back"] == pytest.approx([2, 0.01])
    assert found["far"][0] > 300, "zero is below the axis"
    assert found["far"][1] == 20000
    assert found["far"][2] is None or math.isnan(found["far"][2])
    assert found["rounded"] == [1.23, 0.0123]
    assert found["decades"] == ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1"]


# ---------------------------------------------------------------- marks


def points(d: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", d)]


def test_a_line_goes_through_its_points(chart: Page) -> None:
    d = chart.evaluate("line.path.getAttribute('d')")
    assert len(points(d)) == 401
    ends = chart.evaluate("[chart.view.x.at(-3), chart.view.y.at(Math.sin(-3))]")
    assert points(d)[0] == pytest.approx(ends, abs=0.06)


def test_gaps_are_gaps(chart: Page) -> None:
    d = chart.evaluate("line.set([0, 1, 2, 3], [0, NaN, 0.5, 1]), chart.paint(), line.path.getAttribute('d')")
    assert d.count("M") == 2
    assert d.count("L") == 1


def test_areas_are_cut_where_the_curve_crosses_zero(chart: Page) -> None:
    chart.evaluate("area.set([-1, 1, 3], [-0.5, 0.5, Infinity]), chart.paint()")
    above, below, infinite = chart.evaluate(
        "['positive', 'negative', 'infinite'].map((part) => area.paths[part].getAttribute('d'))"
    )
    zero = chart.evaluate("chart.view.x.at(0)")
    assert points(above)[0][0] == pytest.approx(zero, abs=0.06)
    assert points(below)[-1][0] == pytest.approx(zero, abs=0.06)
    assert infinite.startswith(f"M{chart.evaluate('Math.round(chart.view.x.at(3) * 10) / 10'):g} ")


def test_only_what_changed_is_painted(chart: Page) -> None:
    """The axes stay the same nodes, and an untouched mark is not painted again."""
    same = chart.evaluate(
        """() => { const [tick, path] = [chart.frame.firstChild, area.paths.positive.getAttribute("d")];
        area.draw = () => { throw new Error("painted"); };
        line.set([0, 1], [0, 1]); chart.setView({ x: [-3, 3], y: [-1, 1] }); chart.paint();
        return tick === chart.frame.firstChild && path === area.paths.positive.getAttribute("d"); }"""
    )
    assert same


def test_five_curves_of_400_points_are_painted_in_a_fraction_of_a_frame(chart: Page) -> None:
    milliseconds = chart.evaluate(
        """async () => {
        const { Line } = await import(`${at}/marks.js`);
        const lines = ["a", "b", "c", "d"].map((name) => chart.add(new Line({ name })));
        const xs = Float32Array.from({ length: 400 }, (_, k) => -3 + (6 * k) / 400);
        const times = [];
        for (let turn = 0; turn < 60; turn += 1) {
          const ys = xs.map((x) => Math.sin(x + turn / 10));
          const start = performance.now();
          for (const one of [line, ...lines]) one.set(xs, ys);
          chart.paint();
          times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b)[30]; }"""
    )
    assert milliseconds < 8, "half a frame at 60 frames a second, on a busy machine"


def test_a_field_is_an_image_with_its_first_row_at_the_bottom(chart: Page) -> None:
    corner = chart.evaluate(
        """async () => {
        const { Field } = await import(`${at}/marks2.js`);
        const table = new Uint32Array(256).map((_, k) => 0xff000000 | k);  // red is the value
        const field = chart.add(new Field({}));
        field.set({ data: new Uint8Array([10, 20, 30, 40]), shape: [2, 2], x: [-3, 3], y: [-1, 1], table });
        chart.paint();
        const image = new Image(); image.src = field.image.getAttribute("href"); await image.decode();
        const context = Object.assign(document.createElement("canvas"), { width: 2, height: 2 }).getContext("2d");
        context.drawImage(image, 0, 0);
        return [0, 1].map((row) => [0, 1].map((k) => context.getImageData(k, row, 1, 1).data[0])); }"""
    )
    assert corner == [[30, 40], [10, 20]]


# ---------------------------------------------------------------- handles


def test_a_handle_is_dragged_where_the_pointer_goes(chart: Page) -> None:
    x, y = pixels(chart, 0, 0.5)
    chart.mouse.move(x + 5, y - 3)  # not its very middle: it must not jump
    chart.mouse.down()
    to = pixels(chart, 1.5, -0.25)
    chart.mouse.move(to[0] + 5, to[1] - 3, steps=4)
    chart.mouse.up()
    moves = chart.evaluate("moves.map(({ phase, x, y }) => [phase, x, y])")
    assert [moves[0][0], moves[1][0], moves[-1][0]] == ["start", "move", "end"]
    assert moves[0][1:] == [0, 0.5]
    assert moves[-1][1] == pytest.approx(1.5, abs=0.02)
    assert moves[-1][2] == pytest.approx(-0.25, abs=0.02)


def test_a_finger_finds_a_handle_within_40_pixels(chart: Page) -> None:
    x, y = pixels(chart, 0, 0.5)
    hit = chart.evaluate(
        "(places) => places.map(([x, y]) => Boolean(document.elementFromPoint(x, y)?.closest('.lab-handle')))",
        [[x + dx, y + dy] for dx, dy in [(0, 0), (19, 0), (-19, 0), (0, 19), (0, -19), (30, 0)]],
    )
    assert hit == [True, True, True, True, True, False]


def test_arrow_keys_move_a_handle_and_say_when_it_rests(chart: Page) -> None:
    handle = chart.get_by_test_id("handle")
    handle.focus()
    handle.press("ArrowRight")
    handle.press("Shift+ArrowUp")
    chart.wait_for_function("moves.at(-1).phase === 'end'")
    assert chart.evaluate("moves.map(({ phase }) => phase)") == ["start", "move", "move", "end"]
    assert chart.evaluate("[handle.x, handle.y]") == pytest.approx([0.05, 1.0])
    assert handle.get_attribute("aria-valuetext") == "at 0.05"


# ---------------------------------------------------------------- read-out, size, theme


def test_the_readout_interpolates_under_the_pointer(chart: Page) -> None:
    chart.mouse.move(*pixels(chart, 1.0, -0.8))
    card = chart.locator(".lab-readout")
    assert "x = 1" in card.inner_text()
    assert "0.841" in card.inner_text()
    chart.mouse.move(5, 5)
    assert card.is_hidden()


def test_the_chart_follows_its_room(chart: Page) -> None:
    chart.evaluate("document.querySelector('#host').style.width = '400px'")
    chart.wait_for_function("chart.size[0] === 400")
    chart.wait_for_function("chart.svg.getAttribute('width') === '400'")
    assert chart.evaluate("Math.max(...line.path.getAttribute('d').match(/[0-9.]+(?= )/g))") <= 400


# ---------------------------------------------------------------- downloads


def test_a_figure_stands_on_its_own(chart: Page) -> None:
    text = chart.evaluate(
        """async () => { const { figure } = await import(`${at}/exporting.js`);
        return figure([chart], { title: "P & Q", theme: chart.theme, white: true }); }"""
    )
    root = ElementTree.fromstring(text)
    names = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert {"path", "text", "rect", "clipPath"} <= names
    assert "P & Q" in "".join(root.itertext())
    assert "p(x)" in "".join(root.itertext())
    assert "lab-handle" not in text
    assert "style=" not in text
    assert "font-family" in text
    background = next(root.iter("{http://www.w3.org/2000/svg}rect"))
    assert background.get("fill") == "rgb(255,255,255)"


def test_a_picture_is_twice_as_large(chart: Page) -> None:
    size = chart.evaluate(
        """async () => { const { figure, picture } = await import(`${at}/exporting.js`);
        const text = figure([chart], { theme: chart.theme });
        const image = await createImageBitmap(await picture(text, 2));
        return [image.width, image.height, chart.size[0], chart.size[1]]; }"""
    )
    assert size[0] == 2 * size[2]
    assert size[1] == 2 * (size[3] + 6)


def test_values_are_csv_that_others_read(lab: Page) -> None:
    rows = [["a", "b"], ['with "quotes", commas', "two\nlines"], ["∞", ""]]
    text = lab.evaluate(
        "async ([at, rows]) => (await import(`${at}/exporting.js`)).csv(rows)", [assets.address(), rows]
    )
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows


# ---------------------------------------------------------------- number boxes


BOX = """async (at) => {
  const { NumberBox } = await import(`${at}/controls.js`);
  window.said = [];
  const t = (key, { low, high }) => `${key} ${low} ${high}`;
  window.box = new NumberBox({ t, label: "mean", low: -10, high: 10, step: 0.1, testid: "box",
    onInput: (value) => said.push(["input", value]), onCommit: (value) => said.push(["commit", value]) });
  document.querySelector("#host").append(box.box);
  box.set(0.5);
}"""


def test_a_number_is_taken_and_nonsense_stays_with_what_is_allowed(lab: Page) -> None:
    lab.evaluate(BOX, assets.address())
    box = lab.get_by_test_id("box")
    assert box.input_value() == "0.5"
    box.fill("1,25")
    box.press("Enter")
    assert lab.evaluate("said") == [["input", 1.25], ["commit", 1.25]]
    box.fill("nonsense")
    box.press("Enter")
    assert lab.locator(".lab-wrong").inner_text() == "number_needed -10 10"
    box.blur()
    assert box.input_value() == "nonsense"
    assert lab.evaluate("[said.length, box.value]") == [2, 1.25]
    box.focus()
    box.press("Escape")
    assert box.input_value() == "1.25"
    assert lab.locator(".lab-wrong").is_hidden()
    box.fill("11")
    assert lab.locator(".lab-wrong").is_visible()
    assert lab.evaluate("said.length") == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5),
        ("−2", -2),
        ("1e-3", 0.001),
        ("０．５", 0.5),
        (" 3 ", 3),
        ("1,5", 1.5),
        ("1,000.5", None),
        ("0x10", None),
        ("", None),
        ("inf", None),
    ],
)
def test_what_is_typed_is_read_as_people_mean_it(lab: Page, text: str, value: float | None) -> None:
    read = """async ([at, text]) => {
        const { typed } = await import(`${at}/controls.js`);
        const value = typed(text);
        return Number.isNaN(value) ? null : value; }"""
    assert lab.evaluate(read, [assets.address(), text]) == value


# ---------------------------------------------------------------- pace


def test_the_slowest_rows_wait_so_that_the_others_fit_into_a_frame(lab: Page) -> None:
    found = lab.evaluate(
        """async (at) => {
        const { FRAME, Pace, REST } = await import(`${at}/pace.js`);
        const pace = new Pace((name) => (name === "unknown" ? 1 : 0));
        const names = ["kl", "w2", "mmd2", "tv"];
        const times = [["kl", 0.003], ["w2", 0.03], ["mmd2", 0.2], ["tv", 0.004]];
        pace.note(times.map(([name, seconds]) => ({ name, seconds })), "key");
        const once = [pace.late(names, "key", FRAME), pace.late(names, "key", REST), pace.late(names, "key", Infinity),
                      pace.late(names, "other", FRAME), pace.late(["kl", "unknown"], "key", FRAME)];
        pace.note([{ name: "kl", seconds: 0.5 }], "key");  // the machine was busy once
        return [...once, pace.late(["kl", "tv"], "key", FRAME)]; }""",
        assets.address(),
    )
    assert found == [["mmd2", "w2"], ["mmd2"], [], [], ["unknown"], []]


# ---------------------------------------------------------------- questions


ASK = """async (at) => {
  const { Calculator } = await import(`${at}/ask.js`);
  window.sent = []; window.sockets = []; window.heard = []; window.states = [];
  window.WebSocket = class { static OPEN = 1;
    constructor() { this.readyState = 0; sockets.push(this); }
    send(text) { sent.push(JSON.parse(text)); }
    close() {}
    open() { this.readyState = 1; this.onopen(); }
    answer(data) { this.onmessage({ data }); } };
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: { info: JSON.stringify({ js: 0.5 }) } }));
  const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
  window.frame = new Uint8Array([...length, ...header]).buffer;
  window.calculator = new Calculator({ url: "ws://x", onAnswer: (frame, about) => heard.push([frame.info.js, about.n]),
    onError: (error, about) => heard.push([error.code, about.n]), onState: (state) => states.push(state) });
}"""


def test_one_question_at_a_time_and_the_newest_next(lab: Page) -> None:
    lab.evaluate(ASK, assets.address())
    lab.evaluate("calculator.ask({ q: 1 }, { n: 1 }); sockets[0].open();")
    lab.evaluate("for (const n of [2, 3, 4]) calculator.ask({ q: n }, { n, at: performance.now() });")
    assert lab.evaluate("sent") == [{"q": 1}]
    lab.evaluate("sockets[0].answer(frame)")
    assert lab.evaluate("sent") == [{"q": 1}, {"q": 4}]
    lab.evaluate("sockets[0].answer(frame)")
    lab.wait_for_function("heard.length && heard.at(-1)[1] === 4")
    lab.wait_for_function("__ganlabLab.latencies.length === 1")


def test_a_wrong_question_is_said_and_the_next_goes_out(lab: Page) -> None:
    lab.evaluate(ASK, assets.address())
    lab.evaluate("calculator.ask({ q: 1 }, { n: 1 }); sockets[0].open(); calculator.ask({ q: 2 }, { n: 2 });")
    lab.evaluate("""sockets[0].answer('{"type": "error", "code": "invalid", "text": "no"}')""")
    assert lab.evaluate("[heard, sent]") == [[["invalid", 1]], [{"q": 1}, {"q": 2}]]


def test_after_a_lost_connection_the_question_is_asked_again(lab: Page) -> None:
    lab.evaluate(ASK, assets.address())
    lab.evaluate("calculator.ask({ q: 1 }, { n: 1 }); sockets[0].open(); sockets[0].onclose({ code: 1006 });")
    lab.wait_for_function("sockets.length === 2")
    lab.evaluate("sockets[1].open()")
    assert lab.evaluate("[sent, states]") == [[{"q": 1}, {"q": 1}], ["open", "lost", "open"]]
