// Readings over steps: a small chart for each, a line for each run, and a mark at the step that is shown.

import { dash, ink } from "./comparecolours.js";
import { figure } from "./exporting.js";
import { el } from "./dom.js";
import { Line, Segments } from "./marks.js";
import { Chart } from "./plot.js";
import { roundUp } from "./scale.js";

const MOST = 6; // runs
const EVERY = 450; // ms between repaints of one chart
const POINTS = 250; // of a line: more cannot be told apart
const FLAT = 190; // pixels
const CHARTS = [
  { id: "modes" }, { id: "high_quality" }, { id: "distance" }, { id: "js" }, { id: "grad_g", log: true }, { id: "grad_d", log: true },
  { id: "loss_d" }, { id: "loss_g" },
];

export class CompareCharts {
  constructor({ t, onSeek }) {
    Object.assign(this, { t, onSeek, runs: [], next: 0 });
    this.charts = CHARTS.map((spec) => this.chart(spec));
    this.box = el("div", { class: "cmp-charts", role: "group", "aria-label": t("cmp_charts"), "data-testid": "cmp-charts" }, this.charts.map(({ card }) => card));
  }

  chart(spec) {
    const { t } = this;
    const label = t(`cmp_chart_${spec.id}`);
    const chart = new Chart({
      label, height: FLAT, x: { label: t("cmp_chart_step") }, y: { label, kind: spec.log ? "log" : "linear" }, readout: true,
      margin: { top: 6 }, testid: `cmp-chart-${spec.id}`,
    });
    if (spec.log) chart.setView({ x: [0, 1], y: [0.1, 1] });
    const cursor = chart.add(new Segments({ name: "cursor", colour: "muted", width: 1.5 }));
    const lines = Array.from({ length: MOST }, (_, k) => chart.add(new Line({ name: `run-${k}`, width: 1.5, dash: dash(k) })));
    chart.svg.addEventListener("click", (event) => {
      const place = chart.place(event);
      if (place) this.onSeek(Math.max(0, Math.round(place.x)));
    });
    const card = el("section", { class: "cmp-chart", title: t("cmp_chart_tip"), hidden: true }, [chart.box]);
    return { ...spec, chart, cursor, lines, card, at: -Infinity, drawn: "" };
  }

  setRuns({ runs, data }) {
    this.runs = runs;
    this.title = data;
    for (const each of this.charts) {
      each.lines.forEach((line, k) => {
        line.relabel(runs[k]?.letter ?? "");
        line.show(k < runs.length);
      });
      each.drawn = "";
    }
  }

  setTheme(theme) {
    this.theme = theme;
    for (const { chart, lines } of this.charts) {
      lines.forEach((line, k) => { line.role = ink(k, theme); });
      chart.setTheme(theme);
      chart.paint();
    }
  }

  /** At most one chart in a frame: several in one go would make the panels stutter. */
  update(info, history, now) {
    this.shown = info;
    const { version } = history;
    if (!version) return;
    const stamp = `${version} ${info.step} ${info.runs?.length}`;
    for (let k = 0; k < this.charts.length; k += 1) {
      const each = this.charts[(this.next + k) % this.charts.length];
      if (each.drawn === stamp || now - each.at < EVERY) continue;
      this.next = (this.charts.indexOf(each) + 1) % this.charts.length;
      Object.assign(each, { at: now, drawn: stamp });
      this.draw(each, history, info);
      return;
    }
  }

  draw(each, history, info) {
    const found = this.runs.map((_, k) => thinned(history.columns, `${each.id}.${k}`));
    each.card.hidden = found.every(([, ys]) => !ys.length);
    if (each.card.hidden) return;
    const values = this.inScale(found, info);
    found.forEach(([xs, ys], k) => each.lines[k].set(xs, ys));
    const last = Math.max(1, info.furthest, info.step);
    const y = each.log ? logView(values) : linearView(each.id, values, info);
    each.cursor.set([info.step], [y[0]], [info.step], [y[1]]);
    each.chart.setView({ x: [0, last], y });
    each.chart.paint();
  }

  /** What the scale has to show: a run that left every scale leaves this one, too. */
  inScale(found, info) {
    const alive = found.filter((_, k) => info.runs[k]?.state !== "diverged").flatMap(([, ys]) => ys);
    return alive.length ? alive : found.flatMap(([, ys]) => ys);
  }

  clear() {
    for (const each of this.charts) {
      for (const line of each.lines) line.set([], []);
      Object.assign(each, { drawn: "", at: -Infinity });
    }
  }

  figure({ white, seed }) {
    const title = `${this.t("cmp_figure", { seed: seed ?? "–" })}: ${this.runs.map(({ letter, title }) => `${letter} ${title}`).join(" | ")}`;
    return figure(this.charts.filter(({ card }) => !card.hidden).map(({ chart }) => chart), { title, theme: this.theme, white });
  }

  destroy() {
    for (const { chart } of this.charts) chart.destroy();
  }
}

/** The readings that were taken, at most POINTS of them. */
function thinned(columns, name) {
  const steps = columns.step ?? [];
  const values = columns[name] ?? [];
  const places = [];
  for (let k = 0; k < values.length; k += 1) if (Number.isFinite(values[k])) places.push(k);
  const stride = Math.max(1, Math.ceil(places.length / POINTS));
  const kept = places.filter((_, k) => k % stride === 0 || k === places.length - 1);
  return [kept.map((k) => steps[k]), kept.map((k) => values[k])];
}

function logView(values) {
  const positive = values.filter((value) => value > 0);
  if (!positive.length) return [0.1, 1];
  const high = positive.reduce((most, value) => Math.max(most, value), 0);
  const low = Math.max(positive.reduce((least, value) => Math.min(least, value), Infinity), high * 1e-9);
  return [low / 1.2, Math.max(high, low * 1.5) * 1.2];
}

function linearView(id, values, info) {
  if (id === "high_quality") return [0, 1.04];
  if (id === "modes") return [0, 1.04 * Math.max(1, ...info.runs.map(({ metrics }) => metrics?.modes_total ?? 0))];
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  if (low >= 0) return [0, roundUp(1.05 * high) || 1];
  const room = 0.05 * (high - low || 1);
  return [low - room, high + room];
}
