// How the estimators of one divergence close in on its exact value as n grows.
//
//   const ladder = new Ladder({ t, label, rows });     // rows: [{ name, label, role }]
//   ladder.take({ rungs, exact, n, series: Map(name -> { values, lows, highs, aims }), unit });   // arrays over rungs
//   ladder.chart

import { count } from "./format.js";
import { digits } from "./digits.js";
import { Line, Points, Segments } from "./marks.js";
import { Rule } from "./marks2.js";
import { Chart } from "./plot.js";
import { hull, steady } from "./samplesaxes.js";
import { Signs } from "./samplesmarks.js";
import { colour } from "./svg.js";

const SPREAD = 0.045; // of the axis: how far the estimators at one n stand apart, all together
const REACH = 0.4; // of the axis: how far intervals may stretch it; longer ones leave at the edge
const TALL = 300;

export class Ladder {
  /** `tall`: pixels that the chart beside it has. */
  constructor({ t, label, rows, tall, testid }) {
    Object.assign(this, { t, rows, state: null });
    this.chart = new Chart({
      label, height: (width) => (width < 480 ? 270 : Math.max(TALL, tall)), x: { label: "n", kind: "log" }, y: { label: "" }, readout: (x) => this.read(x), testid,
    });
    this.chart.setView({ x: [10, 100] }); // a logarithmic axis cannot begin at 0
    this.marks = new Map(rows.map((row) => [row.name, this.marksOf(row)]));
    this.exact = this.chart.add(new Rule({ axis: "y", colour: "text", width: 2, dash: null }));
    this.now = this.chart.add(new Rule({ axis: "x", colour: "muted" }));
    this.signs = this.chart.add(new Signs({}));
  }

  marksOf({ name, label, role }) {
    const { chart } = this;
    return {
      aim: chart.add(new Line({ name: `aim-${name}`, colour: role, width: 1.6, dash: "5 4", opacity: 0.9 })),
      path: chart.add(new Line({ name: `path-${name}`, colour: role, width: 1.2, opacity: 0.6 })),
      bars: chart.add(new Segments({ name: `bars-${name}`, colour: role, width: 1.8, caps: 3 })),
      points: chart.add(new Points({ name, label, colour: role, size: 8 })),
    };
  }

  take(state) {
    this.state = state;
    const { rungs, exact, n, series, unit } = state;
    const ends = [rungs[0], rungs.at(-1)].map(Math.log10);
    const span = ends[1] - ends[0] || 1;
    const signs = [];
    this.rows.forEach(({ name, role }, k) => {
      const { values, lows, highs, aims } = series.get(name);
      const off = this.rows.length > 1 ? SPREAD * span * (k / (this.rows.length - 1) - 0.5) : 0;
      const xs = rungs.map((rung) => rung * 10 ** off);
      const { aim, path, bars, points } = this.marks.get(name);
      points.set(xs, values);
      path.set(xs, values.map((value) => (Number.isFinite(value) ? value : NaN)));
      bars.setBars(xs, lows, highs);
      aim.set(rungs, differs(aims, exact) ? aims : []);
      values.forEach((value, j) => { if (value === Infinity) signs.push({ x: rungs[j], text: "∞", role, stack: signs.filter(({ x }) => x === rungs[j]).length }); });
    });
    this.signs.set(signs);
    this.exact.set(exact);
    this.exact.relabel(Number.isFinite(exact) ? this.t("samples_exact", { value: digits(exact, 4), unit }).trim() : "");
    this.now.set(n, this.t("samples_this_n"));
    this.see(ends, span);
  }

  see([low, high], span) {
    const { series, exact } = this.state;
    const all = [...series.values()];
    const seen = all.flatMap(({ values, aims }) => [...values, ...aims]);
    const core = hull(seen, [exact, 0], 0.02);
    const reach = REACH * (core[1] - core[0]);
    const ends = all.flatMap(({ lows, highs }) => [...lows, ...highs].filter((end) => end >= core[0] - reach && end <= core[1] + reach));
    this.view = steady(this.view, hull([...seen, ...ends], [exact], 0.1));
    this.chart.setLabel("y", this.state.axis);
    this.chart.setView({ x: [10 ** (low - 0.05 * span), 10 ** (high + 0.06 * span)], y: this.view });
  }

  /** The rung that is nearest, and what each estimator said there. */
  read(x) {
    const { state } = this;
    if (!state) return null;
    const far = (rung) => Math.abs(Math.log(rung / x));
    const k = state.rungs.reduce((best, rung, j) => (far(rung) < far(state.rungs[best]) ? j : best), 0);
    const rows = this.rows.map(({ name, label, role }) => {
      const { values, lows, highs } = state.series.get(name);
      const interval = Number.isFinite(lows[k]) ? ` [${digits(lows[k], 3)}, ${digits(highs[k], 3)}]` : "";
      return { label, text: digits(values[k], 4) + interval, colour: colour(this.chart.theme, role) };
    });
    return { title: `n = ${count(state.rungs[k])}`, rows };
  }
}

/** Whether what an estimator aims at is not the exact value, to be seen. */
export function differs(aims, exact) {
  return aims.some((aim) => Number.isFinite(aim) && !(Math.abs(aim - exact) <= 1e-3 * Math.abs(exact) + 1e-12));
}
