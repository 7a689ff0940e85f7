// The page "Two densities" (see dragging.js for what it has in common with the other one).

import { Bounds } from "./bounds.js";
import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { Dragging } from "./dragging.js";
import { Editor } from "./editor.js";
import { Families, reweighted } from "./families.js";
import { number } from "./frame.js";
import { JsSteps } from "./jssteps.js";
import { LineControls } from "./linecontrols.js";
import { LineStage } from "./linestage.js";
import { mounter } from "./mounting.js";
import { FRAME, Pace, REST } from "./pace.js";
import { optimum, Readings } from "./readings.js";

const WARY = 1; // seconds that a row is taken for which may be slow, until it has been timed
const STRETCH = 0.012; // of the axis, with every move past its end

class Densities extends Dragging {
  constructor(host, component) {
    super(host, component, new Families(component.data.families));
    this.pace = new Pace((name) => this.wary(name));
    this.build();
    this.begin(component);
  }

  // ------------------------------------------------------------ questions

  /** Rows that take longer than the budget (seconds, all together) are left out. */
  question(budget = REST) {
    const { low, high, show, integrand } = this.state;
    const [left, right] = low === null || high === null ? this.view ?? [null, null] : [low, high];
    const skip = this.pace.late([...new Set([...show, integrand])], this.shape(), budget);
    return { ...this.fields(), low: left, high: right, skip };
  }

  /** What the time of a row depends on: families and kernel. */
  shape() {
    const { p, q, kernel } = this.state;
    return JSON.stringify([...[p, q].map((side) => side.map(({ family }) => family).sort()), kernel]);
  }

  /** W2 and MMD² are quick between normals, and may take seconds between other mixtures. */
  wary(name) {
    const { p, q, kernel } = this.state;
    const easy = [...p, ...q].every(({ family }) => family === "normal");
    if (name === "mmd2") return easy && kernel === "gaussian" ? 0 : WARY;
    return name === "w2" && !easy && p.length + q.length > 2 ? WARY : 0;
  }

  request({ final, at }) {
    this.calculator.ask(this.question(final ? REST : FRAME), { at, version: this.version });
  }

  /** Rows that take long have a socket of their own. */
  get late() {
    return (this.second ??= this.connect("&late"));
  }

  // ------------------------------------------------------------ changes

  drag({ side, k, what, x, y, phase, at }) {
    let parts = this.state[side];
    let component = parts[k];
    if (x !== undefined) {
      const place = this.within(x);
      component = what === "centre" ? this.families.moved(component, place) : this.families.widened(component, place);
    }
    parts = parts.map((one, j) => (j === k ? component : one));
    if (y !== undefined) parts = reweighted(parts, k, this.stage.weightAt(side, k, y));
    const moved = phase !== "start" && (x !== undefined || y !== undefined);
    if (moved) this.dragged = true;
    if (phase === "end" && !this.dragged) return;
    if (phase === "end") this.dragged = false;
    if (moved || phase === "end") this.change({ [side]: parts }, { final: phase === "end", at: phase === "end" ? undefined : at });
  }

  /** Dragged past its end, the axis grows step by step and the handle stays at its edge. */
  within(x) {
    const { low, high } = this.state;
    const [left, right] = this.view ?? [x, x];
    const step = low === null || high === null ? STRETCH * (right - left) : 0;
    if (x >= left && x <= right) return x;
    const place = this.stage.main.view.x.rounded(Math.max(left - step, Math.min(right + step, x)));
    if (step) this.view = [Math.min(left, place), Math.max(right, place)];
    return place;
  }

  type(side, text, { final }) {
    this.version += 1;
    this.calculator.ask({ ...this.question(), [side]: text }, { side, text, final, version: this.version });
  }

  forget() {
    this.view = null;
  }

  // ------------------------------------------------------------ answers

