// The samples that were drawn: on the line two histograms (as densities) over the true densities, with a rug while the
// points are few; in the plane a scatter.
//
//   const part = new DrawnPart({ t, data });
//   part.take(model); part.box; part.charts; part.table()

import { el, setText } from "./dom.js";
import { count } from "./format.js";
import { Histogram } from "./marks2.js";
import { Line, Points, Segments } from "./marks.js";
import { Chart } from "./plot.js";
import { counted } from "./samplesaxes.js";
import { roundUp } from "./scale.js";

const RUG = 400; // points of which each gets its own stroke
const CELLS = [12, 48]; // few points, many points
const HEIGHT = (width) => (width < 480 ? 220 : 250);
const SQUARE = (width) => width;

export class DrawnPart {
  constructor({ t, data: { dim } }) {
    Object.assign(this, { t, dim, name: "points", title: t("samples_drawn") });
    const y = dim === 1 ? { label: t("samples_density") } : { label: "" };
    this.chart = new Chart({ label: t("samples_drawn"), height: dim === 1 ? HEIGHT : SQUARE, x: { label: "x" }, y, equal: dim === 2, testid: "samples-drawn" });
    this.marks = Object.fromEntries(["p", "q"].map((side) => [side, this.marksOf(side)]));
    this.said = el("small", { "data-testid": "samples-drawn-said" });
    this.head = el("div", { class: "samples-head" }, [el("h3", {}, [this.title, this.said])]);
    this.box = el("section", { class: "samples-part" }, [this.head, this.chart.box]);
    if (dim === 2) this.chart.box.classList.add("samples-square");
    this.charts = [this.chart];
  }

  marksOf(side) {
    const { chart, t, dim } = this;
    const label = t(`samples_of_${side}`);
    if (dim === 2) return { points: chart.add(new Points({ name: side, label, colour: side, size: 4, opacity: 0.7 })) };
    return {
      bars: chart.add(new Histogram({ name: side, label, colour: side, opacity: 0.25 })),
      line: chart.add(new Line({ name: `density-${side}`, colour: side, width: 2 })),
      rug: chart.add(new Segments({ name: `rug-${side}`, colour: side, width: 1, opacity: 0.7 })),
    };
  }

  take(model) {
    const { bounds, grid, p, q, real, fake } = model.points;
    if (model.points === this.taken) return;
    this.taken = model.points;
    this.tell(model);
    if (this.dim === 2) {
      this.scatter(this.marks.p.points, real);
      this.scatter(this.marks.q.points, fake);
      this.chart.setView({ x: bounds[0], y: bounds[1] });
      return;
    }
    const tops = [["p", real, p], ["q", fake, q]].map(([side, values, density]) => this.line(this.marks[side], values, grid, density, bounds[0]));
    const top = roundUp(1.05 * Math.max(1e-9, ...tops));
    this.chart.setView({ x: bounds[0], y: [-0.09 * top, top] });
    this.rugs(top, real, fake);
  }

  tell({ points: { sizes, real, fake } }) {
    const { t, dim } = this;
    const shown = [real, fake].map((values) => values.length / dim);
    const n = [...new Set(sizes)].map(count).join(" + ");
    const part = shown.some((number, k) => number < sizes[k]);
    setText(this.said, t(part ? "samples_drawn_part" : "samples_drawn_n", { n, shown: count(Math.max(...shown)) }));
  }

  scatter(points, flat) {
    const xs = new Float32Array(flat.length / 2);
    const ys = new Float32Array(flat.length / 2);
    for (let k = 0; k < xs.length; k += 1) [xs[k], ys[k]] = [flat[2 * k], flat[2 * k + 1]];
    points.set(xs, ys);
  }

  line({ bars, line }, values, grid, density, view) {
    const cells = Math.round(Math.max(CELLS[0], Math.min(CELLS[1], 2 * Math.cbrt(values.length) * 2)));
    const { edges, counts } = counted(values, view, cells);
    const unit = values.length * (edges[1] - edges[0]) || 1;
    const heights = counts.map((count) => count / unit);
    bars.set(edges, heights);
    line.set(grid, density);
    let top = Math.max(0, ...heights);
    for (const value of density) if (value > top && value < Infinity) top = value;
    return top;
  }

  /** One stroke a point under the axis, P's above Q's; too many would be a bar. */
  rugs(top, real, fake) {
    for (const [side, values, high] of [["p", real, -0.005], ["q", fake, -0.05]]) {
      const few = values.length <= RUG ? Array.from(values) : [];
      this.marks[side].rug.set(few, few.map(() => (high - 0.035) * top), few, few.map(() => high * top));
    }
  }

  /** Rows for a CSV file. */
  table() {
    const { real, fake } = this.taken;
    const head = this.dim === 2 ? ["sample", "x", "y"] : ["sample", "x"];
    const rows = (side, flat) => Array.from({ length: flat.length / this.dim }, (_, k) => [side, ...Array.from(flat.slice(k * this.dim, (k + 1) * this.dim), (value) => Number(value.toPrecision(8)))]);
    return [head, ...rows("P", real), ...rows("Q", fake)];
  }
}
