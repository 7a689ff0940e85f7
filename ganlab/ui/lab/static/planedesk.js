// Everything that is seen of the page "In the plane": picture, slices, boxes, table; put together, filled, painted.
//
//   const desk = new PlaneDesk({ t, data, families, undo, on });   // on: what `plane.js` does when something is touched
//   desk.show(state, fields);       // what the state says
//   desk.take(frame, state, late);  // what was answered; late: the state has moved on since

import { Bounds } from "./bounds.js";
import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { figure } from "./exporting.js";
import { number } from "./frame.js";
import { PlaneControls } from "./planecontrols.js";
import { PlaneEditor } from "./planeeditor.js";
import { PlaneProbe } from "./planeprobe.js";
import { PlaneSlices } from "./planeslices.js";
import { PlaneStage } from "./planestage.js";
import { Readings } from "./readings.js";

const MOST = 6; // components that the page offers; a link may bring more
const LN2 = Math.LN2;
const SIDES = ["p", "q"];
const said = (testid) => el("p", { class: "lab-said", "data-testid": testid });

export class PlaneDesk {
  constructor({ t, data, families, undo, on }) {
    Object.assign(this, { t, families, undo });
    this.root = el("div", { class: "lab gl plane", "data-testid": "lab" });
    this.probe = new PlaneProbe({ t, ask: on.point });
    this.stage = new PlaneStage({ t, families, onDrag: on.drag, readout: (x, y) => this.probe.read(x, y) });
    this.probe.attach(this.stage.chart);
    this.stage.chart.onSize = on.size;
    this.slices = new PlaneSlices({ t, onTurn: on.turn });
    this.controls = new PlaneControls({ t, data, ...on, values: () => this.readings.table(this.fields), figure: (options) => this.figure(options) });
    this.editors = Object.fromEntries(SIDES.map((side) => [side, new PlaneEditor({
      side, t, families, most: MOST, onChange: (components, how) => on.change({ [side]: components }, how), onText: (text, how) => on.type(side, text, how),
    })]));
    this.bounds = new Bounds({ t, rows: data.bounds });
    this.readings = new Readings({ t, rows: data.rows, host: this.root, onShow: (show) => on.change({ show }) });
    this.assemble();
    this.outer = el("div", { class: "gl-host" }, [this.root]);
  }

  assemble() {
    const { t } = this;
    [this.groundSaid, this.linesSaid, this.bestSaid, this.fixed] = ["lab-ground-said", "lab-lines-said", "lab-dstar-said", "lab-fixed"].map(said);
    this.late = el("small", { class: "plane-late", "data-on": "false", text: t("late"), "data-testid": "lab-late" });
    this.readings.box.querySelector("h3").append(this.late);
    this.notice = el("p", { class: "gl-notice", role: "status", hidden: true, "data-testid": "lab-notice" });
    const left = el("div", { class: "lab-left" }, [this.stage.chart.box, this.controls.ground, this.groundSaid, this.linesSaid, this.controls.options, this.slices.box, this.bounds.box]);
    const right = el("div", { class: "lab-right" }, [this.readings.box, this.bestSaid, this.editors.p.box, this.editors.q.box, this.fixed]);
    this.root.append(this.notice, this.controls.bar, el("div", { class: "lab-main" }, [left, right]));
  }

  setTheme(theme) {
    this.theme = theme;
    this.root.dataset.dark = String(theme.dark);
    this.stage.setTheme(theme);
    this.slices.setTheme(theme);
  }

  get dragging() {
    return this.stage.dragging || this.slices.dragging;
  }

  // ------------------------------------------------------------ what the state says

  show(state, fields) {
    const { t } = this;
    this.fields = fields;
    this.shown = state.show.length;
    for (const side of SIDES) this.editors[side].set(state[side], fields[side]);
    this.controls.set(state, this.undo);
    this.readings.configure({ ...state, integrand: null });
    this.stage.show(state);
    this.slices.show(state.theta);
    setText(this.groundSaid, t(`ground_said_${state.field}`));
    this.linesSaid.hidden = !state.lines;
    this.fixed.hidden = SIDES.every((side) => state[side].every((component) => this.families.isEllipse(component)));
    setText(this.fixed, t("fixed"));
    this.late.dataset.on = String(this.dragging);
    this.readings.box.dataset.busy = String(!this.dragging); // while dragging it says itself that it lags
    this.paint();
  }

  // ------------------------------------------------------------ what was answered

  take(frame, state, late) {
    const { info } = frame;
    this.stage.take(frame, state);
    this.slices.take(frame, state.theta, !this.dragging);
    if (info.values) this.takeValues(info, late);
    if (info.transport) this.takeTransport(info.transport);
    if (info.median) this.controls.setMedian(number(info.median));
    if (info.point) this.probe.take(info.point, state.units);
    for (const editor of Object.values(this.editors)) editor.settle();
  }

  takeValues({ values, bounds, optimal_value: best }, late) {
    this.readings.take(values);
    this.bounds.take(bounds, values.length === this.shown);
    this.readings.box.dataset.busy = String(late && !this.dragging);
    if (!late) this.late.dataset.on = String(this.dragging);
    if (best === null) return;
    const value = number(best);
    setText(this.bestSaid, this.t("dstar_said", { value: digits(value, 4), js: digits((value + 2 * LN2) / 2, 4) }));
  }

  takeTransport({ w2, n, exact }) {
    const key = Number.isFinite(number(exact)) ? "lines_said_exact" : "lines_said";
    setText(this.linesSaid, this.t(key, { n, w2: digits(number(w2), 4), exact: digits(number(exact), 4) }));
  }

  tell(text) {
    this.notice.hidden = !text;
    setText(this.notice, text);
  }

  // ------------------------------------------------------------ on the screen, in a file

  /** The window changed: what stands in it is put where it belongs. */
  refit(state) {
    this.stage.paint();
    this.stage.show(state);
  }

  paint() {
    this.stage.paint();
    this.slices.paint();
  }

  figure({ white }) {
    const { p, q } = this.fields;
    return figure([this.stage.chart, ...this.slices.charts], { title: `P = ${p}   Q = ${q}`, theme: this.theme, white });
  }

  destroy() {
    this.stage.destroy();
    this.slices.destroy();
    this.outer.remove();
  }
}
