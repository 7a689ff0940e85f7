// The charts of the page "Two densities": densities with their handles, the integrand, the optimal discriminator.

import { reading } from "./format.js";
import { Handle } from "./handles.js";
import { Rule } from "./marks2.js";
import { Line, SignedArea } from "./marks.js";
import { Chart } from "./plot.js";
import { roundUp } from "./scale.js";

const EDGE_HEIGHT = 0.6; // of the peak: a normal curve has 0.607 of it one standard deviation away
const ENGAGE = { x: 3, y: 10 }; // pixels before a drag counts in that direction
const DECADES = 8; // of the logarithmic axis
const ROOM = 1.12; // above the highest point
const TALL = (width) => (width < 480 ? 290 : 350);
const FLAT = (width) => (width < 480 ? 190 : 210);

/** [low, high] that holds the numbers, and stays as it is while it fits; it only shrinks where `calm`. */
function range(before, low, high, calm) {
  const wanted = [low < 0 ? -roundUp(-low * ROOM) : 0, roundUp(high * ROOM)];
  const [length, now] = [before[1] - before[0], wanted[1] - wanted[0]];
  const fits = before[0] <= wanted[0] && before[1] >= wanted[1];
  if (fits && (!calm || now > 0.45 * length)) return before;
  return calm ? wanted : [Math.min(before[0], wanted[0]), Math.max(before[1], wanted[1])];
}

function extent(arrays) {
  let [low, high] = [0, 0];
  for (const values of arrays) {
    for (const value of values) {
      if (value > high && value < Infinity) high = value;
      else if (value < low && value > -Infinity) low = value;
    }
  }
  return [low, high];
}

export class LineStage {
  /** `onDrag({ side, k, what, x, y, phase, at })`: x or y is undefined where the drag did not go that way. */
  constructor({ t, families, onDrag }) {
    Object.assign(this, { t, families, onDrag, grips: [], shape: "", spans: {} });
    this.main = new Chart({ label: t("chart_densities"), height: TALL, x: { label: "x" }, y: { label: t("axis_density") }, readout: true, testid: "lab-densities" });
    this.under = new Chart({ label: t("chart_integrand"), height: FLAT, x: { label: "x" }, y: { label: "" }, readout: true, testid: "lab-integrand" });
    this.best = new Chart({ label: t("chart_dstar"), height: FLAT, x: { label: "x" }, y: { label: "D*(x)" }, readout: true, testid: "lab-dstar" });
    this.marks();
  }

  marks() {
    const { main, under, best, t } = this;
    this.fill = { p: main.add(new SignedArea({ positive: "p", opacity: 0.1 })), q: main.add(new SignedArea({ positive: "q", opacity: 0.1 })) };
    this.parts = { p: [], q: [] };
    this.m = main.add(new Line({ name: "m", label: t("key_m"), colour: "m", width: 1.5, dash: "5 4", opacity: 0.75 }));
    this.p = main.add(new Line({ name: "p", label: t("key_p"), colour: "p", width: 2.5 }));
    this.q = main.add(new Line({ name: "q", label: t("key_q"), colour: "q", width: 2.5 }));
    this.area = under.add(new SignedArea({ name: "integrand", label: t("key_positive") }));
    this.below = under.add(new SignedArea({ name: "below", label: t("key_negative"), positive: "negative" }));
    this.curve = under.add(new Line({ name: "integrand", label: t("key_integrand"), colour: "text", width: 1.5 }));
    this.halves = {
      p: under.add(new SignedArea({ name: "kl_pm", label: t("key_kl_pm"), positive: "p", negative: "p", opacity: 0.35 })),
      q: under.add(new SignedArea({ name: "kl_qm", label: t("key_kl_qm"), positive: "q", negative: "q", opacity: 0.35 })),
    };
    this.dstar = best.add(new Line({ name: "dstar", label: "D*(x) = p/(p+q)", colour: "text", width: 2.5 }));
    this.half = best.add(new Rule({ axis: "y", colour: "muted" }));
    this.half.set(0.5, "½");
    best.setView({ y: [0, 1] });
  }

  get charts() {
    return [this.main, this.under, this.best];
  }

  setTheme(theme) {
    for (const chart of this.charts) chart.setTheme(theme);
  }

  // ------------------------------------------------------------ what was answered

  /** `calm`: nobody is dragging, so axes may shrink. */
  take({ info, tensors }, state, calm) {
    const read = (name) => tensors.get(name)?.data ?? [];
    const [x, p, q, m] = ["x", "p", "q", "m"].map(read);
    this.peaks = { p: info.components.p.map(({ height, weight }) => height / weight), q: info.components.q.map(({ height, weight }) => height / weight) };
    for (const [mark, ys] of [[this.fill.p, p], [this.fill.q, q], [this.p, p], [this.q, q], [this.m, m]]) mark.set(x, ys);
    this.takeParts(x, tensors);
    this.takeIntegrand(x, read, state, calm);
    this.dstar.set(x, read("dstar"));
    const top = this.spans.main = range(this.spans.main ?? [0, 1e-9], 0, extent([p, q])[1], calm);
    const y = state.scale === "log" ? [top[1] * 10 ** -DECADES, top[1] * 2] : top;
    for (const chart of this.charts) chart.setView({ x: info.view });
    this.main.setKind("y", state.scale);
    this.main.setView({ y });
    this.show(state);
  }

