// What can be drawn on a Chart. Each mark keeps its data, so that it can be painted again at another size or theme.
//
//   const p = chart.add(new Line({ name: "p", label: "p", colour: "p" }));
//   p.set(xs, ys);            // arrays or typed arrays; NaN makes a gap, infinite values leave at the edge
//   chart.paint();            // only marks with new data are painted, and only their path changes
//
// Colours are roles of svg.js (`p`, `q`, `positive` …) or CSS colours. A mark with a `label` stands in the legend;
// `mark.show(false)` hides it there too.

import { colour, set, svg } from "./svg.js";

/** Common to all: a group, a dirty flag, visibility. Subclasses have `draw({ x, y }, theme)`. */
export class Mark {
  constructor({ name = "", label = "", colour: role = "text", opacity = 1 }) {
    Object.assign(this, { name, label, role, opacity, xs: [], ys: [], visible: true, dirty: true });
    this.node = svg("g", { "data-mark": name || null });
  }

  set(xs, ys) {
    Object.assign(this, { xs, ys, dirty: true });
  }

  show(visible) {
    if (visible === this.visible) return;
    this.visible = visible;
    this.chart?.relayout(); // the legend changes
  }

  /** Another text in the legend; without one it has no place there. */
  relabel(label) {
    if (label === this.label) return;
    this.label = label;
    this.chart?.relayout();
  }

  paint(view, theme) {
    set(this.node, { display: this.visible ? null : "none" });
    if (this.visible) this.draw(view, theme);
    this.dirty = false;
  }

  /** How it looks in the legend: a stroke with a dash, or a filled patch. */
  key(theme) {
    return { colour: colour(theme, this.role), dash: this.dash ?? null, fill: this.filled };
  }

  get filled() {
    return false;
  }
}

/** Tenths of a pixel are enough in a path. */
export const short = (pixels) => Math.round(pixels * 10) / 10;

/** The `d` of a polyline. */
function polyline(xs, ys, x, y) {
  let d = "";
  let pen = false;
  for (let k = 0; k < xs.length; k += 1) {
    const px = x.at(xs[k]);
    const py = y.at(ys[k]);
    if (px !== px || py !== py) pen = false; // NaN
    else {
      d += `${pen ? "L" : "M"}${short(px)} ${short(py)}`;
      pen = true;
    }
  }
  return d;
}

export class Line extends Mark {
  constructor({ width = 2, dash = null, ...options }) {
    super(options);
    Object.assign(this, { width, dash });
    this.path = svg("path", { fill: "none", "stroke-linejoin": "round", "stroke-linecap": "round" });
    this.node.append(this.path);
  }

  /** Many lines [[xs, ys], …] as one, with gaps between them. */
  setAll(lines) {
    this.set(lines.flatMap(([xs]) => [...xs, NaN]), lines.flatMap(([, ys]) => [...ys, NaN]));
  }

  draw({ x, y }, theme) {
    set(this.path, { stroke: colour(theme, this.role), "stroke-width": this.width, "stroke-dasharray": this.dash, "stroke-opacity": this.opacity });
    this.path.setAttribute("d", polyline(this.xs, this.ys, x, y));
  }

  /** The value at x, between the two nearest points; NaN outside. */
  valueAt(value) {
    const { xs, ys } = this;
    let low = 0;
    let high = xs.length - 1;
    if (!(value >= xs[0] && value <= xs[high])) return NaN;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] <= value) low = middle;
      else high = middle;
    }
    const share = xs[high] > xs[low] ? (value - xs[low]) / (xs[high] - xs[low]) : 0;
    if (!Number.isFinite(ys[low]) || !Number.isFinite(ys[high])) return share < 0.5 ? ys[low] : ys[high];
    return ys[low] + share * (ys[high] - ys[low]);
  }
}

/** The area between a curve and zero, in one colour above and another below; where it is infinite, in a third. */
export class SignedArea extends Mark {
  constructor({ positive = "positive", negative = "negative", ...options }) {
    super({ colour: positive, opacity: 0.55, ...options });
    this.roles = { positive, negative, infinite: "warning" };
    this.paths = {};
    for (const part of ["positive", "negative", "infinite"]) {
      this.paths[part] = svg("path", { "data-part": part });
      this.node.append(this.paths[part]);
    }
  }

