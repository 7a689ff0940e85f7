// The page "Fit Q to P": the charts of a watched fit (see watch.js for what `api` has).

import { el } from "./dom.js";
import { exportButtons, figure } from "./exporting.js";
import { Landscape } from "./fitland.js";
import { FitTables, startRows } from "./fittables.js";
import { number } from "./frame.js";
import { Line, SignedArea } from "./marks.js";
import { Chart } from "./plot.js";
import { roundUp } from "./scale.js";
import { stylesheet } from "./styles.js";

const STYLES = {
  fit: { colour: "q", dash: null },
  beside: { colour: "purple", dash: "7 4" },
  twin: { colour: "positive", dash: "2 4" },
};
const ROOM = 1.1; // above the highest point
const SPIKE = 2.2; // times p's peak that the axis shows at most: a narrow q is higher than any page
const DEEPEST = 1e-9; // of the largest value: below that a log axis shows rounding
const TALL = (width) => (width < 480 ? 250 : 320);
const FLAT = (width) => (width < 480 ? 190 : 220);

export async function start(api) {
  const { assets } = api.data;
  await Promise.all([stylesheet(assets, "lab.css"), stylesheet(assets, "fit.css")]);
  const view = new FitView(api);
  api.layers(["curves", "paths", "history", "landscape"], { once: ["landscape"] });
  api.onFrame((info, tensors) => view.take(info, tensors));
  api.onTheme((theme) => view.setTheme(theme));
  api.onClear(() => view.clear());
  api.onEnd(() => view.destroy());
}

/** The best line of a group in front of the others. */
class Pair {
  constructor(chart, name, { width = 2.5 } = {}) {
    const style = STYLES[name];
    this.others = chart.add(new Line({ name: `${name}-others`, ...style, width: 1, opacity: 0.3 }));
    this.best = chart.add(new Line({ name, ...style, width }));
  }

  /** `lines`: [[xs, ys], …]; no label, no place in the legend. */
  set(lines, best, label) {
    this.others.setAll(lines.filter((_, k) => k !== best));
    this.best.set(...(lines[best] ?? [[], []]));
    this.best.relabel(label);
    this.show(lines.length > 0);
  }

  show(visible) {
    this.best.show(visible);
    this.others.show(visible);
  }
}

class FitView {
  constructor(api) {
    Object.assign(this, { api, t: api.t });
    this.build();
    this.setTheme(api.theme);
  }

  build() {
    const { t } = this;
    this.density = new Chart({ label: t("fit_densities"), height: TALL, x: { label: "x" }, y: { label: t("fit_density") }, readout: true, testid: "fit-densities" });
    this.area = this.density.add(new SignedArea({ positive: "p", opacity: 0.1 }));
    this.p = this.density.add(new Line({ name: "p", label: t("fit_p"), colour: "p", width: 2.5 }));
    this.q = this.pairs(this.density);
    const course = { height: FLAT, x: { label: t("fit_step") }, readout: true };
    this.course = new Chart({ ...course, label: t("fit_course"), y: { label: "", kind: "log" }, testid: "fit-course" });
    this.descents = this.pairs(this.course);
    this.jsCourse = new Chart({ ...course, label: t("fit_js_course"), y: { label: "JS", kind: "log" }, testid: "fit-js-course" });
    this.distances = this.pairs(this.jsCourse);
    for (const chart of [this.course, this.jsCourse]) chart.setView({ x: [0, 1], y: [0.1, 1] }); // a log axis has no 0
    const land = (name) => new Landscape({ t, testid: `fit-landscape-${name}`, style: STYLES[name], onStart: (mean, std) => this.choose(mean, std) });
    this.lands = { fit: land("fit"), beside: land("beside") };
    this.tables = new FitTables({ t, divergences: this.api.data.divergences });
    this.downloads = exportButtons({ t, name: "fit", figure: (options) => this.figure(options), values: () => startRows(this.info, this.groups, this.api.data.divergences) });
    this.downloads.hidden = true;
    this.layOut();
  }

  layOut() {
    const { t } = this;
    const panel = (title, chart) => el("section", { class: "lab-panel" }, [el("h3", { text: title }), chart.box]);
    this.landRow = el("div", { class: "fit-lands", "data-count": 1 }, [this.lands.fit.box, this.lands.beside.box]);
    this.landSaid = el("p", { class: "lab-said", text: `${t("fit_click")} ${t("fit_darker")}` });
    this.landPanel = el("section", { class: "lab-panel", hidden: true }, [this.landRow, this.landSaid]);
    this.coursePanel = panel(t("fit_course"), this.course);
    this.jsPanel = panel(t("fit_js_course"), this.jsCourse);
    this.jsPanel.hidden = true;
    this.waiting = el("p", { class: "lab-said", text: t("fit_waiting") });
    const left = el("div", { class: "lab-left" }, [panel(t("fit_densities"), this.density), this.landPanel, this.jsPanel, this.coursePanel]);
    this.main = el("div", { class: "lab-main", hidden: true }, [left, this.tables.box]);
    this.root = el("div", { class: "lab gl", "data-testid": "fit" }, [this.waiting, this.main, this.downloads]);
    this.api.host.append(this.root);
  }

  pairs(chart) {
    return { twin: new Pair(chart, "twin"), beside: new Pair(chart, "beside"), fit: new Pair(chart, "fit") };
  }

  get charts() {
    return [this.density, this.lands.fit.chart, this.lands.beside.chart, this.jsCourse, this.course];
  }

  setTheme(theme) {
    this.root.dataset.dark = String(theme.dark);
    for (const chart of this.charts) chart.setTheme(theme);
    this.paint();
  }