  receive(frame, about) {
    const { info } = frame;
    if (about.late && about.version !== this.version) return; // of a state that is gone
    this.answered = true;
    if (about.side) this.understood(about, info);
    const calm = !this.stage.dragging;
    this.view ??= info.auto;
    const again = calm && this.fitted(info.auto);
    if (again) this.calculator.ask(this.question(), { version: this.version });
    this.tell("");
    this.stage.take(frame, this.state, calm);
    this.pace.note([...info.values, ...(info.integrand ? [info.integrand] : [])], this.shape());
    this.readings.take(info.values);
    this.bounds.take(info.bounds, info.values.length === this.state.show.length);
    if (info.js_steps) this.steps.take(info.js_steps, this.state.units);
    this.captions(info);
    for (const editor of Object.values(this.editors)) editor.settle();
    this.paint();
    this.emit(about);
    if (calm && !again && !about.late && about.version === this.version) this.complete(info);
  }

  /** At rest the rows that were left out are asked for as well. */
  complete({ values, integrand }) {
    const { show } = this.state;
    if (values.length === show.length && integrand) return;
    this.late.ask(this.question(Infinity), { late: true, version: this.version });
  }

  /** A text was typed and could be read: now it is the state. */
  understood({ side, final, version }, info) {
    if (version !== this.version) return; // something else has moved since
    this.state = { ...this.state, [side]: info.components[side] };
    this.editors[side].praise();
    this.show();
    if (final) this.rest = version;
  }

  /** Whether the view had to change to hold both densities and little else. */
  fitted([low, high]) {
    if (this.state.low !== null && this.state.high !== null) return false;
    const [left, right] = this.view;
    const share = (high - low) / (right - left);
    const room = 0.02 * (high - low);
    if (left <= low + room && right >= high - room && share > 0.5) return false;
    this.view = [low, high];
    return true;
  }

  // ------------------------------------------------------------ what is seen

  build() {
    const { t, data } = this;
    this.stage = new LineStage({ t, families: this.families, onDrag: (move) => this.drag(move) });
    const on = this.reactions();
    this.controls = new LineControls({ t, data, ...on });
    this.editors = Editor.pair({ t, families: this.families, ...on });
    this.steps = new JsSteps({ t, onStep: (steps) => this.change({ steps }) });
    this.bounds = new Bounds({ t, rows: data.bounds });
    this.root = el("div", { class: "lab gl", "data-testid": "lab" });
    this.readings = new Readings({ t, rows: data.rows, host: this.root, onShow: (show) => this.change({ show }), onIntegrand: (integrand) => this.change({ integrand, steps: 0 }) });
    this.underSaid = el("p", { class: "lab-said", "data-testid": "lab-integrand-said" });
    this.bestSaid = el("p", { class: "lab-said", "data-testid": "lab-dstar-said" });
    this.bestBox = el("section", { class: "lab-panel" }, [el("h3", { text: t("chart_dstar") }), this.stage.best.box, this.bestSaid]);
    const left = el("div", { class: "lab-left" }, [
      this.stage.main.box, this.steps.box,
      el("section", { class: "lab-panel" }, [this.controls.integrandHead, this.stage.under.box, this.underSaid]), this.bestBox, this.bounds.box,
    ]);
    const right = el("div", { class: "lab-right" }, [this.readings.box, this.controls.options, this.editors.p.box, this.editors.q.box]);
    this.root.append(this.notice, this.controls.bar, el("div", { class: "lab-main" }, [left, right]));
  }

  get charts() {
    return this.stage.charts;
  }

  setTheme(theme) {
    this.stage.setTheme(theme);
  }

  show() {
    super.show();
    this.steps.set(this.state.steps);
    this.bestBox.hidden = !this.state.dstar;
    this.stage.show(this.state);
    this.paint();
  }

  paint() {
    this.stage.paint();
  }

  captions({ optimal_value: best, integrand }) {
    const { t, state } = this;
    setText(this.bestSaid, optimum(t, best));
    const row = this.readings.rows.get(state.integrand);
    const value = integrand?.value ?? this.value;
    this.value = value;
    const unit = this.readings.unit(row.units);
    const key = state.steps >= 3 ? `integrand_step_${state.steps}` : number(value) === Infinity ? "integrand_infinite" : "integrand_said";
    setText(this.underSaid, t(key, { name: row.plain, value: `${digits(number(value), 4)} ${unit}`.trim() }));
  }

  destroy() {
    super.destroy();
    this.second?.end();
  }
}

export const mount = mounter(Densities);
