// A panel for each run: what differs, its stage, and in one line how it is doing.

import { ink } from "./comparecolours.js";
import { Shares } from "./compareshares.js";
import { button, el, icon, setText } from "./dom.js";
import { count, percent } from "./format.js";
import { number } from "./frame.js";
import { Stage } from "./stage.js";

const TEXT_EVERY = 150; // ms between changes of the words
const TALL = { 1: 300, 2: 430 }; // pixels of a stage, by dimension

export class ComparePanels {
  constructor({ t, onRemove }) {
    Object.assign(this, { t, onRemove, panels: [], layers: new Set(), runs: [], said: 0 });
    this.box = el("div", { class: "cmp-panels", role: "group", "aria-label": t("cmp_runs"), "data-testid": "cmp-panels" });
    this.box.addEventListener("pointermove", (event) => this.point(event));
    this.box.addEventListener("pointerout", (event) => this.point(event));
  }

  /** The pointer is at the same place in all pictures: what does each D say there? */
  point({ type, target, offsetX, offsetY }) {
    const here = this.panels.find(({ stage }) => stage.canvas === target);
    if (!here) return;
    for (const panel of this.panels) panel.point(type === "pointermove" ? [offsetX, offsetY] : null);
  }

  setRuns({ runs, dim }) {
    this.runs = runs;
    this.setDim(dim);
    this.fit(runs.length);
    this.panels.forEach((panel, k) => panel.name(runs[k], runs.length > 2));
  }

  setDim(dim) {
    if (this.dim === dim) return;
    this.dim = dim;
    for (const panel of this.panels) panel.destroy();
    this.panels = [];
  }

  setLayers(layers) {
    this.layers = layers;
    for (const panel of this.panels) panel.configure(this);
  }

  setTheme(theme) {
    this.theme = theme;
    for (const panel of this.panels) panel.configure(this);
  }

  /** As many panels as there are runs. */
  fit(n) {
    while (this.panels.length > n) this.panels.pop().destroy();
    while (this.panels.length < n) {
      const panel = new Panel({ t: this.t, run: this.panels.length, onRemove: this.onRemove });
      panel.configure(this);
      this.panels.push(panel);
      this.box.append(panel.box);
    }
    this.box.dataset.count = n;
  }

  /** Tensors of a run have its number behind their names; those without belong to all. */
  update(info, tensors) {
    if (!info.runs?.length || info.dim !== this.dim) return;
    const speak = performance.now() - this.said > TEXT_EVERY;
    if (speak) this.said = performance.now();
    const parts = split(tensors, info.runs.length);
    info.runs.forEach((run, k) => this.panels[k]?.update(info, run, parts[k], speak));
  }

  clear() {
    for (const panel of this.panels) panel.clear();
  }

  destroy() {
    for (const panel of this.panels) panel.destroy();
  }
}

/** The tensors of each run, by the names that a run alone would give them. */
export function split(tensors, n) {
  const parts = Array.from({ length: n }, () => new Map());
  for (const [name, tensor] of tensors) {
    const dot = name.lastIndexOf(".");
    const run = dot < 0 ? NaN : Number(name.slice(dot + 1));
    if (run < n) parts[run].set(name.slice(0, dot), tensor);
    else if (dot < 0) for (const part of parts) part.set(name, tensor);
  }
  return parts;
}