  /** A thin curve for each of several components. */
  takeParts(x, tensors) {
    for (const side of ["p", "q"]) {
      const found = tensors.get(`parts_${side}`);
      const count = found ? found.shape[0] : 0;
      while (this.parts[side].length < count) this.parts[side].push(this.main.add(new Line({ colour: side, width: 1, dash: "2 3", opacity: 0.8 })));
      this.parts[side].forEach((mark, k) => {
        const length = k < count ? found.shape[1] : 0;
        mark.set(length ? x : [], length ? found.data.subarray(k * length, (k + 1) * length) : []);
      });
    }
  }

  takeIntegrand(x, read, state, calm) {
    const built = state.steps === 3;
    const key = built ? "built" : `${state.integrand}${state.steps}${state.units}`;
    if (state.steps < 3 && !read("integrand").length && this.spans.key === key) return; // left out while something moves
    const ys = state.steps === 4 ? read("js") : built ? [] : read("integrand");
    this.area.set(x, ys);
    this.curve.set(x, ys);
    this.halves.p.set(x, built ? read("kl_pm") : []);
    this.halves.q.set(x, built ? read("kl_qm") : []);
    const [low, high] = extent(built ? [read("kl_pm"), read("kl_qm")] : [ys]);
    if (this.spans.key !== key) this.spans.under = null;
    this.spans.key = key;
    this.spans.under = range(this.spans.under ?? [0, 1e-9], low, high || 1, calm || !this.spans.under);
    this.under.setView({ y: this.spans.under });
    this.negative = low < 0;
  }

  // ------------------------------------------------------------ what is shown

  /** What the state says without asking anybody: handles, visible curves, the axis. */
  show(state) {
    const { steps } = state;
    this.bestShown = state.dstar;
    this.m.show(steps !== 1);
    for (const part of [this.area, this.curve]) part.show(steps !== 3);
    this.below.show(steps !== 3 && Boolean(this.negative));
    for (const half of Object.values(this.halves)) half.show(steps === 3);
    this.grip(state);
  }

  grip(state) {
    const shape = JSON.stringify(["p", "q"].map((side) => state[side].map(({ family }) => [family, state[side].length > 1])));
    if (shape !== this.shape) this.renew(state);
    this.shape = shape;
    for (const { handle, side, k, what } of this.grips) {
      const component = state[side][k];
      const height = this.height(side, k, component);
      const x = what === "centre" ? this.families.centre(component) : this.families.edge(component);
      const text = what === "centre" ? this.t("at_place", { x: reading(x), weight: reading(component.weight) }) : this.t("at_width", { x: reading(x) });
      handle.set({ x, y: what === "centre" ? height : EDGE_HEIGHT * height, text, stem: what === "centre" });
    }
  }

  /** While a weight is dragged its peak follows at once; the answer puts it right. */
  height(side, k, component) {
    const peak = this.peaks?.[side]?.[k]; // unknown before the first answer: then there is no handle yet
    return peak > 0 ? peak * component.weight : NaN;
  }

  renew(state) {
    for (const { handle } of this.grips) this.main.removeHandle(handle);
    this.grips = [];
    for (const side of ["p", "q"]) {
      state[side].forEach((component, k) => {
        if (Number.isFinite(this.families.edge(component))) this.grips.push(this.make(side, k, "edge", state));
        if (Number.isFinite(this.families.centre(component))) this.grips.push(this.make(side, k, "centre", state));
      });
    }
  }

  make(side, k, what, state) {
    const many = state[side].length > 1;
    const name = this.t(`handle_${what}`, { side: side.toUpperCase(), n: k + 1 });
    const handle = new Handle({
      label: many ? name : this.t(`handle_${what}_only`, { side: side.toUpperCase() }), colour: side, shape: what === "edge" ? "grip" : side === "p" ? "circle" : "diamond",
      axes: what === "centre" && many ? "both" : "x", step: () => this.keyStep(side, k), testid: `lab-handle-${side}${k}-${what}`,
      onMove: (move) => this.drag({ side, k, what, handle }, move),
    });
    return { handle: this.main.addHandle(handle), side, k, what };
  }

  keyStep(side, k) {
    const { x } = this.main.view;
    return { x: 10 ** Math.round(Math.log10((x.high - x.low) / 150)), y: 0.02 * (this.peaks?.[side]?.[k] ?? 1) };
  }

  /** A drag counts in a direction only after some pixels: moving a mean does not jiggle its weight. */
  drag({ side, k, what, handle }, { x, y, phase, at, by }) {
    const { view } = this.main;
    if (phase === "start") this.start = { x, y, on: { x: by === "keys", y: by === "keys" } };
    const { start } = this;
    for (const [axis, value] of [["x", x], ["y", y]]) {
      start.on[axis] ||= Math.abs(view[axis].at(value) - view[axis].at(start[axis])) > ENGAGE[axis];
    }
    this.onDrag({
      side, k, what, phase, at, x: start.on.x && x !== handle.x ? x : undefined, y: start.on.y && y !== handle.y ? y : undefined,
    });
  }

  /** The share at which the peak of a component is as high as y. */
  weightAt(side, k, y) {
    return y / (this.peaks?.[side]?.[k] || 1);
  }

  get dragging() {
    return this.grips.some(({ handle }) => handle.held);
  }

  /** Nothing here asks the browser where things are: that would lay out the page for every move. */
  paint() {
    this.main.paint();
    this.under.paint();
    if (this.bestShown) this.best.paint();
  }

  destroy() {
    for (const chart of this.charts) chart.destroy();
  }
}