  paint() {
    for (const chart of this.charts) chart.paint();
  }

  clear() {
    for (const land of Object.values(this.lands)) land.forget();
    this.version = null;
  }

  // ------------------------------------------------------------ one frame

  /** The fit, the one beside it, the adversarial twin: those that there are. */
  grouped(info) {
    const { objectives } = this.api.data;
    const title = (name) => objectives[name]?.label ?? name;
    const groups = [{ name: "fit", title: title(info.objective), objective: info.objective, best: info.best ?? 0, about: info, suffix: "", column: "objective", js: "js" }];
    const { beside, twin } = info;
    if (beside) groups.push({ name: "beside", title: title(beside.objective), objective: beside.objective, best: beside.best ?? 0, about: beside, suffix: "_beside", column: "beside", js: "beside_js" });
    if (twin) groups.push({ name: "twin", title: this.t("fit_adversarial"), objective: null, best: info.best ?? 0, about: twin, suffix: "_adversarial", column: null, js: "twin_js" });
    return groups;
  }

  take(info, tensors) {
    if (!info.values?.length) return;
    this.info = info;
    this.groups = this.grouped(info);
    this.waiting.hidden = true;
    this.main.hidden = this.downloads.hidden = false;
    this.curves(info, tensors);
    this.landscapes(info, tensors);
    this.courses(info);
    this.tables.take(info, this.groups);
    this.paint();
  }

  label({ name, objective, title }) {
    if (name === "twin") return this.t("fit_twin");
    const plain = this.api.data.objectives[objective]?.plain ?? title;
    return this.t("fit_key", { objective: plain });
  }

  curves(info, tensors) {
    const grid = tensors.get("grid")?.data;
    if (!grid) return;
    const p = tensors.get("p").data;
    this.area.set(grid, p);
    this.p.set(grid, p);
    const peak = p.reduce((most, value) => Math.max(most, value), 0);
    let top = peak;
    for (const name of Object.keys(this.q)) {
      const group = this.groups.find((one) => one.name === name);
      const q = group && tensors.get(`q${group.suffix}`);
      const lines = q ? Array.from({ length: q.shape[0] }, (_, k) => [grid, q.data.subarray(k * q.shape[1], (k + 1) * q.shape[1])]) : [];
      this.q[name].set(lines, group?.best, group ? this.label(group) : "");
      for (const value of lines[group?.best]?.[1] ?? []) if (value > top) top = value;
    }
    this.density.setView({ x: info.bounds[0].map(number), y: [0, roundUp(ROOM * Math.min(top, SPIKE * peak))] });
  }

  landscapes(info, tensors) {
    const one = info.model === "gaussian" && info.components === 1;
    this.landPanel.hidden = !one;
    if (!one) return;
    this.landRow.dataset.count = this.groups.length;
    for (const [name, land] of Object.entries(this.lands)) {
      const group = this.groups.find((candidate) => candidate.name === name);
      land.box.hidden = !group;
      if (!group) continue;
      const { plain } = this.api.data.objectives[group.objective];
      land.name(this.t("fit_landscape", { objective: plain }), plain);
      const [field, mu, sigma] = ["", "_mu", "_sigma"].map((part) => tensors.get(`landscape${group.suffix}${part}`));
      if (field) land.survey({ values: field.data, shape: field.shape, mu: mu.data, sigma: sigma.data });
      const paths = tensors.get(`paths${group.suffix}`);
      if (paths) land.take(paths, group.best);
    }
  }

  courses(info) {
    const { history } = this.api;
    if (history.version === this.version && !this.stale(info)) return;
    this.version = history.version;
    this.drawn = `${this.groups.map(({ best }) => best)}`;
    this.jsPanel.hidden = info.model !== "generator";
    this.draw(this.course, this.descents, "column");
    if (!this.jsPanel.hidden) this.draw(this.jsCourse, this.distances, "js");
  }

  /** Another start is the best one now. */
  stale() {
    return `${this.groups.map(({ best }) => best)}` !== this.drawn;
  }

  draw(chart, pairs, key) {
    let [low, high, last] = [Infinity, 0, 1];
    for (const [name, pair] of Object.entries(pairs)) {
      const group = this.groups.find((one) => one.name === name);
      const lines = group?.[key] ? this.lines(group[key]) : [];
      pair.set(lines, group?.best, group ? this.label(group) : "");
      for (const [xs, ys] of lines) {
        if (xs.length) last = Math.max(last, xs.at(-1));
        for (const y of ys) if (y > 0 && y < Infinity) [low, high] = [Math.min(low, y), Math.max(high, y)];
      }
    }
    low = Math.max(low, high * DEEPEST);
    if (high > 0) chart.setView({ x: [0, last], y: [low / 1.15, Math.max(high, low * 1.2) * 1.15] });
  }

  /** A column for each start; rows without a reading of it are left out. */
  lines(name) {
    const { columns } = this.api.history;
    const steps = columns.step ?? [];
    return Array.from({ length: this.info.members }, (_, k) => {
      const [xs, ys] = [[], []];
      (columns[`${name}_${k}`] ?? []).forEach((value, row) => {
        if (Number.isNaN(value)) return;
        xs.push(steps[row]);
        ys.push(value);
      });
      return [xs, ys];
    });
  }

  // ------------------------------------------------------------ what a viewer does

  choose(mean, std) {
    this.api.emit("event", { mean, std });
  }

  figure({ white }) {
    const shown = this.charts.filter(({ box }) => box.offsetParent);
    return figure(shown, { title: `P = ${this.api.data.p}`, theme: this.api.theme, white });
  }

  destroy() {
    for (const chart of this.charts) chart.destroy();
    this.root.remove();
  }
}
