// P and Q seen along one direction: a dial to turn it, the projections with their W1 and W2, and W over all directions.
//
//   const slices = new PlaneSlices({ t, onTurn: (theta, { phase, at }) => … });   // degrees, 0 to 180
//   slices.take({ info, tensors }, calm);
//   slices.show(theta);
//   slices.paint();

import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { number } from "./frame.js";
import { Handle } from "./handles.js";
import { Line, Segments, SignedArea } from "./marks.js";
import { Rule } from "./marks2.js";
import { directionOf } from "./planefamilies.js";
import { Chart } from "./plot.js";
import { roundUp } from "./scale.js";
import { set } from "./svg.js";

const DEGREES = 180 / Math.PI;
const HALF = 180;
const LOW = (width) => (width < 360 ? 160 : 180);
const DIAL = 150; // pixels
const SNAP = 3; // degrees around the axes and diagonals in which the dial takes these
const SIDES = ["p", "q"];

/** No axes: the dial is its own. */
class DialChart extends Chart {
  axis() {
    return [];
  }

  layout() {
    super.layout();
    set(this.ground, { fill: "none", stroke: null });
  }
}

const folded = (degrees) => ((degrees % HALF) + HALF) % HALF;

function snapped(degrees) {
  const near = Math.round(degrees / 45) * 45;
  return Math.abs(degrees - near) < SNAP ? near : Math.round(degrees);
}

export class PlaneSlices {
  constructor({ t, onTurn }) {
    Object.assign(this, { t, onTurn, turn: 0, tops: { slice: 0, curve: 0 } });
    this.dial = new DialChart({ label: t("dial"), height: DIAL, equal: true, margin: { top: 4, right: 4, bottom: 4, left: 4 }, testid: "lab-dial" });
    this.slice = new Chart({ label: t("chart_slice"), height: LOW, x: { label: "s" }, y: { label: t("axis_density") }, readout: true, testid: "lab-slice" });
    this.curve = new Chart({ label: t("chart_directions"), height: LOW, x: { label: "θ (°)" }, y: { label: "W(θ)" }, readout: true, testid: "lab-directions" });
    this.marks();
    this.handles();
    this.said = el("p", { class: "lab-said", "data-testid": "lab-slice-said" });
    this.over = el("p", { class: "lab-said", "data-testid": "lab-sliced-said" });
    this.degrees = el("output", { class: "plane-degrees", "data-testid": "lab-theta" });
    this.box = el("section", { class: "lab-panel plane-slices", "data-testid": "lab-slices" }, [
      el("h3", { text: t("slices") }),
      el("div", { class: "plane-turn" }, [
        el("div", { class: "plane-dial" }, [this.dial.box, this.degrees]), el("div", { class: "plane-slice" }, [this.slice.box, this.said]),
      ]),
      this.curve.box, this.over,
    ]);
  }

  marks() {
    const { dial, slice, curve, t } = this;
    dial.setView({ x: [-1.25, 1.25], y: [-1.25, 1.25] });
    const turns = Array.from({ length: 73 }, (_, k) => (2 * Math.PI * k) / 72);
    dial.add(new Line({ colour: "muted", width: 1 })).set(turns.map(Math.cos), turns.map(Math.sin));
    const marks = Array.from({ length: 24 }, (_, k) => directionOf(15 * k));
    dial.add(new Segments({ colour: "muted", width: 1 })).set(...[[0.93, 0], [0.93, 1], [1, 0], [1, 1]].map(([reach, j]) => marks.map((way) => reach * way[j])));
    this.needle = dial.add(new Segments({ colour: "text", width: 2 }));
    this.fills = Object.fromEntries(SIDES.map((side) => [side, slice.add(new SignedArea({ positive: side, opacity: 0.14 }))]));
    this.lines = Object.fromEntries(SIDES.map((side) => [side, slice.add(new Line({ name: side, label: t(`key_slice_${side}`), colour: side, width: 2.25 }))]));
    this.w1 = curve.add(new Line({ name: "w1", label: "W1(θ)", colour: "sky", width: 2 }));
    this.w2 = curve.add(new Line({ name: "w2", label: "W2(θ)", colour: "purple", width: 2 }));
    this.mean = curve.add(new Rule({ axis: "y", colour: "purple" }));
    this.here = curve.add(new Rule({ axis: "x", colour: "muted" }));
    curve.setView({ x: [0, HALF], y: [0, 1] });
  }

