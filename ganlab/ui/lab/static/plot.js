// An SVG chart: axes, marks (marks.js, marks2.js), draggable handles (handles.js), legend, read-out under the pointer.
//
//   const chart = new Chart({
//     label: "Densities",                              // for screen readers, and the figure's title when downloaded
//     height: 320,                                     // pixels; or (width) => pixels
//     x: { label: "x" }, y: { label: "density", kind: "linear" },
//     equal: false,                                    // true: one unit as long in x as in y (the view grows to fit)
//     readout: true,                                   // or (x, y) => ({ title, rows: [{ label, text, colour }] })
//     testid: "lab-densities",
//   });
//   parent.append(chart.box);
//   chart.setTheme(readTheme(host));                    // theme.js; again whenever the page's theme changes
//   chart.setView({ x: [-4, 4], y: [0, 0.5] });        // may be called with every frame: same view, no new axes
//   const p = chart.add(new Line({ name: "p", label: "p", colour: "p" }));
//   p.set(xs, ys);
//   chart.paint();                                     // in an animation frame; changed marks only
//   chart.destroy();

import { el } from "./dom.js";
import { reading } from "./format.js";
import { Hover } from "./hover.js";
import { makeScale } from "./scale.js";
import { colour, set, svg, textWidth } from "./svg.js";

const MARGIN = { top: 12, right: 14, bottom: 34, left: 48 };
const KEY_HEIGHT = 20;
let count = 0;

