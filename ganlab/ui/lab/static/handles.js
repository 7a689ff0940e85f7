// What can be dragged on a Chart: with mouse, pen and finger (40 px to hit), and with the arrow keys.
//
//   const mean = chart.addHandle(new Handle({
//     label: "P: mean",                 // for screen readers and the tooltip
//     colour: "p", shape: "circle",     // circle, square, diamond
//     axes: "both",                     // "x", "y" or "both"
//     step: { x: 0.05, y: 0.01 },       // of an arrow key, or () => ({ x, y }); with Shift ten times as much
//     onMove: ({ x, y, phase, at, by }) => …,  // phase "start", "move", "end"; x, y in data, rounded to what a pixel
//   }));                                         // shows; by "pointer" or "keys"
//   mean.set({ x: 0, y: 0.4, text: "mean 0, weight 0.3" });   // where it stands; `stem: true` joins it to the axis
//   chart.paint();
//
// `at` is the time of the event (performance.now's clock): the beginning of what "pointer to paint" measures.

import { colour, set, svg } from "./svg.js";

const REACH = 21; // radius of what can be hit, pixels
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const KEY_PAUSE = 600; // ms after the last key until the move counts as ended

const SHAPES = {
  circle: "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z",
  square: "M-6 -6h12v12h-12z",
  diamond: "M0 -8l8 8l-8 8l-8 -8z",
  grip: "M-4 -7h8v14h-8z",
};

export class Handle {
  constructor({ label, colour: role = "text", shape = "circle", axes = "both", step = { x: 0.05, y: 0.05 }, onMove, testid }) {
    Object.assign(this, { label, role, axes, step, onMove, x: NaN, y: NaN, text: "", stem: false, dirty: true });
    this.line = svg("path", { "stroke-dasharray": "2 3", fill: "none", "pointer-events": "none" });
    this.grip = svg("g", {
      class: `lab-handle lab-${axes}`, tabindex: 0, role: "slider", "aria-label": label, "data-testid": testid,
    }, [
      svg("circle", { r: REACH, fill: "transparent", class: "lab-reach" }),
      svg("circle", { r: 12, class: "lab-ring" }),
      (this.mark = svg("path", { d: SHAPES[shape], "stroke-width": 2 })),
      (this.title = svg("title", {})),
    ]);
    this.node = svg("g", {}, [this.line, this.grip]);
    this.grip.addEventListener("pointerdown", (event) => this.down(event));
    this.grip.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.grip.addEventListener(end, (event) => this.up(event));
    this.grip.addEventListener("keydown", (event) => this.key(event));
    this.grip.addEventListener("blur", () => this.endKeys());
  }

  attach(chart) {
    this.chart = chart;
  }

  set({ x, y, text = this.text, stem = this.stem }) {
    Object.assign(this, { x, y, text, stem, dirty: true });
  }

  get held() {
    return this.grab !== undefined || this.keys !== undefined;
  }

  paint({ x, y }, theme) {
    this.dirty = false;
    const wide = x.at(this.x); // what is held stays on the chart: hidden, it would lose the pointer
    const [px, py] = [this.held ? Math.max(x.from, Math.min(x.to, wide)) : wide, Math.max(y.to, Math.min(y.from, y.at(this.y)))];
    const shown = px >= x.from - 1 && px <= x.to + 1 && py === py;
    set(this.node, { display: shown ? null : "none" });
    if (!shown) return;
    const ink = colour(theme, this.role);
    set(this.grip, { transform: `translate(${px.toFixed(1)} ${py.toFixed(1)})`, "aria-valuenow": this.x.toPrecision(4), "aria-valuetext": this.text });
    set(this.mark, { fill: ink, stroke: theme.plot });
    set(this.line, { stroke: ink, d: this.stem ? `M${px.toFixed(1)} ${y.from}V${py.toFixed(1)}` : "" });
    this.title.textContent = `${this.label}: ${this.text}`;
  }

  // ------------------------------------------------------------ pointer

  down(event) {
    if (event.button !== 0 || this.grab) return;
    event.preventDefault(); // no text selection
    this.endKeys();
    this.grip.setPointerCapture(event.pointerId);
    this.grip.focus({ preventScroll: true });
    const { view } = this.chart;
    const [px, py] = this.chart.pixels(event);
    this.grab = [view.x.at(this.x) - px, Math.max(view.y.to, Math.min(view.y.from, view.y.at(this.y))) - py];
    this.tell("start", this.x, this.y, event.timeStamp, "pointer");
  }

  drag(event) {
    if (!this.grab) return;
    const { view } = this.chart;
    const [px, py] = this.chart.pixels(event);
    const x = this.axes === "y" ? this.x : view.x.rounded(view.x.value(px + this.grab[0]));
    const y = this.axes === "x" ? this.y : view.y.rounded(view.y.value(py + this.grab[1]));
    this.tell("move", x, y, event.timeStamp, "pointer");
  }

  up(event) {
    if (!this.grab) return;
    this.grab = undefined;
    this.tell("end", this.x, this.y, event.timeStamp, "pointer");
  }

  // ------------------------------------------------------------ keyboard

  key(event) {
    const direction = KEYS[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    const [dx, dy] = [this.axes === "y" ? 0 : direction[0], this.axes === "x" ? 0 : direction[1]];
    if (!dx && !dy) return;
    event.preventDefault();
    const step = typeof this.step === "function" ? this.step() : this.step;
    const factor = event.shiftKey ? 10 : 1;
    if (!this.keys) this.tell("start", this.x, this.y, event.timeStamp);
    clearTimeout(this.keys);
    this.keys = setTimeout(() => this.endKeys(), KEY_PAUSE);
    const tidy = (value) => Number(value.toPrecision(12));
    this.tell("move", tidy(this.x + dx * factor * step.x), tidy(this.y + dy * factor * step.y), event.timeStamp);
  }

  endKeys() {
    if (this.keys === undefined) return;
    clearTimeout(this.keys);
    this.keys = undefined;
    this.tell("end", this.x, this.y, performance.now());
  }

  tell(phase, x, y, at, by = "keys") {
    this.onMove?.({ x, y, phase, at, by });
  }
}