  handles() {
    const { t } = this;
    this.knob = this.dial.addHandle(new Handle({ label: t("handle_theta"), colour: "text", step: { x: 1, y: 1 }, testid: "lab-handle-theta", onMove: (move) => this.swing(move) }));
    this.slider = this.curve.addHandle(new Handle({ label: t("handle_theta"), colour: "text", shape: "grip", axes: "x", step: { x: 1, y: 0 }, testid: "lab-handle-theta-x", onMove: (move) => this.slide(move) }));
  }

  get charts() {
    return [this.slice, this.curve];
  }

  setTheme(theme) {
    for (const chart of [this.dial, ...this.charts]) chart.setTheme(theme);
  }

  // ------------------------------------------------------------ turning

  /** The pointer says where, an arrow key by how much. */
  swing({ x, y, phase, at, by }) {
    if (phase === "move") {
      const [dx, dy] = [x - this.knob.x, y - this.knob.y];
      const step = Math.round(Math.abs(dx) > Math.abs(dy) ? dx : dy);
      this.turn = by === "keys" ? Math.round(this.turn) + step : snapped(Math.atan2(y, x) * DEGREES);
    }
    this.onTurn(folded(this.turn), { phase, at });
  }

  slide({ x, phase, at, by }) {
    if (phase === "move") this.turn = by === "keys" ? Math.round(x) : snapped(Math.max(0, Math.min(HALF - 1, x)));
    this.onTurn(folded(this.turn), { phase, at });
  }

  show(theta) {
    if (Math.abs(folded(this.turn) - theta) > 1e-9) this.turn = theta; // else the needle stays on the side it is held
    const [cos, sin] = directionOf(this.turn);
    this.needle.set([-cos], [-sin], [cos], [sin]);
    const text = `θ = ${theta}°`;
    this.knob.set({ x: cos, y: sin, text });
    this.here.set(theta, text);
    this.slider.set({ x: theta, y: this.heightAt(theta), text });
    setText(this.degrees, text);
  }

  /** On the curve of W2, where there is one. */
  heightAt(theta) {
    const value = this.w2.valueAt(theta);
    return Number.isFinite(value) ? value : 0;
  }

  get dragging() {
    return this.knob.held || this.slider.held;
  }

  // ------------------------------------------------------------ what was answered

  take({ info, tensors }, theta, calm) {
    if (!tensors.has("slice_s")) return;
    const read = (name) => tensors.get(name).data;
    const s = read("slice_s");
    for (const side of SIDES) {
      const ys = read(`slice_${side}`);
      this.fills[side].set(s, ys);
      this.lines[side].set(s, ys);
    }
    this.slice.setView({ x: [s[0], s.at(-1)], y: [0, this.top("slice", [read("slice_p"), read("slice_q")], calm)] });
    const directions = read("directions");
    this.w1.set(directions, read("w1"));
    this.w2.set(directions, read("w2"));
    this.curve.setView({ y: [0, this.top("curve", [read("w1"), read("w2")], calm)] });
    this.tell(info.slices);
    this.show(theta);
  }

  /** `exact`: W1 and W2 here come from no samples; `closed`: neither does anything on the curve, nor from a grid. */
  tell({ w1, w2, sliced, exact, closed, theta }) {
    const mean = digits(number(sliced), closed ? 4 : 3);
    this.mean.set(number(sliced), `SW2 ${closed ? "=" : "≈"} ${mean}`);
    setText(this.said, this.t("slice_said", { sign: exact ? "=" : "≈", theta, w1: digits(number(w1), 4), w2: digits(number(w2), 4) }));
    setText(this.over, this.t("sliced_said", { sign: closed ? "=" : "≈", sliced: mean }));
  }

  /** The upper end of an axis: it only shrinks when nobody is dragging. */
  top(name, arrays, calm) {
    let high = 0;
    for (const values of arrays) for (const value of values) if (value > high) high = value;
    const [before, wanted] = [this.tops[name], roundUp(1.08 * high)];
    if (wanted > before || (calm && wanted < 0.6 * before)) this.tops[name] = wanted;
    return this.tops[name] || 1;
  }

  paint() {
    for (const chart of [this.dial, ...this.charts]) chart.paint();
  }

  destroy() {
    for (const chart of [this.dial, ...this.charts]) chart.destroy();
  }
}
