// The ground of the plane's chart: a field in colour with its scale, and the lines that hold 50 % and 90 % of P and Q.
//
//   const chart = new PlaneChart({ …, bar: new ColourBar() });       // a Chart with a colour scale in the strip above it
//   chart.bar.set({ title: "log p/q", ends, table })                  // ends: [[share of the bar, label], …]
//   field.set({ …, table: TABLES.p })
//   setContour(mark, { data, shape }, window, levels)                 // a Segments mark; levels are shares of the peak, rooted
//
// Fields travel as bytes: 255·p/(p+q) for log p/q, 255·√(p/peak) for a density, 127.5·(1 + w/largest) for a witness.

import { contour } from "./contour.js";
import { Chart } from "./plot.js";
import { colour, colourTable, set, svg } from "./svg.js";

const STRENGTH = 0.85; // of a density's colour at its peak
const BAR = { width: 190, height: 8 };

const channels = (css) => css.match(/\d+/g).slice(0, 3).map(Number);

/** From the ground of the plot to a colour. */
function densityTable(theme, role) {
  const [from, to] = [channels(theme.plot), channels(colour(theme, role))];
  return colourTable((value) => from.map((low, k) => Math.round(low + (to[k] - low) * ((STRENGTH * value) / 255))));
}

/** By what the ground shows; functions of the theme, as Field takes them. */
export const TABLES = {
  p: (theme) => densityTable(theme, "p"),
  q: (theme) => densityTable(theme, "q"),
  ratio: (theme) => theme.field,
  witness: (theme) => theme.field,
};

/** A gradient with numbers under it, in the strip above a chart. */
export class ColourBar {
  constructor() {
    this.canvas = Object.assign(document.createElement("canvas"), { width: 256, height: 1 });
    this.image = svg("image", { preserveAspectRatio: "none" });
    this.frame = svg("rect", { fill: "none", "stroke-width": 1 });
    this.words = svg("g", {});
    this.node = svg("g", { "data-part": "colours" }, [this.image, this.frame, this.words]);
  }

  set({ title, ends, table }) {
    const key = JSON.stringify([title, ends]);
    if (key === this.key && table === this.table) return;
    Object.assign(this, { key, title, ends, table, stale: true });
  }

  paint(theme, area, width) {
    if (!this.table || (!this.stale && theme === this.theme && width === this.width)) return;
    if (theme !== this.theme || this.stale) this.fill(this.table(theme));
    Object.assign(this, { theme, width, stale: false });
    const [left, top] = [area.right - BAR.width, area.top - 30];
    const place = { x: left, y: top, width: BAR.width, height: BAR.height };
    set(this.image, place);
    set(this.frame, { ...place, stroke: theme.faint });
    const style = { "font-family": theme.font, "font-size": 11 };
    this.words.replaceChildren(
      svg("text", { ...style, x: left - 8, y: top + 8, "text-anchor": "end", fill: theme.text }, [this.title]),
      ...this.ends.map(([share, label]) => svg("text", {
        ...style, x: left + share * BAR.width, y: top + 20, fill: theme.muted, "text-anchor": share > 0.97 ? "end" : share < 0.03 ? "start" : "middle",
      }, [label])),
    );
  }

  fill(words) {
    const context = this.canvas.getContext("2d");
    const picture = context.createImageData(256, 1);
    new Uint32Array(picture.data.buffer).set(words);
    context.putImageData(picture, 0, 0);
    this.image.setAttribute("href", this.canvas.toDataURL());
  }
}

/** A chart that paints its colour scale whenever it is painted itself, also for a download. */
export class PlaneChart extends Chart {
  constructor(options) {
    super(options);
    this.bar = options.bar;
    this.svg.insertBefore(this.bar.node, this.over);
  }

  paint() {
    super.paint();
    if (this.theme && this.area) this.bar.paint(this.theme, this.area, this.size[0]);
  }

  resize() {
    const before = String(this.size);
    super.resize();
    if (String(this.size) !== before) this.onSize?.();
  }

  /** Units of the data in a pixel; the same both ways. */
  get pixel() {
    const { x } = this.view;
    return (x.high - x.low) / (x.to - x.from);
  }
}

/** The lines of a density given as bytes over a window [left, right, bottom, top]. */
export function setContour(mark, { data, shape }, [left, right, bottom, top], levels) {
  const [rows, columns] = shape;
  const [wide, high] = [(right - left) / columns, (top - bottom) / rows];
  const ends = [[], [], [], []];
  for (const level of levels) {
    const found = contour(data, shape, Math.min(254, Math.floor(255 * level)) + 0.5);
    for (let k = 0; k < found.length; k += 4) {
      for (const j of [0, 2]) {
        ends[j].push(left + (found[k + j] + 0.5) * wide);
        ends[j + 1].push(bottom + (found[k + j + 1] + 0.5) * high);
      }
    }
  }
  mark.set(...ends);
}
