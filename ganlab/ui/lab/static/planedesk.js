// Everything that is seen of the page "In the plane": picture, slices, boxes, table; put together, filled, painted.
//
//   const desk = new PlaneDesk({ t, data, families, notice, on });   // on: what `plane.js` does when something is touched
//   desk.show(state);               // what the state says
//   desk.take(frame, state, late);  // what was answered; late: the state has moved on since

import { Bounds } from "./bounds.js";
import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { number } from "./frame.js";
import { PlaneControls } from "./planecontrols.js";
import { PlaneEditor } from "./planeeditor.js";
import { PlaneProbe } from "./planeprobe.js";
import { PlaneSlices } from "./planeslices.js";
import { PlaneStage } from "./planestage.js";
import { optimum, Readings } from "./readings.js";

const said = (testid) => el("p", { class: "lab-said", "data-testid": testid });

export class PlaneDesk {
  constructor({ t, data, families, notice, on }) {
    Object.assign(this, { t, families });
    this.root = el("div", { class: "lab gl plane", "data-testid": "lab" });
    this.probe = new PlaneProbe({ t, ask: on.point });
    this.stage = new PlaneStage({ t, families, onDrag: on.drag, readout: (x, y) => this.probe.read(x, y) });
    this.probe.attach(this.stage.chart);
    this.stage.chart.onSize = on.size;
    this.slices = new PlaneSlices({ t, onTurn: on.turn });
    this.controls = new PlaneControls({ t, data, ...on });
    this.editors = PlaneEditor.pair({ t, families, ...on });
    this.bounds = new Bounds({ t, rows: data.bounds });
    this.readings = new Readings({ t, rows: data.rows, host: this.root, onShow: (show) => on.change({ show }) });
    this.assemble(notice);
  }

  assemble(notice) {
    const { t } = this;
    [this.groundSaid, this.linesSaid, this.bestSaid, this.fixed] = ["lab-ground-said", "lab-lines-said", "lab-dstar-said", "lab-fixed"].map(said);
    this.late = el("small", { class: "plane-late", "data-on": "false", text: t("late"), "data-testid": "lab-late" });
    this.readings.box.querySelector("h3").append(this.late);
    const left = el("div", { class: "lab-left" }, [this.stage.chart.box, this.controls.ground, this.groundSaid, this.linesSaid, this.controls.options, this.slices.box, this.bounds.box]);
    const right = el("div", { class: "lab-right" }, [this.readings.box, this.bestSaid, this.editors.p.box, this.editors.q.box, this.fixed]);
    this.root.append(notice, this.controls.bar, el("div", { class: "lab-main" }, [left, right]));
  }

  setTheme(theme) {
    this.stage.setTheme(theme);
    this.slices.setTheme(theme);
  }

  get dragging() {
    return this.stage.dragging || this.slices.dragging;
  }

  // ------------------------------------------------------------ what the state says

  show(state) {
    const { t } = this;
    this.shown = state.show.length;
    this.stage.show(state);
    this.slices.show(state.theta);
    setText(this.groundSaid, t(`ground_said_${state.field}`));
    this.linesSaid.hidden = !state.lines;
    this.fixed.hidden = [...state.p, ...state.q].every((component) => this.families.isEllipse(component));
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
    if (best !== null) setText(this.bestSaid, optimum(this.t, best));
  }

  takeTransport({ w2, n, exact }) {
    const key = Number.isFinite(number(exact)) ? "lines_said_exact" : "lines_said";
    setText(this.linesSaid, this.t(key, { n, w2: digits(number(w2), 4), exact: digits(number(exact), 4) }));
  }

  // ------------------------------------------------------------ on the screen

  /** The window changed: what stands in it is put where it belongs. */
  refit(state) {
    this.stage.paint();
    this.stage.show(state);
  }

  paint() {
    this.stage.paint();
    this.slices.paint();
  }

  get charts() {
    return [this.stage.chart, ...this.slices.charts];
  }
}
