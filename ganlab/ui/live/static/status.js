// Step, speed, metrics and diagnosis as text; every number beside what a perfect sampler would read.

import { el, setText } from "./dom.js";
import { count, percent, rate, reading } from "./format.js";
import { number } from "./frame.js";

const LINE = ["step", "rate", "fps", "backend", "device", "seed"];
const CARDS = ["modes", "high_quality", "reverse_kl", "precision", "recall", "distance", "js", "mmd2"];
const TEXTS = new Set(["distance_name", "js_method"]);
const OTHERS = { js: "js_floor", mmd2: "mmd2_floor" }; // distances beside the main one, with their noise floors
const TEXT_EVERY = 2000; // ms between renewals of the stage's text alternative

export class Status {
  constructor({ t, canvas }) {
    Object.assign(this, { t, canvas, described: 0 });
    this.values = {};
    this.state = el("span", { class: "gl-state", "data-testid": "ganlab-state", "data-state": "connecting", text: t("state_connecting") });
    this.line = el("p", { class: "gl-line", "aria-label": t("status") }, [this.state, ...LINE.map((name) => this.item(name))]);
    this.cards = el("div", { class: "gl-cards" }, CARDS.map((name) => this.card(name)));
    this.diagnosis = this.diagnosisBox();
  }

  item(name) {
    const value = el("b", { "data-testid": `ganlab-${name}`, text: "–" });
    this.values[name] = value;
    const label = el("span", { text: this.t(name) });
    const after = name === "rate" || name === "fps";
    return el("span", { class: `gl-item gl-item-${name}` }, after ? [value, " ", label] : [label, " ", value]);
  }

  card(name) {
    const value = el("b", { "data-testid": `ganlab-${name.replace("_", "-")}`, text: "–" });
    const title = el("span", { class: "gl-card-title", text: this.t(name in OTHERS ? `distance_${name}` : name) });
    const note = el("small", { "data-testid": `ganlab-${name.replace("_", "-")}-reference` });
    const box = el("div", { class: "gl-card", title: this.t(`${name in OTHERS ? "distance" : name}_tip`), hidden: true }, [title, value, note]);
    this.values[`card_${name}`] = { box, title, value, note };
    return box;
  }

  diagnosisBox() {
    this.diagnosisTitle = el("b", { "data-testid": "ganlab-diagnosis-title" });
    this.diagnosisWhy = el("span");
    this.diagnosisTry = el("span", { class: "gl-try" });
    return el("div", { class: "gl-diagnosis", role: "status", "aria-label": this.t("diagnosis"), "data-testid": "ganlab-diagnosis", hidden: true },
      [this.diagnosisTitle, this.diagnosisWhy, this.diagnosisTry]);
  }

  configure({ compact }) {
    this.cards.hidden = compact;
    this.compact = compact;
    if (compact) this.diagnosis.hidden = true;
  }

  update({ info }, now) {
    this.showLine(info);
    this.showMetrics(info.metrics ?? {});
    this.showDiagnosis(info.diagnosis);
    if (now - this.described > TEXT_EVERY) {
      this.described = now;
      this.describe(info);
    }
  }

  showLine({ step, until, rate: speed, backend, compiling, device, seed, state }) {
    const { values, t } = this;
    setText(values.step, until ? t("step_of", { n: count(step), total: count(until) }) : count(step)); // on its way there
    setText(values.rate, state === "running" ? rate(number(speed)) : "0");
    const name = t(`backend_${backend}`, {}, backend ?? "–");
    setText(values.backend, compiling ? t("compiling", { backend: name }) : name);
    setText(values.device, String(device ?? "–"));
    setText(values.seed, String(seed ?? "–"));
    this.showState(state);
  }

  showState(state) {
    setText(this.state, this.t(`state_${state}`, {}, state ?? "–"));
    this.state.dataset.state = state ?? "";
  }

  showFps(value) {
    setText(this.values.fps, rate(value));
  }

  put(name, text, note = "") {
    const { box, value, note: small } = this.values[`card_${name}`];
    box.hidden = text === null;
    if (text === null) return;
    setText(value, text);
    setText(small, note);
  }

  showMetrics(metrics) {
    const { t } = this;
    const m = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, TEXTS.has(name) ? value : number(value)]));
    const beside = (value, format) => (value === undefined || Number.isNaN(value) ? "" : t("perfect", { value: format(value) }));
    const modal = m.modes_total > 0;
    this.put("modes", modal ? `${m.modes}/${m.modes_total}` : null);
    this.put("high_quality", modal ? percent(m.high_quality) : null, beside(m.high_quality_perfect, percent));
    this.put("reverse_kl", modal ? t("nats", { value: reading(m.reverse_kl) }) : null, beside(m.reverse_kl_perfect, reading));
    this.put("precision", !modal && "precision" in m ? percent(m.precision) : null, beside(m.precision_perfect, percent));
    this.put("recall", !modal && "recall" in m ? percent(m.recall) : null, beside(m.recall_perfect, percent));
    this.showDistance(m);
  }

  showDistance(m) {
    const { t } = this;
    const name = m.distance_name;
    const put = (card, value, floor) => {
      const method = card === "js" && m.js_method ? [t(`js_${m.js_method}`, {}, m.js_method)] : [];
      const notes = [...method, ...(floor > 0 ? [t("floor", { value: reading(floor) })] : [])];
      this.put(card, Number.isNaN(value ?? NaN) ? null : reading(value), notes.join(" · "));
    };
    setText(this.values.card_distance.title, name ? t(`distance_${name}`, {}, t("distance")) : t("distance"));
    put("distance", m.distance, m.distance_floor);
    for (const [other, floor] of Object.entries(OTHERS)) put(other, other === name ? NaN : m[other], m[floor]);
  }

  showDiagnosis(code) {
    this.diagnosis.hidden = !code || this.compact;
    if (!code || code === this.code) return;
    this.code = code;
    this.diagnosis.dataset.code = code;
    setText(this.diagnosisTitle, this.t(`diagnosis_${code}`, {}, code));
    setText(this.diagnosisWhy, this.t(`diagnosis_${code}_why`, {}, ""));
    setText(this.diagnosisTry, this.t(`diagnosis_${code}_try`, {}, ""));
  }

  /** What the canvas shows, for those who do not see it. */
  describe({ step, state, metrics, diagnosis }) {
    const { t } = this;
    const modes = metrics?.modes_total ? t("stage_modes", { n: metrics.modes, total: metrics.modes_total }) : "";
    this.canvas.setAttribute("aria-label", t("stage_text", {
      step: count(step), state: t(`state_${state}`, {}, state), modes, diagnosis: diagnosis ? t(`diagnosis_${diagnosis}_why`, {}, "") : "",
    }));
  }
}
