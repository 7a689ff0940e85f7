// The picture of the page "In the plane": a field, the lines of P and Q, ellipses with their handles, transport between
// samples, and the direction of the slice.
//
//   const stage = new PlaneStage({ t, families, onDrag, readout });
//   stage.take({ info, tensors }, state);       // what was answered, whichever parts of it there are
//   stage.show(state);                           // what the state says without asking: handles, ellipses, visibility
//   stage.paint();
//
// onDrag({ side, k, what, x, y, weight, phase, at }): `what` is "centre", "s1", "s2" or "weight".

import { reading } from "./format.js";
import { Handle } from "./handles.js";
import { Points, Segments } from "./marks.js";
import { Ellipse, Field } from "./marks2.js";
import { covarianceOf, directionOf, gripOf, RADIUS } from "./planefamilies.js";
import { ColourBar, PlaneChart, setContour, TABLES } from "./planeground.js";

const GAP = 20; // pixels between an ellipse and the handles of its axes
const TRACK = { right: 34, length: 70 }; // pixels: where a weight is dragged, beside its centre
const MARGIN = { top: 22, right: 12, bottom: 34, left: 44 };
const SQUARE = (width) => Math.round(width - MARGIN.left - MARGIN.right + MARGIN.top + 20 + MARGIN.bottom);
const RATIOS = { nats: [-3, -1, 0, 1, 3], bits: [-4, -1, 0, 1, 4] }; // where the scale of log p/q has numbers
const SIDES = ["p", "q"];

export class PlaneStage {
  constructor({ t, families, onDrag, readout }) {
    Object.assign(this, { t, families, onDrag, grips: [], shape: "", chosen: null });
    this.chart = new PlaneChart({
      label: t("chart_plane"), height: SQUARE, x: { label: "x" }, y: { label: "y" }, equal: true, margin: MARGIN, readout, bar: new ColourBar(), testid: "lab-plane",
    });
    this.marks();
  }

  marks() {
    const { chart } = this;
    this.field = chart.add(new Field({ name: "field" }));
    this.axis = chart.add(new Segments({ name: "slice", colour: "text", width: 1, dash: "6 5", opacity: 0.45 }));
    this.ways = chart.add(new Segments({ name: "transport", colour: "text", width: 1, opacity: 0.5 }));
    this.points = Object.fromEntries(SIDES.map((side) => [side, chart.add(new Points({ name: `samples_${side}`, colour: side, size: 5 }))]));
    this.contours = Object.fromEntries(SIDES.map((side) => [side, chart.add(new Segments({ name: `contour_${side}`, colour: side, width: 1.75 }))]));
    this.ellipses = { p: [], q: [] };
    this.stems = chart.add(new Segments({ name: "stems", colour: "muted", width: 1, dash: "2 3" }));
  }

  setTheme(theme) {
    this.chart.setTheme(theme);
  }

  // ------------------------------------------------------------ what was answered

  /** The window that is shown; a field that was computed for another one stays where it belongs. */
  setWindow([left, right, bottom, top]) {
    this.chart.setView({ x: [left, right], y: [bottom, top] });
  }

  /** What is really on screen: [left, right, bottom, top]. */
  get window() {
    const { view, wanted } = this.chart;
    return view ? [view.x.low, view.x.high, view.y.low, view.y.high] : [...wanted.x, ...wanted.y];
  }

  take({ info, tensors }, { units }) {
    if (tensors.has("field")) this.takeField(info, tensors, units);
    if (tensors.has("transport")) this.takeTransport(tensors.get("transport"));
  }

  takeField({ window, ground, levels }, tensors, units) {
    const [left, right, bottom, top] = window;
    const table = TABLES[ground.name];
    this.field.set({ ...tensors.get("field"), x: [left, right], y: [bottom, top], table });
    this.chart.bar.set({ title: this.t(`scale_${ground.name}`, { units: this.t(units) }), ends: this.ends(ground, units), table });
    for (const side of SIDES) if (tensors.has(side)) setContour(this.contours[side], tensors.get(side), window, levels[side]);
  }

  ends({ name, largest }, units) {
    const unit = units === "bits" ? Math.LN2 : 1;
    if (name === "ratio") return RATIOS[units].map((value) => [1 / (1 + Math.exp(-value * unit)), String(value).replace("-", "−")]);
    if (name === "witness") return [[0, reading(-largest)], [0.5, "0"], [1, reading(largest)]];
    return [[0, "0"], [0.5, reading(largest / 4)], [1, reading(largest)]];
  }

  takeTransport({ data, shape: [n] }) {
    const column = (j) => Float32Array.from({ length: n }, (_, k) => data[4 * k + j]);
    const [x0, y0, x1, y1] = [0, 1, 2, 3].map(column);
    this.ways.set(x0, y0, x1, y1);
    this.points.p.set(x0, y0);
    this.points.q.set(x1, y1);
  }

  // ------------------------------------------------------------ what the state says

  show(state) {
    this.state = state;
    for (const side of SIDES) {
      this.contours[side].show(state.contours);
      this.points[side].show(state.lines);
    }
    this.ways.show(state.lines);
    this.outline(state);
    this.grip(state);
    this.direct(state.theta);
  }

  /** A thin outline for each Gaussian, two standard deviations around its centre. */
  outline(state) {
    for (const side of SIDES) {
      const shown = state[side].filter((component) => this.families.isEllipse(component));
      const marks = this.ellipses[side];
      while (marks.length < shown.length) marks.push(this.chart.add(new Ellipse({ name: `ellipse_${side}`, colour: side, width: 1, dash: "4 3", opacity: 0.9 })));
      marks.forEach((mark, k) => {
        if (k < shown.length) mark.set({ mean: [shown[k].values.x, shown[k].values.y], covariance: covarianceOf(shown[k].values), radius: RADIUS });
        mark.show(k < shown.length);
      });
    }
  }

