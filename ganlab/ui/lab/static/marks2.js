// More marks for a Chart (see marks.js): histograms, fields, rules with a label, ellipses.
//
//   chart.add(new Histogram({ colour: "p" })).set(edges, heights);      // edges: one more than heights
//   chart.add(new Field({})).set({ data, shape: [rows, columns], x: [low, high], y: [low, high], table });
//   chart.add(new Rule({ axis: "x", label: "observed", colour: "warning" })).set(0.3);
//   chart.add(new Ellipse({ colour: "p" })).set({ mean: [0, 0], covariance: [[1, 0.2], [0.2, 2]], radius: 2 });

import { Line, Mark, short } from "./marks.js";
import { colour, set, svg } from "./svg.js";

export class Histogram extends Line {
  constructor(options) {
    super({ width: 1, opacity: 0.45, ...options });
  }

  draw({ x, y }, theme) {
    const ink = colour(theme, this.role);
    set(this.path, { fill: ink, "fill-opacity": this.opacity, stroke: ink, "stroke-width": this.width, "stroke-opacity": 0.8 });
    const base = short(y.at(y.kind === "log" ? y.low : 0));
    let d = "";
    for (let k = 0; k < this.ys.length; k += 1) {
      if (this.ys[k] > 0) d += `M${short(x.at(this.xs[k]))} ${base}V${short(y.at(this.ys[k]))}H${short(x.at(this.xs[k + 1]))}V${base}Z`;
    }
    this.path.setAttribute("d", d);
  }

  get filled() {
    return true;
  }
}

/** A field on an even grid, row 0 at the lowest y, as an image. */
export class Field extends Mark {
  constructor(options) {
    super(options);
    this.image = svg("image", { preserveAspectRatio: "none" });
    this.node.append(this.image);
    this.canvas = document.createElement("canvas");
    this.field = null;
  }

  /** `data`: uint8; `table`: 256 RGBA words (theme.field), or a function of the theme that gives them. */
  set({ data, shape, x, y, table }) {
    Object.assign(this, { field: { data, shape, x, y, table }, fresh: true, dirty: true });
  }

  draw({ x, y }, theme) {
    if (!this.field) return;
    if (this.fresh || this.theme !== theme) this.render(theme);
    const [left, right] = this.field.x.map(x.at);
    const [bottom, top] = this.field.y.map(y.at);
    set(this.image, { x: short(left), y: short(top), width: short(right - left), height: short(bottom - top) });
  }

  render(theme) {
    const { data, shape: [rows, columns], table } = this.field;
    const words = typeof table === "function" ? table(theme) : table;
    Object.assign(this.canvas, { width: columns, height: rows });
    const context = this.canvas.getContext("2d");
    const picture = context.createImageData(columns, rows);
    const pixels = new Uint32Array(picture.data.buffer);
    for (let row = 0; row < rows; row += 1) {
      const from = (rows - 1 - row) * columns;
      for (let k = 0; k < columns; k += 1) pixels[row * columns + k] = words[data[from + k]];
    }
    context.putImageData(picture, 0, 0);
    this.image.setAttribute("href", this.canvas.toDataURL());
    this.theme = theme;
    this.fresh = false;
  }
}

/** A line at one value across the chart, with its label at the end; `set(NaN)` hides it. */
export class Rule extends Line {
  constructor({ axis = "x", ...options }) {
    super({ width: 1.5, dash: "5 4", ...options });
    Object.assign(this, { axis, text: "", value: NaN });
    this.words = svg("text", { "font-size": 11 });
    this.node.append(this.words);
  }

  set(value, text = this.text) {
    Object.assign(this, { value, text, dirty: true });
  }

  draw({ x, y }, theme) {
    const scale = this.axis === "x" ? x : y;
    const shown = this.value >= Math.min(scale.low, scale.high) && this.value <= Math.max(scale.low, scale.high);
    const ink = colour(theme, this.role);
    const at = shown ? short(scale.at(this.value)) : 0;
    set(this.path, { stroke: ink, "stroke-width": this.width, "stroke-dasharray": this.dash, d: shown ? (this.axis === "x" ? `M${at} ${y.from}V${y.to}` : `M${x.from} ${at}H${x.to}`) : "" });
    const place = this.axis === "x" ? { x: at + 4, y: y.to + 12, "text-anchor": "start" } : { x: x.to - 4, y: at - 4, "text-anchor": "end" };
    const flipped = this.axis === "x" && at > (x.from + 3 * x.to) / 4 ? { x: at - 4, "text-anchor": "end" } : {};
    set(this.words, { ...place, ...flipped, fill: ink, "font-family": theme.font, display: shown ? null : "none" });
    this.words.textContent = this.text;
  }
}

/** The curve at `radius` standard deviations around the mean of a Gaussian in the plane. */
export class Ellipse extends Line {
  set({ mean, covariance: [[a, b], [, c]], radius = 2 }) {
    const first = Math.sqrt(a); // lower Cholesky factor
    const lower = b / first;
    const second = Math.sqrt(Math.max(0, c - lower * lower));
    const turns = Array.from({ length: 73 }, (_, k) => (2 * Math.PI * k) / 72);
    super.set(
      turns.map((turn) => mean[0] + radius * first * Math.cos(turn)),
      turns.map((turn) => mean[1] + radius * (lower * Math.cos(turn) + second * Math.sin(turn))),
    );
  }
}
