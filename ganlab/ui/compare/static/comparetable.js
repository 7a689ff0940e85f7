// The readings of all runs at the step that is shown, beside what a perfect sampler would read; as CSV as well.

import { ink } from "./comparecolours.js";
import { el, setText } from "./dom.js";
import { count, percent, rate, reading } from "./format.js";
import { number } from "./frame.js";

const EVERY = 200; // ms between changes of the numbers

const metric = (name) => (run) => number(run.metrics?.[name]);
const modal = (run) => run.metrics?.modes_total > 0;
const perfect = (name) => (run) => number(run.metrics?.[`${name}_perfect`]);

/** `value(run)`, `perfect(run)` and how they are written; rows that no run has are left out. */
export const ROWS = [
  { id: "verdict", text: (run, t) => (run.diagnosis ? t(`diagnosis_${run.diagnosis}`, {}, run.diagnosis) : "–"), value: (run) => run.diagnosis ?? "" },
  {
    id: "modes", has: modal, value: metric("modes"), perfect: metric("modes_total"),
    text: (run) => `${run.metrics.modes}/${run.metrics.modes_total}`, format: count,
  },
  { id: "high_quality", has: modal, value: metric("high_quality"), perfect: perfect("high_quality"), format: percent },
  { id: "reverse_kl", has: modal, value: metric("reverse_kl"), perfect: perfect("reverse_kl"), format: reading },
  { id: "precision", has: (run) => !modal(run) && "precision" in (run.metrics ?? {}), value: metric("precision"), perfect: perfect("precision"), format: percent },
  { id: "recall", has: (run) => !modal(run) && "recall" in (run.metrics ?? {}), value: metric("recall"), perfect: perfect("recall"), format: percent },
  { id: "distance", value: metric("distance"), perfect: metric("distance_floor"), format: reading },
  { id: "js", has: (run) => "js" in (run.metrics ?? {}) && run.metrics.distance_name !== "js", value: metric("js"), perfect: metric("js_floor"), format: reading },
  ...["loss_d", "loss_g", "grad_d", "grad_g"].map((id) => ({ id, value: (run) => number(run[id]), format: reading })),
  { id: "alone", value: (run) => (run.seconds > 0 ? 1 / run.seconds : NaN), format: rate },
  { id: "backend", text: (run, t) => t(`backend_${run.backend}`, {}, run.backend), value: (run) => run.backend },
];

export class CompareTable {
  constructor({ t }) {
    Object.assign(this, { t, at: -Infinity, runs: [], lines: new Map() });
    this.caption = el("caption", { class: "cmp-caption", "data-testid": "cmp-table-step" });
    this.head = el("tr");
    this.body = el("tbody");
    this.table = el("table", { class: "cmp-table", "data-testid": "cmp-table" }, [this.caption, el("thead", {}, [this.head]), this.body]);
    this.box = el("div", { class: "cmp-wide", tabindex: 0, role: "region", "aria-label": t("cmp_charts") }, [this.table]);
  }

  setRuns({ runs }) {
    this.runs = runs;
    this.box.setAttribute("aria-label", this.t("cmp_runs"));
    this.head.replaceChildren(
      el("th", { scope: "col", text: this.t("cmp_reading") }),
      ...runs.map(({ letter, title, detail }, k) => el("th", { scope: "col", title: detail, class: "cmp-run", style: `--cmp-ink: ${ink(k, this.theme)}` }, [
        el("span", { class: "cmp-named" }, [el("b", { class: "cmp-letter", text: letter }), el("span", { text: title })]),
      ])),
      el("th", { scope: "col", class: "cmp-best", title: this.t("cmp_perfect_tip"), text: this.t("cmp_perfect") }),
    );
    this.body.replaceChildren(...ROWS.map((row) => this.line(row)));
    this.at = -Infinity;
  }

  line({ id }) {
    const { t } = this;
    const name = el("th", { scope: "row", title: t(`cmp_row_${id}_tip`), text: t(`cmp_row_${id}`) });
    const cells = this.runs.map((_, k) => el("td", { "data-testid": `cmp-${id}-${k}` }));
    const best = el("td", { class: "cmp-best", "data-testid": `cmp-${id}-perfect` });
    const box = el("tr", { hidden: true }, [name, ...cells, best]);
    this.lines.set(id, { box, name, cells, best });
    return box;
  }

  setTheme(theme) {
    this.theme = theme;
    this.head.querySelectorAll(".cmp-run").forEach((cell, k) => cell.style.setProperty("--cmp-ink", ink(k, theme)));
  }

  update(info, now) {
    if (now - this.at < EVERY && info.state === this.state) return;
    Object.assign(this, { at: now, state: info.state });
    setText(this.caption, this.t("cmp_table", { n: count(info.step) }));
    for (const row of ROWS) this.show(row, info.runs ?? []);
  }

  show(row, runs) {
    const { box, name, cells, best } = this.lines.get(row.id);
    const shown = runs.filter((run) => !row.has || row.has(run));
    box.hidden = !shown.length;
    if (!shown.length) return;
    if (row.id === "distance") setText(name, this.distanceName(runs[0]));
    cells.forEach((cell, k) => this.put(cell, row, runs[k]));
    setText(best, row.perfect && Number.isFinite(row.perfect(shown[0])) ? row.format(row.perfect(shown[0])) : "");
  }

  put(cell, row, run) {
    const there = run && (!row.has || row.has(run));
    setText(cell, there ? this.written(row, run) : "–");
    const value = there ? row.value(run) : "";
    cell.dataset.value = String(value);
    cell.dataset.state = run?.state ?? "";
  }

  written(row, run) {
    return row.text ? row.text(run, this.t) : row.format(row.value(run));
  }

  distanceName(run) {
    const name = run?.metrics?.distance_name;
    return name ? this.t(`distance_${name}`, {}, name) : this.t("cmp_row_distance");
  }

  /** The table as rows of a CSV file: numbers as they are, not as they are shown. */
  rows(info) {
    const { t, runs } = this;
    const plain = (value) => (typeof value === "number" && Number.isNaN(value) ? "" : value);
    const common = (value) => [...runs.map(() => value), ""];
    return [
      [t("cmp_reading"), ...runs.map(({ letter, title }) => `${letter}: ${title}`), t("cmp_perfect")],
      [t("cmp_csv_arm"), ...runs.map(({ arm }) => arm), ""],
      [t("cmp_csv_seed"), ...common(info?.seed ?? "")],
      [t("cmp_csv_step"), ...(info?.runs ?? runs).map(({ step }) => step ?? ""), ""],
      ...ROWS.filter((row) => (info?.runs ?? []).some((run) => !row.has || row.has(run))).map((row) => [
        row.id === "distance" ? this.distanceName(info.runs[0]) : t(`cmp_row_${row.id}`),
        ...info.runs.map((run) => plain(row.value(run))),
        row.perfect ? plain(row.perfect(info.runs[0])) : "",
      ]),
    ];
  }
}
