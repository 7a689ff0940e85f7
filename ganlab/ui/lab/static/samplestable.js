// The numbers under the charts of one divergence: this draw, and what the redraws say of bias, spread and coverage.
//
//   const table = new Table({ t, rows, host });    // rows: [{ name, label, role, about, method, source, … }]
//   table.take(Map(name -> { value, low, high, bias, sd, rmse, covered, intervals }));

import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { colour } from "./svg.js";
import { paragraph, tip } from "./tips.js";

const COLUMNS = ["value", "interval", "bias", "sd", "rmse", "coverage"];

export class Table {
  constructor({ t, rows, host, caption }) {
    Object.assign(this, { t, rows, host });
    const heads = COLUMNS.map((name) => el("th", { scope: "col", text: t(`samples_head_${name}`), title: t(`samples_head_${name}_tip`) }));
    this.lines = new Map(rows.map((row) => [row.name, this.line(row)]));
    const body = el("tbody", {}, [...this.lines.values()].map(({ main }) => main));
    const head = el("thead", {}, [el("tr", {}, [el("th", { scope: "col", text: t("samples_head_estimator") }), ...heads])]);
    this.box = el("div", { class: "samples-scroll", tabindex: 0, role: "group", "aria-label": caption }, [el("table", { class: "samples-table" }, [head, body])]);
  }

  line(row) {
    const { t } = this;
    const name = el("button", { type: "button", class: "samples-name", "aria-label": t("samples_about", { name: row.label }), "data-testid": `samples-about-${row.name}` }, [el("i", {}), row.label]);
    tip(name, () => this.about(row), this.host);
    const cells = Object.fromEntries(COLUMNS.map((key) => [key, el("td", { "data-testid": `samples-${key}-${row.name}` })]));
    const main = el("tr", {}, [el("th", { scope: "row" }, [name]), ...Object.values(cells)]);
    return { main, name, cells };
  }

  about({ label, about, aims, blind, method, source }) {
    const { t } = this;
    const said = (key, text) => (text ? [paragraph(t, key, text)] : []);
    return [
      el("b", { text: label }), ...(about ? [el("p", { text: about })] : []), ...said("samples_about_aims", aims),
      ...said("samples_about_blind", blind), ...said("samples_about_interval", method), ...said("samples_about_source", source),
    ];
  }

  setTheme(theme) {
    for (const { name, role } of this.rows) this.lines.get(name).name.style.setProperty("--samples-ink", colour(theme, role));
  }

  take(series) {
    for (const { name } of this.rows) this.fill(this.lines.get(name), series.get(name));
  }

  fill({ cells }, { value, low, high, bias, sd, rmse, covered, intervals }) {
    setText(cells.value, digits(value, 4));
    setText(cells.interval, Number.isFinite(low) ? `[${digits(low, 3)}, ${digits(high, 3)}]` : "–");
    setText(cells.bias, signed(bias));
    setText(cells.sd, digits(sd, 3));
    setText(cells.rmse, digits(rmse, 3));
    setText(cells.coverage, intervals ? `${covered}/${intervals} (${((100 * covered) / intervals).toFixed(1)} %)` : "–");
    for (const [key, number] of Object.entries({ value, bias, sd, rmse })) cells[key].dataset.value = String(number);
  }
}

const signed = (value) => (value > 0 && Number.isFinite(value) ? `+${digits(value, 3)}` : digits(value, 3));