  draw({ x, y }, theme) {
    for (const [part, path] of Object.entries(this.paths)) {
      set(path, { fill: colour(theme, this.roles[part]), "fill-opacity": part === "infinite" ? 0.3 : this.opacity });
    }
    const base = y.kind === "log" ? y.low : 0;
    this.paths.positive.setAttribute("d", this.side(x, y, base, 1));
    this.paths.negative.setAttribute("d", y.kind === "log" ? "" : this.side(x, y, base, -1));
    this.paths.infinite.setAttribute("d", this.infinite(x, y));
  }

  /** A polygon over every stretch on one side of the base line, cut where the curve crosses it. */
  side(x, y, base, sign) {
    const { xs, ys } = this;
    const zero = short(y.at(base));
    let d = "";
    let open = false;
    let last = 0;
    const close = (px) => {
      if (open) d += `L${short(px)} ${zero}Z`;
      open = false;
    };
    for (let k = 0; k < xs.length; k += 1) {
      const above = sign * (ys[k] - base);
      const before = k ? sign * (ys[k - 1] - base) : NaN;
      const px = x.at(xs[k]);
      const crosses = before * above < 0 && Number.isFinite(before) && Number.isFinite(above);
      const cut = crosses ? last + (px - last) * (before / (before - above)) : px;
      if (above > 0 && Number.isFinite(above)) {
        if (!open) d += `M${short(crosses ? cut : px)} ${zero}`;
        open = true;
        d += `L${short(px)} ${short(y.at(ys[k]))}`;
      } else close(crosses ? cut : Number.isFinite(above) ? px : last);
      last = px;
    }
    close(last);
    return d;
  }

  infinite(x, y) {
    const { xs, ys } = this;
    let d = "";
    for (let k = 0; k < xs.length; k += 1) {
      if (Math.abs(ys[k]) !== Infinity) continue;
      const start = k;
      while (k + 1 < xs.length && Math.abs(ys[k + 1]) === Infinity) k += 1;
      const [from, to] = [x.at(xs[start]), x.at(xs[k])];
      d += `M${short(from)} ${y.from}V${y.to}H${short(Math.max(to, from + 1))}V${y.from}Z`;
    }
    return d;
  }

  get filled() {
    return true;
  }
}

/** Points as one path: zero-length strokes with round ends. */
export class Points extends Mark {
  constructor({ size = 5, ...options }) {
    super(options);
    this.size = size;
    this.path = svg("path", { fill: "none", "stroke-linecap": "round" });
    this.node.append(this.path);
  }

  draw({ x, y }, theme) {
    set(this.path, { stroke: colour(theme, this.role), "stroke-width": this.size, "stroke-opacity": this.opacity });
    let d = "";
    for (let k = 0; k < this.xs.length; k += 1) {
      const [px, py] = [x.at(this.xs[k]), y.at(this.ys[k])];
      if (px === px && py === py) d += `M${short(px)} ${short(py)}h0`;
    }
    this.path.setAttribute("d", d);
  }

  get filled() {
    return true;
  }
}

/** Straight lines from (x0, y0) to (x1, y1): error bars, transport plans, arrows without heads. */
export class Segments extends Mark {
  constructor({ width = 1.5, caps = 0, dash = null, ...options }) {
    super(options);
    Object.assign(this, { width, caps, dash, data: [[], [], [], []] });
    this.path = svg("path", { fill: "none", "stroke-linecap": "round" });
    this.node.append(this.path);
  }

  set(x0, y0, x1, y1) {
    Object.assign(this, { data: [x0, y0, x1, y1], dirty: true });
  }

  /** Vertical bars from low to high with caps: `bars.setBars(xs, lows, highs)`. */
  setBars(xs, lows, highs) {
    this.set(xs, lows, xs, highs);
  }

  draw({ x, y }, theme) {
    set(this.path, { stroke: colour(theme, this.role), "stroke-width": this.width, "stroke-dasharray": this.dash, "stroke-opacity": this.opacity });
    const [x0, y0, x1, y1] = this.data;
    let d = "";
    for (let k = 0; k < x0.length; k += 1) {
      const [a, b, c, e] = [x.at(x0[k]), y.at(y0[k]), x.at(x1[k]), y.at(y1[k])].map(short);
      if ([a, b, c, e].some(Number.isNaN)) continue;
      d += `M${a} ${b}L${c} ${e}`;
      if (this.caps) d += `M${a - this.caps} ${b}h${2 * this.caps}M${c - this.caps} ${e}h${2 * this.caps}`;
    }
    this.path.setAttribute("d", d);
  }
}
