// The page "Two densities". The state lives here while something is dragged or typed, and in the address bar as soon as
// it rests: the page gets it, writes the address, and hands it back.

import { Calculator, socketAddress } from "./ask.js";
import { Bounds } from "./bounds.js";
import { LineControls } from "./linecontrols.js";
import { digits } from "./digits.js";
import { el, setText, translator } from "./dom.js";
import { Editor } from "./editor.js";
import { figure } from "./exporting.js";
import { Families, reweighted } from "./families.js";
import { number } from "./frame.js";
import { JsSteps } from "./jssteps.js";
import { LineStage } from "./linestage.js";
import { mounter } from "./mounting.js";
import { FRAME, Pace, REST } from "./pace.js";
import { Readings } from "./readings.js";
import { readTheme } from "./theme.js";
import { Undo, undoKey } from "./undo.js";

const MOST = 6; // components that the page offers; a link may bring more
const LN2 = Math.LN2;
const WARY = 1; // seconds that a row is taken for which may be slow, until it has been timed
const STRETCH = 0.012; // of the axis, with every move past its end
let instances = 0;

class Densities {
  constructor(host, component) {
    this.host = host;
    this.data = component.data;
    this.t = translator(this.data.texts);
    this.families = new Families(this.data.families);
    this.name = `${Date.now().toString(36)}-${(instances += 1)}`;
    this.version = 0;
    this.pace = new Pace((name) => this.wary(name));
    this.mine = new Set();
    this.adopt(this.data.state);
    this.undo = new Undo(this.state);
    this.build();
    const url = socketAddress(this.data.socket);
    const hear = { onAnswer: (frame, about) => this.receive(frame, about), onError: (error, about) => this.refuse(error, about) };
    this.calculator = new Calculator({ url, ...hear, onState: (state, how) => this.connection(state, how) });
    this.late = () => (this.second ??= new Calculator({ url: `${url}&late`, ...hear })); // for rows that take long
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.waiting = setTimeout(() => this.info || this.tell(this.t("computing")), 400);
    this.configure(component, true);
  }

  // ------------------------------------------------------------ the page's state

  /** A state as the page has it (texts with their components) becomes ours (components). */
  adopt(given) {
    const { components, ...fields } = given;
    this.state = { ...fields, p: components.p, q: components.q };
    this.given = JSON.stringify(given);
  }

  /** Runs at every rerun of the page and every change of theme. */
  configure(component, first = false) {
    const { data } = component;
    this.component = component;
    this.data = data;
    const theme = readTheme(this.host);
    this.root.dataset.dark = String(theme.dark);
    this.stage.setTheme(theme);
    if (!first && JSON.stringify(data.state) !== this.given) {
      if (this.mine.has(data.echo)) this.given = JSON.stringify(data.state); // what we said ourselves
      else {
        this.adopt(data.state);
        this.view = null;
        this.undo.push(this.state);
        this.fresh = true;
      }
    }
    if (first || this.fresh) this.changed({});
    this.fresh = false;
    this.stage.paint();
  }

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

  /** The state as the page and the calculator know it. */
  fields() {
    return { ...this.state, p: this.families.text(this.state.p), q: this.families.text(this.state.q) };
  }

  // ------------------------------------------------------------ changes

  /** Something was moved: shown at once, asked about; `final` when it rests, so that it goes into the address. */
  change(patch, { final = true, at } = {}) {
    this.state = { ...this.state, ...patch };
    this.changed({ final, at });
  }

  changed({ final = false, at }) {
    this.version += 1;
    this.show();
    if (final) this.rest = this.version;
    this.calculator?.ask(this.question(final ? REST : FRAME), { at, version: this.version });
  }

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

  swap() {
    this.change({ p: this.state.q, q: this.state.p });
  }

  restore(state) {
    if (!state) return;
    this.state = state;
    this.view = null;
    this.changed({ final: true });
  }

  key(event) {
    const step = undoKey(event);
    if (!step || !this.host.isConnected || !this.root.offsetParent) return;
    event.preventDefault();
    this.restore(this.undo.go(step));
  }

  // ------------------------------------------------------------ answers