class Panel {
  constructor({ t, run, onRemove }) {
    Object.assign(this, { t, run, tensors: new Map() });
    this.stage = new Stage({ t, onResize: () => this.repaint() });
    this.letter = el("b", { class: "cmp-letter" });
    this.title = el("span", { class: "cmp-title", "data-testid": `cmp-title-${run}` });
    this.alone = el("a", { class: "cmp-alone", target: "_blank", rel: "noopener", title: t("cmp_alone"), "aria-label": t("cmp_alone"), "data-testid": `cmp-open-${run}` }, [icon("open")]);
    this.away = run === 0 ? null : button("gl-quiet cmp-away", { tip: t("cmp_remove"), iconName: "close", testid: `cmp-remove-${run}`, onclick: () => onRemove(run) });
    this.over = el("p", { class: "cmp-over", hidden: true, role: "status", "data-testid": `cmp-over-${run}` });
    this.shares = new Shares({ t });
    this.verdict = el("b", { class: "cmp-verdict" });
    this.reading = el("span", { class: "cmp-short" });
    this.notice = el("small", { class: "cmp-notice", hidden: true });
    this.box = el("section", { class: "cmp-panel", "data-testid": `cmp-panel-${run}` }, [
      el("header", { class: "cmp-head" }, [this.letter, this.title, this.alone, ...(this.away ? [this.away] : [])]),
      el("div", { class: "cmp-stage" }, [this.stage.box, this.over]),
      el("p", { class: "cmp-foot" }, [this.verdict, this.reading]), this.shares.box, this.notice,
    ]);
  }

  name({ letter, title, detail, link }, removable) {
    this.alone.href = link;
    this.words = { letter, title };
    setText(this.letter, letter);
    setText(this.title, title);
    this.title.title = detail;
    this.box.setAttribute("aria-label", this.t("cmp_run", { letter, title }));
    if (this.away) this.away.hidden = !removable;
  }

  configure({ dim, theme, layers }) {
    if (!theme) return;
    this.theme = theme;
    this.box.style.setProperty("--cmp-ink", ink(this.run, theme));
    this.stage.configure({ dim, height: TALL[dim], theme, t: this.t, layers, compact: true });
    this.shares.setTheme(theme);
    this.repaint();
  }

  point(place) {
    this.stage.pointer = place;
    this.repaint();
  }

  update(info, run, tensors, speak) {
    this.stage.update({ info: { bounds: info.bounds, q_method: run.q_method }, tensors });
    if (this.stage.visible) this.stage.paint();
    if (tensors.has("share")) this.shares.show(tensors.get("share").data, tensors.get("weights").data);
    const state = run.state === "diverged" || run.state === "catching_up" ? run.state : "";
    if (speak || state !== this.state) this.speak(info, run, state);
  }

  speak(info, run, state) {
    const { t } = this;
    this.state = state;
    this.box.dataset.state = run.state;
    this.over.hidden = !state;
    if (state) setText(this.over, t(`cmp_${state}`, { n: count(run.step), total: count(info.step) }));
    const code = run.diagnosis;
    setText(this.verdict, code ? t(`diagnosis_${code}`, {}, code) : "–");
    this.verdict.title = code ? t(`diagnosis_${code}_why`, {}, "") : "";
    this.box.dataset.code = code ?? "";
    setText(this.reading, this.short(run.metrics ?? {}));
    this.notice.hidden = !run.notice || run.notice === "diverged";
    if (run.notice) setText(this.notice, t(`notice_${run.notice}`, {}, run.notice));
    if (this.words) {
      this.stage.canvas.setAttribute("aria-label", t("cmp_stage", { ...this.words, step: count(run.step), reading: `${this.verdict.textContent} ${this.reading.textContent}` }));
    }
  }

  short(metrics) {
    const { t } = this;
    const value = (name) => number(metrics[name]);
    if (metrics.modes_total > 0) {
      return `${t("cmp_modes", { n: metrics.modes, total: metrics.modes_total })} · ${t("cmp_good", { value: percent(value("high_quality")) })}`;
    }
    if ("precision" in metrics) return `${t("cmp_precision", { value: percent(value("precision")) })} · ${t("cmp_recall", { value: percent(value("recall")) })}`;
    return "";
  }

  repaint() {
    this.again ??= requestAnimationFrame(() => {
      this.again = null;
      if (this.box.isConnected) this.stage.paint();
    });
  }

  clear() {
    this.stage.clear();
    this.shares.clear();
  }

  destroy() {
    this.stage.destroy();
    this.box.remove();
  }
}
