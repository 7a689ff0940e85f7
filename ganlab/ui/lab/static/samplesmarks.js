// Marks of the page "From samples": signs on the upper edge for what is infinite or missing, and strips (one row for each
// estimator: the histogram of its estimates, mean ± sd, its aim).
//
//   chart.add(new Signs({})).set([{ x: 100, text: "∞", role: "positive", stack: 0 }]);
//   const chart = new RowChart({ … });  chart.setRows(["label", …]);      // row 0 on top
//   chart.add(new Strip({ colour: "positive" })).set({ row, rows, edges, counts, mean, sd, aim });

import { Mark, short } from "./marks.js";
import { Chart } from "./plot.js";
import { colour, set, svg, textWidth } from "./svg.js";

const LABEL = 15; // pixels of a row that its label takes

/** Text on the upper edge of the chart. */
export class Signs extends Mark {
  constructor(options) {
    super(options);
    this.signs = [];
  }

  set(signs) {
    Object.assign(this, { signs, dirty: true });
  }

  draw({ x, y }, theme) {
    this.node.replaceChildren(...this.signs.map(({ x: at, text, role, stack = 0 }) => svg("text", {
      x: short(x.at(at)), y: short(y.to + 13 + 12 * stack), "text-anchor": "middle", "font-size": 15, "font-weight": 700, fill: colour(theme, role),
    }, [text])));
  }
}

/** A chart whose vertical axis is a list of rows, each with its label inside. */
export class RowChart extends Chart {
  constructor(options) {
    super(options);
    this.labels = [];
  }

  setRows(labels) {
    if (String(labels) === String(this.labels)) return;
    this.labels = labels;
    this.wanted = { ...this.wanted, y: [0, Math.max(1, labels.length)] };
    this.size = [this.size[0], 0]; // the height follows
    this.relayout();
  }

  axis(name) {
    if (name === "x") return super.axis(name);
    const { theme, area, view, labels } = this;
    return labels.flatMap((label, k) => {
      const top = short(view.y.at(labels.length - k));
      const text = svg("text", { x: area.left + 6, y: top + 13, fill: theme.text, "font-family": theme.font, "font-size": 12 }, [fitted(label, area.right - area.left - 12, theme)]);
      return k ? [svg("path", { d: `M${area.left} ${Math.round(top) + 0.5}H${area.right}`, stroke: theme.faint }), text] : [text];
    });
  }
}

function fitted(label, room, theme) {
  let text = label;
  while (text.length > 4 && textWidth(text, 12, theme.font) > room) text = `${text.slice(0, -2)}…`;
  return text;
}

/** One row: the histogram of what was estimated, a bar for mean ± sd, a dashed line where it aims. */
export class Strip extends Mark {
  constructor(options) {
    super(options);
    this.bars = svg("path", { "fill-opacity": 0.4, "stroke-opacity": 0.8, "stroke-width": 0.8 });
    this.spread = svg("path", { fill: "none", "stroke-width": 2.5, "stroke-linecap": "round" });
    this.mean = svg("circle", { r: 4.5, "stroke-width": 1.5 });
    this.aim = svg("path", { fill: "none", "stroke-width": 1.8, "stroke-dasharray": "4 3" });
    this.note = svg("text", { "font-size": 11, "text-anchor": "end" });
    this.node.append(this.bars, this.aim, this.spread, this.mean, this.note);
    this.strip = null;
  }

  set(strip) {
    Object.assign(this, { strip, dirty: true });
  }

  draw({ x, y }, theme) {
    set(this.node, { display: this.strip ? null : "none" });
    if (!this.strip) return;
    const { row, rows, edges, counts, mean, sd, aim, note } = this.strip;
    const ink = colour(theme, this.role);
    const [top, bottom] = [y.at(rows - row) + LABEL + 2, y.at(rows - row - 1)];
    const base = bottom - 11;
    set(this.bars, { d: histogram(edges, counts, x, base, Math.max(4, base - top)), fill: ink, stroke: ink });
    set(this.aim, { d: Number.isFinite(aim) ? `M${short(x.at(aim))} ${short(top - 2)}V${short(bottom)}` : "", stroke: ink });
    const known = Number.isFinite(mean);
    set(this.spread, { d: known && Number.isFinite(sd) ? `M${short(x.at(mean - sd))} ${short(base + 5)}H${short(x.at(mean + sd))}` : "", stroke: ink });
    set(this.mean, known ? { cx: short(x.at(mean)), cy: short(base + 5), fill: ink, stroke: theme.plot, display: null } : { display: "none" });
    set(this.note, { x: x.to - 6, y: short(top + 8), fill: theme.muted, "font-family": theme.font });
    this.note.textContent = note ?? "";
  }
}

function histogram(edges, counts, x, base, height) {
  const most = Math.max(1, ...counts);
  let d = "";
  counts.forEach((count, k) => {
    if (count) d += `M${short(x.at(edges[k]))} ${short(base)}V${short(base - (height * count) / most)}H${short(x.at(edges[k + 1]))}V${short(base)}Z`;
  });
  return d;
}