  receive(frame, about) {
    const { info } = frame;
    if (about.late && about.version !== this.version) return; // of a state that is gone
    this.info = info;
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
    this.stage.paint();
    this.emit(about);
    if (calm && !again && !about.late && about.version === this.version) this.complete(info);
  }

  /** At rest the rows that were left out are asked for as well, on a socket of their own. */
  complete({ values, integrand }) {
    const { show } = this.state;
    if (values.length === show.length && integrand) return;
    this.late().ask({ ...this.question(Infinity) }, { late: true, version: this.version });
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

  refuse(error, about) {
    const side = about.side ?? (error.field === "p" || error.field === "q" ? error.field : null);
    const { text } = error;
    if (side) this.editors[side].complain({ text, position: about.side ? error.position : null }, about.text ?? "");
    else this.tell(this.t("refused", { reason: text }));
  }

  connection(state, how) {
    if (state === "open") this.tell(this.info ? "" : this.t("computing"));
    else if (state === "lost") this.tell(this.t("reconnecting"));
    else this.tell(this.t("closed", { reason: how.reason }));
  }

  /** What has come to rest and could be computed goes to the page, and can be undone. */
  emit({ version = 0 }) {
    if (!this.rest || version < this.rest) return;
    this.rest = 0;
    this.undo.push(this.state);
    this.controls.undoable(this.undo);
    const stamp = `${this.name}-${this.version}`;
    this.mine.add(stamp);
    this.component.setTriggerValue("changed", { stamp, state: this.fields() });
  }

  // ------------------------------------------------------------ what is seen

  build() {
    const { t, data } = this;
    this.stage = new LineStage({ t, families: this.families, onDrag: (move) => this.drag(move) });
    this.notice = el("p", { class: "gl-notice", role: "status", hidden: true, "data-testid": "lab-notice" });
    this.controls = new LineControls({
      t, data, change: (patch, how) => this.change(patch, how), swap: () => this.swap(), undo: (step) => this.restore(this.undo.go(step)),
      reset: () => this.reset(), figure: (options) => this.figure(options), values: () => this.readings.table(this.fields()),
    });
    this.editors = Object.fromEntries(["p", "q"].map((side) => [side, new Editor({
      side, t, families: this.families, most: MOST,
      onChange: (components, { final }) => this.change({ [side]: components }, { final }),
      onText: (text, how) => this.type(side, text, how),
    })]));
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
    this.outer = el("div", { class: "gl-host" }, [this.root]);
    this.host.append(this.outer);
  }

  show() {
    const fields = this.fields();
    for (const side of ["p", "q"]) this.editors[side].set(this.state[side], fields[side]);
    this.controls.set(this.state, this.undo);
    this.readings.configure(this.state);
    this.steps.set(this.state.steps);
    this.bestBox.hidden = !this.state.dstar;
    this.stage.show(this.state);
    this.stage.paint();
  }

  captions({ optimal_value: best, integrand }) {
    const { t, state } = this;
    setText(this.bestSaid, t("dstar_said", { value: digits(number(best), 4), js: digits((number(best) + 2 * LN2) / 2, 4) }));
    const row = this.readings.rows.get(state.integrand);
    const value = integrand?.value ?? this.value;
    this.value = value;
    const unit = this.readings.unit(row.units);
    const key = state.steps >= 3 ? `integrand_step_${state.steps}` : number(value) === Infinity ? "integrand_infinite" : "integrand_said";
    setText(this.underSaid, t(key, { name: row.plain, value: `${digits(number(value), 4)} ${unit}`.trim() }));
  }

  tell(text) {
    this.notice.hidden = !text;
    setText(this.notice, text);
  }

  figure({ white }) {
    const { p, q } = this.fields();
    return figure(this.stage.charts, { title: `P = ${p}   Q = ${q}`, theme: readTheme(this.host), white });
  }

  reset() {
    const { components, ...fields } = this.data.reset;
    this.restore({ ...fields, p: components.p, q: components.q });
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey);
    clearTimeout(this.waiting);
    this.calculator.end();
    this.second?.end();
    this.stage.destroy();
    this.outer.remove();
  }
}

export const mount = mounter(Densities);