export class Chart {
  constructor({ label, height = 280, x = {}, y = {}, equal = false, margin = {}, readout = null, testid }) {
    Object.assign(this, { label, height, equal, readout });
    this.axes = { x: { kind: "linear", ...x }, y: { kind: "linear", ...y } };
    this.margin = { ...MARGIN, ...margin };
    this.wanted = { x: [0, 1], y: [0, 1] };
    this.size = [600, 280];
    this.marks = [];
    this.handles = [];
    this.stale = true;
    this.build(testid);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.box);
  }

  build(testid) {
    const clip = `lab-clip-${(count += 1)}`;
    this.window = svg("rect", {});
    this.ground = svg("rect", { class: "lab-ground" });
    this.frame = svg("g", { "data-part": "axes" });
    this.content = svg("g", { "clip-path": `url(#${clip})` });
    this.over = svg("g", { "data-part": "over" });
    this.grips = svg("g", { "data-part": "handles" });
    this.svg = svg("svg", { class: "lab-svg", role: "group", "aria-label": this.label }, [
      svg("defs", {}, [svg("clipPath", { id: clip }, [this.window])]),
      this.ground, this.frame, this.content, this.over, this.grips,
    ]);
    this.box = el("div", { class: "lab-chart", "data-testid": testid }, [this.svg]);
    if (this.readout) this.hover = new Hover(this);
  }

  // ------------------------------------------------------------ what is on it

  add(mark) {
    mark.chart = this;
    this.marks.push(mark);
    this.content.append(mark.node);
    this.relayout();
    return mark;
  }

  addHandle(handle) {
    this.handles.push(handle);
    handle.attach(this);
    this.grips.append(handle.node);
    return handle;
  }

  removeHandle(handle) {
    this.handles = this.handles.filter((other) => other !== handle);
    handle.node.remove();
  }

  // ------------------------------------------------------------ how it is seen

  setTheme(theme) {
    this.theme = theme;
    this.relayout();
  }

  setView({ x = this.wanted.x, y = this.wanted.y }) {
    if (String([x, y]) === String([this.wanted.x, this.wanted.y])) return;
    this.wanted = { x, y };
    this.relayout();
  }

  /** "linear" or "log". */
  setKind(axis, kind) {
    if (this.axes[axis].kind === kind) return;
    this.axes[axis].kind = kind;
    this.relayout();
  }

  setLabel(axis, label) {
    if (this.axes[axis].label === label) return;
    this.axes[axis].label = label;
    this.relayout();
  }

  resize() {
    const width = Math.round(this.box.clientWidth);
    if (!width) return;
    const height = typeof this.height === "function" ? this.height(width) : this.height;
    if (width === this.size[0] && height === this.size[1] && !this.stale) return;
    this.size = [width, height];
    this.relayout();
    this.paint();
  }

  relayout() {
    this.stale = true;
  }

  // ------------------------------------------------------------ painting

  paint() {
    if (!this.theme) return;
    if (this.stale) this.layout();
    const { view, theme, stale } = this;
    for (const mark of this.marks) if (stale || mark.dirty) mark.paint(view, theme);
    for (const handle of this.handles) if (stale || handle.dirty) handle.paint(view, theme);
    this.stale = false;
    this.hover?.refresh();
  }

  layout() {
    const [width, height] = this.size;
    const rows = this.keyRows(width);
    const top = this.margin.top + (rows.length || this.axes.y.label ? Math.max(1, rows.length) * KEY_HEIGHT : 0);
    const area = { left: this.margin.left, top, right: width - this.margin.right, bottom: height - this.margin.bottom };
    this.area = area;
    const [x, y] = this.ranges(area);
    this.view = {
      x: makeScale({ kind: this.axes.x.kind, low: x[0], high: x[1], from: area.left, to: area.right }),
      y: makeScale({ kind: this.axes.y.kind, low: y[0], high: y[1], from: area.bottom, to: area.top }),
    };
    const box = { x: area.left, y: area.top, width: Math.max(1, area.right - area.left), height: Math.max(1, area.bottom - area.top) };
    set(this.svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    set(this.window, box);
    set(this.ground, { ...box, fill: this.theme.plot, stroke: this.theme.faint });
    this.frame.replaceChildren(...this.axis("x"), ...this.axis("y"), ...this.keys(rows, width));
  }

  /** With `equal` the shorter side of the view grows until a unit is as long in x as in y. */
  ranges({ left, right, top, bottom }) {
    let { x, y } = this.wanted;
    if (!this.equal) return [x, y];
    const unit = Math.min((right - left) / (x[1] - x[0]), (bottom - top) / (y[1] - y[0]));
    const grown = ([low, high], pixels) => {
      const [middle, half] = [(low + high) / 2, pixels / unit / 2];
      return [middle - half, middle + half];
    };
    x = grown(x, right - left);
    y = grown(y, bottom - top);
    return [x, y];
  }

  axis(name) {
    const { theme, view, area } = this;
    const scale = view[name];
    const across = name === "x";
    const style = { "font-family": theme.font, "font-size": 11, fill: theme.muted };
    const places = scale.ticks(across ? (area.right - area.left) / 70 : (area.bottom - area.top) / 45);
    const parts = [];
    for (const { value, label } of places) {
      const at = Math.round(scale.at(value)) + 0.5;
      if (across) {
        parts.push(svg("path", { d: `M${at} ${area.top}V${area.bottom + 4}`, stroke: theme.faint, "stroke-width": 1, "stroke-opacity": 0.55 }));
        parts.push(svg("text", { ...style, x: at, y: area.bottom + 16, "text-anchor": "middle" }, [label]));
      } else {
        parts.push(svg("path", { d: `M${area.left - 4} ${at}H${area.right}`, stroke: theme.faint, "stroke-width": 1, "stroke-opacity": 0.55 }));
        parts.push(svg("text", { ...style, x: area.left - 7, y: at + 3.5, "text-anchor": "end" }, [label]));
      }
    }
    const { label } = this.axes[name];
    if (label && across) parts.push(svg("text", { ...style, x: area.right, y: area.bottom + 29, "text-anchor": "end" }, [label]));
    if (label && !across) parts.push(svg("text", { ...style, x: 6, y: this.margin.top + 6 }, [label]));
    return parts;
  }

  // ------------------------------------------------------------ the legend, in the strip above

  keyRows(width) {
    const entries = this.marks.filter(({ label, visible }) => label && visible);
    const first = this.axes.y.label ? textWidth(this.axes.y.label, 11, this.theme.font) + 20 : 0;
    const rows = [];
    let room = 0;
    for (const mark of entries) {
      const wide = 40 + textWidth(mark.label, 12, this.theme.font);
      if (room < wide) {
        rows.push([]);
        room = width - 12 - (rows.length === 1 ? first : 0);
      }
      rows.at(-1).push({ mark, wide });
      room -= wide;
    }
    return rows;
  }

  keys(rows, width) {
    const { theme } = this;
    return rows.flatMap((row, k) => {
      let left = width - 2 - row.reduce((sum, { wide }) => sum + wide, 0);
      const y = this.margin.top + 2 + k * KEY_HEIGHT;
      return row.flatMap(({ mark, wide }) => {
        const { colour: ink, dash, fill } = mark.key(theme);
        const sign = fill
          ? svg("rect", { x: left + 4, y: y - 5, width: 12, height: 10, rx: 2, fill: ink, "fill-opacity": 0.6 })
          : svg("path", { d: `M${left} ${y}h18`, stroke: ink, "stroke-width": 2.5, "stroke-dasharray": dash });
        const text = svg("text", { x: left + 24, y: y + 4, fill: theme.text, "font-family": theme.font, "font-size": 12 }, [mark.label]);
        left += wide;
        return [sign, text];
      });
    });
  }

  // ------------------------------------------------------------ under the pointer

  /** Where on the chart an event is, in pixels. */
  pixels({ clientX, clientY }) {
    const { left, top } = this.svg.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  /** Where it is in the data; null beside the axes. */
  place(event) {
    if (!this.view) return null;
    const { area, view } = this;
    const [x, y] = this.pixels(event);
    if (x < area.left || x > area.right || y < area.top || y > area.bottom) return null;
    return { x: view.x.value(x), y: view.y.value(y) };
  }

  /** What stands under the pointer: the lines with a label, unless the chart says otherwise. */
  read(x, y) {
    if (typeof this.readout === "function") return this.readout(x, y);
    const lines = this.marks.filter((mark) => mark.visible && mark.label && mark.valueAt);
    const rows = lines.map((mark) => ({ label: mark.label, text: reading(mark.valueAt(x)), colour: colour(this.theme, mark.role) }));
    return { title: `${this.axes.x.label ?? "x"} = ${reading(this.view.x.rounded(x))}`, rows };
  }

  destroy() {
    this.observer.disconnect();
    this.box.remove();
  }
}