  direct(theta) {
    const { x, y } = this.chart.wanted;
    const [cos, sin] = directionOf(theta);
    const [mx, my] = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
    const reach = 2 * Math.max(x[1] - x[0], y[1] - y[0]);
    this.axis.set([mx - reach * cos], [my - reach * sin], [mx + reach * cos], [my + reach * sin]);
  }

  // ------------------------------------------------------------ handles

  grip(state) {
    this.keepChoice(state);
    const shape = JSON.stringify([this.chosen, SIDES.map((side) => state[side].map(({ family }) => family))]);
    if (shape !== this.shape) this.renew(state);
    this.shape = shape;
    for (const grip of this.grips) this.place(grip, state[grip.side][grip.k]);
    this.stem(state);
  }

  /** The component with handles on its axes is one that exists; the last Gaussian of Q at first. */
  keepChoice(state) {
    const { chosen } = this;
    const there = chosen && state[chosen.side][chosen.k];
    if (there && this.families.isEllipse(there)) return;
    const all = SIDES.flatMap((side) => state[side].map((component, k) => ({ side, k, component })));
    const found = all.filter(({ component }) => this.families.isEllipse(component)).at(-1);
    this.chosen = found ? { side: found.side, k: found.k } : null;
  }

  choose(side, k) {
    if (this.chosen?.side === side && this.chosen?.k === k) return;
    this.chosen = { side, k };
    this.grip(this.state);
    this.paint();
  }

  /** Handles are kept where they are still the same: one that is held must not be taken away. */
  renew(state) {
    const wanted = SIDES.flatMap((side) => state[side].flatMap((component, k) => (this.families.isEllipse(component) ? this.wanted(side, k, state) : [])));
    const kept = new Map(this.grips.map((grip) => [grip.key, grip]));
    this.grips = wanted.map((one) => kept.get(one.key) ?? { ...one, handle: this.make(one, state) });
    const used = new Set(this.grips);
    for (const grip of kept.values()) if (!used.has(grip)) this.chart.removeHandle(grip.handle);
  }

  wanted(side, k, state) {
    const mine = this.chosen?.side === side && this.chosen?.k === k;
    const names = ["centre", ...(mine ? ["s1", "s2"] : []), ...(mine && state[side].length > 1 ? ["weight"] : [])];
    return names.map((what) => ({ side, k, what, key: `${side}${k}-${what}` }));
  }

  make({ side, k, what, key }) {
    const shapes = { centre: side === "p" ? "circle" : "diamond", s1: "square", s2: "square", weight: "grip" };
    const handle = new Handle({
      label: this.t(`handle_${what}`, { side: side.toUpperCase(), n: k + 1 }), colour: side, shape: shapes[what], axes: what === "weight" ? "y" : "both",
      step: () => this.keyStep(what), testid: `lab-handle-${key}`, onMove: (move) => this.drag({ side, k, what }, move),
    });
    handle.grip.addEventListener("focus", () => this.choose(side, k));
    return this.chart.addHandle(handle);
  }

  get gap() {
    return this.chart.view ? GAP * this.chart.pixel : 0;
  }

  place({ handle, what }, { values, weight }) {
    const { t } = this;
    if (what === "centre") {
      handle.set({ x: values.x, y: values.y, text: t("at_centre", { x: reading(values.x), y: reading(values.y), weight: reading(weight) }) });
    } else if (what === "weight") {
      handle.set({ ...this.track(values, weight), text: t("at_weight", { weight: reading(weight) }) });
    } else {
      handle.set({ ...gripOf(values, what, this.gap), text: t("at_axis", { length: reading(values[what]), angle: reading(values.angle) }) });
    }
  }

  track({ x, y }, weight) {
    const unit = this.chart.view ? this.chart.pixel : 0;
    return { x: x + TRACK.right * unit, y: y + (weight - 0.5) * TRACK.length * unit };
  }

  /** Lines from an ellipse to the handles of its axes, and the track of its weight. */
  stem(state) {
    const ends = [[], [], [], []];
    const line = (from, to) => [from.x, from.y, to.x, to.y].forEach((value, j) => ends[j].push(value));
    for (const { side, k, what } of this.grips) {
      const { values } = state[side][k];
      if (what === "weight") line(this.track(values, 0), this.track(values, 1));
      else if (what !== "centre") line(gripOf(values, what, 0), gripOf(values, what, this.gap));
    }
    this.stems.set(...ends);
  }

  keyStep(what) {
    const unit = this.chart.pixel;
    const step = 10 ** Math.round(Math.log10(3 * unit));
    return what === "weight" ? { x: 0, y: 0.02 * TRACK.length * unit } : { x: step, y: step };
  }

  drag({ side, k, what }, { x, y, phase, at }) {
    if (phase === "start") this.choose(side, k);
    const { values } = this.state[side][k];
    const weight = what === "weight" ? 0.5 + (y - values.y) / (TRACK.length * this.chart.pixel) : undefined;
    this.onDrag({ side, k, what, x, y, weight, gap: this.gap, phase, at });
  }

  get dragging() {
    return this.grips.some(({ handle }) => handle.held);
  }

  paint() {
    const { view } = this.chart;
    this.chart.paint();
    if (view === this.chart.view || !this.state) return;
    this.grip(this.state); // the handles of axes stand in pixels away from an ellipse
    this.chart.paint();
  }

  destroy() {
    this.chart.destroy();
  }
}
