// The objective over (μ, σ) of one Gaussian, as shades with contours, and the paths of the starts on it.
//
//   const land = new Landscape({ t, testid, style, onStart: (mean, std) => … });
//   land.survey({ values, shape, mu, sigma });   // once: the field
//   land.take({ data, shape }, best);             // with every frame: the paths [E, T, 2]

import { el, setText } from "./dom.js";
import { digits } from "./digits.js";
import { Field } from "./marks2.js";
import { Line, Points } from "./marks.js";
import { Chart } from "./plot.js";
import { colourTable } from "./svg.js";

const FINER = 4; // cells in a cell: contours are edges of shades, and those are drawn as finely
const BANDS = 18;
const TOP = 250; // shades 0 … 250; above is where the objective is infinite
const INFINITE = 255;
const KNEE = 0.02; // of the way from the lowest to the middle value: below it shades are linear, above logarithmic
const TALL = (width) => Math.max(230, Math.min(330, 0.8 * width));

/** A colour in each band, and one for infinite; lower is farther from the ground. */
function shades(theme) {
  const [low, high, infinite] = theme.dark
    ? [[146, 178, 206], [24, 27, 34], [74, 62, 34]]
    : [[74, 106, 138], [252, 252, 252], [250, 232, 196]];
  return colourTable((value) => {
    const share = Math.min(1, Math.floor((value / TOP) * BANDS) / (BANDS - 1));
    return value > TOP ? infinite : low.map((from, k) => Math.round(from + (high[k] - from) * share));
  });
}

/** Values to shades: steep walls would leave one shade for all that matters, so it is the logarithm that is shown. */
function scaled(values) {
  const finite = [...values].filter(Number.isFinite).sort((a, b) => a - b);
  if (!finite.length) return values.map(() => Infinity);
  const [least, middle, most] = [finite[0], finite[finite.length >> 1], finite[Math.floor(0.995 * (finite.length - 1))]];
  const knee = KNEE * Math.max(middle - least, 1e-12);
  const full = Math.log1p((most - least) / knee) || 1;
  return values.map((value) => (Number.isFinite(value) ? Math.min(1, Math.log1p((value - least) / knee) / full) : Infinity));
}

/** Bilinear between the points of the grid; whatever touches an infinite point is infinite. */
function refined(values, [rows, columns]) {
  const [tall, wide] = [(rows - 1) * FINER + 1, (columns - 1) * FINER + 1];
  const data = new Uint8Array(tall * wide);
  for (let j = 0; j < tall; j += 1) {
    const row = Math.min(rows - 2, Math.floor(j / FINER));
    const up = j / FINER - row;
    for (let i = 0; i < wide; i += 1) {
      const column = Math.min(columns - 2, Math.floor(i / FINER));
      const across = i / FINER - column;
      const at = row * columns + column;
      const line = (from) => weigh(1 - across, values[from]) + weigh(across, values[from + 1]);
      const value = weigh(1 - up, line(at)) + weigh(up, line(at + columns));
      data[j * wide + i] = Number.isFinite(value) ? Math.round(TOP * value) : INFINITE;
    }
  }
  return { data, shape: [tall, wide] };
}

const weigh = (share, value) => (share === 0 ? 0 : share * value); // 0·∞ is 0 here

export class Landscape {
  constructor({ t, testid, style, onStart }) {
    Object.assign(this, { t, onStart });
    this.chart = new Chart({
      label: "", height: TALL, x: { label: t("fit_mu") }, y: { label: t("fit_sigma"), kind: "log" }, testid,
      readout: (x, y) => this.read(x, y),
    });
    this.chart.setView({ x: [-1, 1], y: [0.1, 1] });
    this.field = this.chart.add(new Field({ name: "landscape" }));
    this.others = this.chart.add(new Line({ name: "paths", colour: style.colour, width: 1.4, opacity: 0.75 }));
    this.best = this.chart.add(new Line({ name: "path", colour: style.colour, width: 3 }));
    this.starts = this.chart.add(new Points({ name: "starts", colour: "text", size: 5, opacity: 0.8 }));
    this.ends = this.chart.add(new Points({ name: "ends", colour: style.colour, size: 10 }));
    this.title = el("h3", {});
    this.said = el("p", { class: "lab-said" });
    this.box = el("section", { class: "fit-land" }, [this.title, this.chart.box, this.said]);
    this.chart.svg.addEventListener("click", (event) => this.click(event));
    this.forget();
  }

  forget() {
    this.grid = null;
    this.field.show(false);
    for (const mark of [this.others, this.best, this.starts, this.ends]) mark.set([], []);
    setText(this.said, this.t("fit_landscape_working"));
  }

  name(title, symbol) {
    this.symbol = symbol;
    setText(this.title, title);
    this.chart.label = title;
  }

  survey({ values, shape, mu, sigma }) {
    if (this.grid) return;
    this.grid = { values, shape, mu, sigma };
    const [x, y] = [[mu[0], mu.at(-1)], [sigma[0], sigma.at(-1)]];
    const spread = [(x[1] - x[0]) / (shape[1] - 1) / FINER / 2, (y[1] / y[0]) ** (1 / (shape[0] - 1) / FINER / 2)];
    const ends = { x: [x[0] - spread[0], x[1] + spread[0]], y: [y[0] / spread[1], y[1] * spread[1]] };
    this.field.set({ ...refined(scaled(values), shape), ...ends, table: shades });
    this.field.show(true);
    this.chart.setView({ x, y });
    setText(this.said, "");
  }

  take({ data, shape: [starts, length] }, best) {
    const path = (k) => [0, 1].map((part) => Array.from({ length }, (_, i) => data[2 * (k * length + i) + part]));
    const all = Array.from({ length: starts }, (_, k) => path(k));
    this.others.setAll(all.filter((_, k) => k !== best));
    this.best.set(...(all[best] ?? [[], []]));
    this.starts.set(all.map(([x]) => x[0]), all.map(([, y]) => y[0]));
    this.ends.set(all.map(([x]) => x.at(-1)), all.map(([, y]) => y.at(-1)));
  }

  read(x, y) {
    if (!this.grid) return null;
    const { values, shape, mu, sigma } = this.grid;
    const i = Math.round(((x - mu[0]) / (mu.at(-1) - mu[0])) * (shape[1] - 1));
    const j = Math.round((Math.log(y / sigma[0]) / Math.log(sigma.at(-1) / sigma[0])) * (shape[0] - 1));
    const value = values[j * shape[1] + i];
    if (value === undefined) return null;
    return { title: `μ = ${digits(mu[i], 3)}, σ = ${digits(sigma[j], 3)}`, rows: [{ label: this.symbol, text: digits(value, 4), colour: "transparent" }] };
  }

  click(event) {
    const place = this.grid && this.chart.place(event);
    if (!place) return;
    const round = (value) => Number(value.toPrecision(4));
    this.onStart(round(place.x), round(place.y));
  }
}
