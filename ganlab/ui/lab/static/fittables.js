// The read-outs beside the charts: where the best start of each group is, and all its divergences from P.
//
// A group is { name: "fit" | "beside" | "twin", title, objective, best, about }; `about` is its part of a frame's info.

import { digits, unitText } from "./digits.js";
import { el, setText } from "./dom.js";
import { count } from "./format.js";
import { number } from "./frame.js";

const STYLE = { fit: "", beside: "-beside", twin: "-twin" };

/** A table of texts that is built anew only when its rows or columns change. */
class Texts {
  constructor(caption, testid) {
    this.table = el("table", { class: "lab-table fit-table", "data-testid": testid }, []);
    this.caption = caption;
    this.shape = "";
    this.cells = new Map();
  }

  /** `rows`: [{ key, label, small, values: [{ text, raw, own }] }], one value for each of the groups. */
  show(first, groups, rows) {
    const shape = JSON.stringify([first, groups.map(({ name, title }) => [name, title]), rows.map(({ key, label }) => [key, label])]);
    if (shape !== this.shape) this.build(first, groups, rows);
    this.shape = shape;
    for (const { key, values } of rows) {
      values.forEach(({ text, raw, own = false }, k) => {
        const cell = this.cells.get(`${key}${STYLE[groups[k].name]}`);
        setText(cell, text);
        cell.dataset.value = String(raw ?? "");
        cell.dataset.own = String(own);
      });
    }
  }

  build(first, groups, rows) {
    this.cells.clear();
    const head = el("tr", {}, [
      el("th", { scope: "col", text: first }), ...groups.map(({ name, title }) => el("th", { scope: "col", "data-group": name, text: title })),
    ]);
    const body = rows.map(({ key, label, small, tip }) => el("tr", {}, [
      el("th", { scope: "row", title: tip }, [label, ...(small ? [" ", el("small", { text: small })] : [])]),
      ...groups.map(({ name }) => {
        const cell = el("td", { "data-testid": `fit-${key}${STYLE[name]}` });
        this.cells.set(`${key}${STYLE[name]}`, cell);
        return cell;
      }),
    ]));
    this.table.replaceChildren(el("caption", { class: "lab-hidden", text: this.caption }), el("thead", {}, [head]), el("tbody", {}, body));
  }
}

export class FitTables {
  constructor({ t, divergences }) {
    Object.assign(this, { t, divergences });
    this.places = new Texts(t("fit_where"), "fit-places");
    this.exact = new Texts(t("fit_table"), "fit-exact");
    this.step = el("small", {});
    this.cells = el("p", { class: "lab-said", text: t("fit_cells"), hidden: true });
    this.box = el("div", { class: "lab-right" }, [
      el("section", { class: "lab-panel" }, [el("h3", { text: t("fit_where") }), el("div", { class: "fit-wide" }, [this.places.table])]),
      el("section", { class: "lab-panel lab-readings" }, [
        el("h3", {}, [t("fit_exact"), " ", this.step]), el("div", { class: "fit-wide" }, [this.exact.table]), this.cells,
      ]),
    ]);
  }

  take(info, groups) {
    const fitted = groups.filter(({ name }) => name !== "twin");
    this.places.show(this.t("fit_what"), fitted, [...this.positions(info, fitted), ...this.states(fitted, info.model)]);
    this.exact.show(this.t("fit_what"), groups, this.divergenceRows(groups));
    const known = groups.map(({ about }) => about.metrics_step).filter(Number.isFinite);
    setText(this.step, known.length ? this.t("fit_exact_step", { n: count(Math.min(...known)) }) : "");
    this.cells.hidden = info.model !== "generator";
  }

  positions({ components }, groups) {
    const many = components > 1;
    const known = groups.every(({ about }) => about.parameters?.mean?.length);
    if (!known) return [];
    const row = (part, k) => ({
      key: many ? `${part}-${k + 1}` : part,
      label: many ? this.t(`fit_${part}_k`, { k: k + 1 }) : this.t(`fit_${part}`),
      values: groups.map(({ about, best }) => shown(about.parameters[part][best][k])),
    });
    const parts = many ? ["mean", "std", "weight"] : ["mean", "std"];
    return parts.flatMap((part) => Array.from({ length: components }, (_, k) => row(part, k)));
  }

  states(groups, model) {
    const { t } = this;
    const stopped = (about) => about.finite.filter((finite) => !finite).length;
    return [
      {
        key: "objective", label: t(model === "generator" ? "fit_objective_batch" : "fit_objective"),
        values: groups.map(({ about, best }) => shown(about.values[best])),
      },
      { key: "grad", label: t("fit_grad"), values: groups.map(({ about, best }) => shown(about.grad[best], 2)) },
      {
        key: "stopped", label: t("fit_stopped"), tip: t("fit_stopped_tip"),
        values: groups.map(({ about }) => ({ text: t("fit_of", { n: stopped(about), total: about.finite.length }), raw: stopped(about) })),
      },
    ];
  }

  divergenceRows(groups) {
    const named = new Set(groups.flatMap(({ about }) => Object.keys(about.metrics ?? {})));
    return this.divergences.filter(({ name }) => named.has(name)).map(({ name, plain, units }) => ({
      key: `value-${name}`, label: plain, small: unitText(this.t, units, "nats"),
      values: groups.map(({ about, best, objective }) => ({ ...shown(about.metrics?.[name]?.[best] ?? NaN), own: objective === name })),
    }));
  }
}

function shown(raw, places = 5) {
  return { text: digits(number(raw), places), raw };
}

/** Every start as a row of a CSV file. */
export function startRows(info, groups, divergences) {
  const names = divergences.map(({ name }) => name).filter((name) => groups.some(({ about }) => about.metrics?.[name]));
  const parts = groups.some(({ about }) => about.parameters?.mean?.length)
    ? ["mean", "std", "weight"].flatMap((part) => Array.from({ length: info.components }, (_, k) => [part, k])) : [];
  const head = [
    "group", "start", "step", "objective", "value", "gradient", "finite", ...parts.map(([part, k]) => (info.components > 1 ? `${part}_${k + 1}` : part)),
    "step_of_divergences", ...names,
  ];
  const rows = groups.flatMap(({ name, objective, about }) => Array.from({ length: info.members }, (_, start) => [
    name, start, info.step, objective ?? "", about.values?.[start], about.grad?.[start], about.finite?.[start],
    ...parts.map(([part, k]) => about.parameters?.[part]?.[start]?.[k]), about.metrics_step, ...names.map((metric) => about.metrics?.[metric]?.[start]),
  ]));
  return [head, ...rows];
}
