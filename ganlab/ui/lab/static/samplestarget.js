// All about one divergence: its exact value, the estimators closing in on it, their bias and variance, their table.
//
//   const part = new TargetPart({ t, host, target, rows });    // target, rows: of the registries, with texts
//   part.take(model); part.box; part.charts; part.table()      // rows for a CSV file

import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { count } from "./format.js";
import { formula } from "./formula.js";
import { differs, Ladder } from "./samplesladder.js";
import { HEAD, record } from "./samplesrecords.js";
import { Spread } from "./samplesspread.js";
import { Table } from "./samplestable.js";
import { paragraph, tip } from "./tips.js";

const ROLES = ["positive", "purple", "negative", "sky", "#a6761d", "muted", "#8c9c2f", "#d0604c"];

export class TargetPart {
  constructor({ t, host, target, rows }) {
    Object.assign(this, { t, target, name: target.name, title: target.plain });
    this.rows = rows.map((row, k) => ({ ...row, label: shortened(row.label, target.plain), role: ROLES[k % ROLES.length], blind: target.blind }));
    const label = (key) => `${target.plain}: ${t(key)}`;
    this.ladder = new Ladder({ t, label: label("samples_closing"), rows: this.rows, tall: Spread.height(rows.length), testid: `samples-ladder-${target.name}` });
    this.spread = new Spread({ t, label: label("samples_spread"), rows: this.rows, testid: `samples-spread-${target.name}` });
    this.numbers = new Table({ t, rows: this.rows, host, caption: t("samples_table", { name: target.plain }) });
    this.layOut(host);
  }

  layOut(host) {
    const { t, target } = this;
    const name = el("button", { type: "button", class: "samples-symbol", "aria-label": t("samples_about", { name: target.label }), "data-testid": `samples-symbol-${target.name}` }, [formula(target.symbol)]);
    tip(name, () => [
      el("b", { text: target.label }), el("div", { class: "lab-formula" }, [formula(`${target.symbol}=${target.formula}`, { block: true })]),
      paragraph(t, "samples_about_blind", target.blind), paragraph(t, "samples_about_source", target.source),
    ], host);
    this.exact = el("small", { "data-testid": `samples-exact-${target.name}` });
    this.head = el("div", { class: "samples-head" }, [el("h3", {}, [name, this.exact])]);
    this.redrawn = el("p", { class: "samples-note", "data-testid": `samples-redrawn-${target.name}` });
    this.dashed = el("p", { class: "samples-note", text: t("samples_dashed"), hidden: true });
    this.remarks = el("ul", { class: "samples-remarks", "data-testid": `samples-remarks-${target.name}` });
    const panel = (key, ...nodes) => el("div", { class: "samples-part" }, [el("h4", { text: t(key) }), ...nodes]);
    this.beside = panel("samples_spread", this.redrawn, this.spread.chart.box);
    this.box = el("section", { class: "samples-part", "data-testid": `samples-target-${target.name}` }, [
      this.head,
      el("div", { class: "samples-pair" }, [
        panel("samples_closing", el("p", { class: "samples-note", text: t("samples_closing_note") }), this.ladder.chart.box),
        this.beside,
      ]),
      this.dashed, this.numbers.box, this.remarks,
    ]);
  }

  get charts() {
    return [this.ladder.chart, this.spread.chart];
  }

  clear() {
    this.ladder.view = null;
    this.spread.view = null;
  }

  setTheme(theme) {
    this.numbers.setTheme(theme);
  }

  take(model) {
    const { t, target } = this;
    this.model = model;
    const { exact, unit } = model.target(target);
    const axis = [target.plain, unit].filter(Boolean).join(", ");
    this.series = new Map(this.rows.map((row) => [row.name, model.series(row, exact)]));
    const { rungs, n } = model;
    this.ladder.take({ rungs, exact, n, unit, axis, series: this.series });
    this.beside.hidden = !model.redraws;
    this.spread.take({ exact, axis, series: this.series });
    this.numbers.take(this.series);
    this.dashed.hidden = ![...this.series.values()].some(({ aims, aim }) => differs([...aims, aim], exact));
    this.spread.chart.box.hidden = model.frozen;
    const most = count(model.redraws);
    setText(this.redrawn, model.frozen ? t("samples_frozen", { n: count(Math.max(...model.data.files)) }) : t("samples_spread_note", { n: count(model.redrawn), most }));
    this.tell(exact, unit);
  }

  tell(exact, unit) {
    const { t, model, target } = this;
    const { why, pending } = model.target(target);
    const said = pending ? t("samples_exact_pending")
      : exact === Infinity ? t("samples_exact_infinite")
        : Number.isFinite(exact) ? t("samples_exact_is", { value: digits(exact), unit }).trim()
          : t(why ? "samples_exact_unknown" : "samples_exact_none");
    setText(this.exact, why ? `${said}: ${why}` : said);
    this.exact.dataset.value = String(exact);
    const lines = new Map(); // what is remarked, and on which estimators
    for (const { name, label } of this.rows) {
      for (const { rungs, why } of model.remarks(name)) {
        const text = t("samples_at_n", { n: rungs.map(count).join(", "), why });
        lines.set(text, [...(lines.get(text) ?? []), label]);
      }
    }
    const text = JSON.stringify([...lines]);
    if (text === this.said) return;
    this.said = text;
    this.remarks.replaceChildren(...[...lines].map(([why, labels]) => el("li", {}, [el("b", { text: labels.join(", ") }), ` ${why}`])));
  }

  /** Rows for a CSV file: the ladder, the redraws, and what they say together. */
  table() {
    const { rungs } = this.model;
    const { exact, unit } = this.model.target(this.target);
    const rows = this.rows.flatMap(({ name }) => {
      const found = this.series.get(name);
      const row = (values) => record({ part: this.name, name, exact, unit, ...values });
      const ladder = rungs.map((at, k) => row({ what: "ladder", at, value: found.values[k], low: found.lows[k], high: found.highs[k], aim: found.aims[k] }));
      const { lows, highs, aims } = found.redrawn;
      const redraws = found.redraws.map((value, k) => row({ what: "redraw", at: k + 1, value, low: lows[k], high: highs[k], aim: aims[k] }));
      const said = ["mean", "bias", "sd", "rmse"].map((what) => row({ what, value: found[what] }));
      return [...ladder, ...redraws, ...said, row({ what: "coverage", value: found.intervals ? found.covered / found.intervals : NaN, unit: "" })];
    });
    return [HEAD, ...rows];
  }
}

/** "KL(P‖Q), histogram" under the heading KL(P‖Q) is "histogram". */
function shortened(label, heading) {
  const [, first, rest] = label.match(/^([^,，]+)[,，]\s*(.+)$/) ?? [];
  return first && heading.startsWith(first) ? rest : label;
}
