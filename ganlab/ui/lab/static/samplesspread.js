// Bias and variance as a picture: for each estimator of one divergence the histogram of its estimates over the redraws,
// their mean ± sd, the exact value, and where the estimator aims.
//
//   const spread = new Spread({ t, label, rows });
//   spread.take({ exact, unit, axis, series: Map(name -> { redraws, mean, sd, aim }) });

import { digits } from "./digits.js";
import { Rule } from "./marks2.js";
import { counted, hull, steady, tame } from "./samplesaxes.js";
import { RowChart, Strip } from "./samplesmarks.js";
import { colour } from "./svg.js";

const ROW = [62, 120]; // pixels, of many rows and of few
const ENDS = 56; // pixels above and below the rows
const CELLS = 44;

export class Spread {
  constructor({ t, label, rows, testid }) {
    Object.assign(this, { t, rows, state: null });
    this.chart = new RowChart({
      label, height: () => Spread.height(rows.length), x: { label: "" }, margin: { left: 8, top: 6 }, readout: (x, y) => this.read(y), testid,
    });
    this.chart.setRows(rows.map((row) => row.label));
    this.exact = this.chart.add(new Rule({ axis: "x", colour: "text", width: 2, dash: null }));
    this.strips = new Map(rows.map(({ name, role }) => [name, this.chart.add(new Strip({ name, colour: role }))]));
  }

  /** In pixels. */
  static height(rows) {
    return ENDS + rows * Math.max(ROW[0], Math.min(ROW[1], 250 / rows));
  }

  take(state) {
    this.state = state;
    const { exact, axis, series } = state;
    const all = [...series.values()];
    const musts = [exact, ...all.flatMap(({ aim, mean }) => [aim, mean])];
    this.view = steady(this.view, hull(all.flatMap(({ redraws }) => tame(redraws)), musts));
    this.rows.forEach(({ name }, row) => {
      const { redraws, mean, sd, aim } = series.get(name);
      const finite = redraws.filter(Number.isFinite);
      const lost = redraws.filter((value) => value === Infinity).length;
      const { edges, counts } = counted(finite, this.view, CELLS);
      const outside = finite.length - counts.reduce((sum, count) => sum + count, 0);
      const missing = redraws.length - finite.length - lost;
      this.strips.get(name).set({ row, rows: this.rows.length, edges, counts, mean, sd, aim, note: this.note(lost, missing, outside) });
    });
    this.exact.set(exact);
    this.exact.relabel(Number.isFinite(exact) ? this.t("samples_exact", { value: digits(exact, 4), unit: "" }).trim() : "");
    this.chart.setLabel("x", axis);
    this.chart.setView({ x: this.view });
  }

  note(lost, missing, outside) {
    const said = [];
    if (missing) said.push(this.t("samples_missing_times", { n: missing }));
    if (lost) said.push(this.t("samples_infinite_times", { n: lost }));
    if (outside) said.push(this.t("samples_outside", { n: outside }));
    return said.join(", ");
  }

  read(y) {
    const { state, rows, t } = this;
    const row = rows[Math.floor(rows.length - y)];
    if (!state || !row) return null;
    const { mean, sd, aim, redraws } = state.series.get(row.name);
    const ink = colour(this.chart.theme, row.role);
    const line = (key, value) => ({ label: t(key), text: digits(value, 4), colour: ink });
    const found = [line("samples_mean", mean), line("samples_sd", sd)];
    if (Number.isFinite(aim)) found.push(line("samples_aim", aim));
    found.push({ label: t("samples_redraws"), text: String(redraws.length), colour: ink });
    return { title: row.label, rows: found };
  }
}
