// The table of divergences: value, numerical error, closed form, range; the reason where one is infinite.
//
//   const readings = new Readings({ t, rows, host, onShow: (names) => …, onIntegrand: (name) => … });
//   readings.configure({ show, integrand, units });     // which rows, which integrand is drawn
//   readings.take(info.values);                           // [{ name, value, error, closed, units, reason }]; rows that
//                                                         // are missing stay as they are, greyed
//   readings.table()                                      // for CSV

import { plain } from "./controls.js";
import { button, el, setText } from "./dom.js";
import { digits, errorText, unitText } from "./digits.js";
import { formula } from "./formula.js";
import { number } from "./frame.js";
import { because } from "./reasons.js";
import { paragraph, tip } from "./tips.js";

const LN2 = Math.LN2;

export class Readings {
  constructor({ t, rows, host, onShow, onIntegrand }) {
    Object.assign(this, { t, host, onShow, onIntegrand, shown: new Map(), values: new Map(), stale: new Set() });
    this.rows = new Map(rows.map((row) => [row.name, row]));
    this.body = el("tbody", {});
    const heads = ["divergence", "value", "error", "closed", "range"].map((name) => el("th", { scope: "col", text: t(`head_${name}`), title: t(`head_${name}_tip`) }));
    this.box = el("section", { class: "lab-readings", "data-testid": "lab-readings" }, [
      el("h3", { text: t("values") }),
      el("table", { class: "lab-table" }, [el("thead", {}, [el("tr", {}, [...heads, el("th", { scope: "col" }, [el("span", { class: "lab-hidden", text: t("head_integrand") })])])]), this.body]),
      this.chooser(),
    ]);
  }

  chooser() {
    this.boxes = new Map();
    const labels = [...this.rows.values()].map(({ name, label, symbol }) => {
      const input = el("input", { type: "checkbox", "data-testid": `lab-show-${name}`, onchange: () => this.choose() });
      this.boxes.set(name, input);
      return el("label", { class: "gl-chip" }, [input, formula(symbol), el("small", { text: label })]);
    });
    return el("details", { class: "lab-chooser", "data-testid": "lab-chooser" }, [el("summary", { text: this.t("choose") }), el("div", { class: "lab-choices" }, labels)]);
  }

  choose() {
    this.onShow([...this.boxes].filter(([, input]) => input.checked).map(([name]) => name));
  }

  configure({ show, integrand, units }) {
    this.units = units;
    for (const [name, input] of this.boxes) input.checked = show.includes(name);
    if (String(show) !== this.order) {
      this.order = String(show);
      for (const name of show) if (!this.shown.has(name)) this.shown.set(name, this.line(this.rows.get(name)));
      this.body.replaceChildren(...show.flatMap((name) => this.shown.get(name).nodes));
    }
    for (const [name, line] of this.shown) line.integral?.setAttribute("aria-pressed", String(name === integrand));
  }

  // ------------------------------------------------------------ one row

  line(row) {
    const { t } = this;
    const name = el("button", { type: "button", class: "lab-name", "aria-label": t("about", { name: row.label }), "data-testid": `lab-about-${row.name}` }, [formula(row.symbol), el("small", { text: row.label })]);
    tip(name, () => this.about(row), this.host);
    const cells = Object.fromEntries(["value", "error", "closed", "range"].map((key) => [key, el("td", { class: `lab-${key}`, "data-testid": `lab-${key}-${row.name}` })]));
    const integral = row.integrand
      ? button("gl-quiet lab-integral", { label: "∫", tip: t("draw_integrand", { name: row.label }), testid: `lab-integral-${row.name}`, onclick: () => this.onIntegrand(row.name) })
      : null;
    const main = el("tr", { "data-name": row.name }, [el("th", { scope: "row" }, [name]), ...Object.values(cells), el("td", {}, integral ? [integral] : [])]);
    const why = el("td", { colspan: 6, "data-testid": `lab-reason-${row.name}` });
    const reason = el("tr", { class: "lab-reason", hidden: true }, [why]);
    return { nodes: [main, reason], cells, why, reason, integral };
  }

  about(row) {
    const { t } = this;
    return [
      el("b", { text: row.label }), el("div", { class: "lab-formula" }, [formula(`${row.symbol}=${row.formula}`, { block: true })]),
      paragraph(t, "about_range", `${this.range(row)}${row.symmetric ? `; ${t("symmetric")}` : ""}`), paragraph(t, "about_blind", row.blind), paragraph(t, "about_source", row.source),
    ];
  }

  unit(units) {
    return unitText(this.t, units, this.units);
  }

  range({ low, high, units }) {
    const bits = units === "nats" && this.units === "bits";
    const top = number(high);
    if (Math.abs(top - LN2) < 1e-9) return bits ? "0 … 1" : "0 … ln 2";
    return `${plain(number(low))} … ${Number.isFinite(top) ? plain(bits ? top / LN2 : top) : "∞"}`;
  }

  // ------------------------------------------------------------ values

  take(values) {
    const fresh = new Set(values.map(({ name }) => name));
    for (const value of values) {
      this.values.set(value.name, value);
      if (this.shown.has(value.name)) this.fill(this.shown.get(value.name), value);
    }
    this.stale = new Set([...this.shown.keys()].filter((name) => !fresh.has(name)));
    for (const [name, { nodes }] of this.shown) nodes[0].classList.toggle("lab-stale", this.stale.has(name));
  }

  fill({ cells, reason, why }, { name, value, error, closed, units, reason: missing }) {
    const row = this.rows.get(name);
    const unit = this.unit(units);
    setText(cells.value, `${digits(number(value))}${unit ? `\u00a0${unit}` : ""}`);
    cells.value.dataset.value = String(value);
    setText(cells.error, Number.isFinite(number(value)) ? errorText(error === null ? null : number(error)) : "");
    setText(cells.closed, closed === null || closed === undefined ? "" : digits(number(closed)));
    setText(cells.range, this.range(row));
    reason.hidden = !missing;
    if (missing) setText(why, because(this.t, missing));
  }

  /** Rows of plain text for a CSV file; P and Q stand in each, so that it can be put beside others. */
  table({ p, q }) {
    const { order } = this;
    const head = ["name", "symbol", "label", "value", "units", "error", "closed_form", "low", "high", "reason", "p", "q"];
    const names = order ? order.split(",") : [];
    const rows = names.map((name) => {
      const known = this.values.has(name) && !this.stale.has(name);
      if (!known) return [name, this.rows.get(name).plain, this.rows.get(name).label, "", "", "", "", "", "", this.t("computing"), p, q];
      const { value, error, closed, units, reason } = this.values.get(name);
      const row = this.rows.get(name);
      const bits = units === "nats" && this.units === "bits";
      const end = number(row.high);
      return [name, row.plain, row.label, value, units === "nats" ? this.units : this.unit(units), error, closed, row.low, bits ? end / LN2 : row.high, reason ? because(this.t, reason) : "", p, q];
    });
    return [head, ...rows];
  }
}

/** What a discriminator can reach at best, and JS by it. */
export function optimum(t, best) {
  const value = number(best);
  return t("dstar_said", { value: digits(value, 4), js: digits((value + 2 * LN2) / 2, 4) });
}
