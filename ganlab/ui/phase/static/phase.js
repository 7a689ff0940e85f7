// The page "Phase diagram": the map of a watched trial (see watch.js for what `api` has).

import { button, el, setText } from "./dom.js";
import { count } from "./format.js";
import { number } from "./frame.js";
import { PhaseCard } from "./phasecard.js";
import { PhaseMap } from "./phasemap.js";
import { METRICS, PhaseModel } from "./phasemodel.js";
import { savingButtons } from "./phasesaving.js";
import { LOOKS, metricName, scaleOf } from "./phasescale.js";
import { PhaseTime } from "./phasetime.js";
import { stylesheet } from "./styles.js";

const LAYERS = ["history", "points"];
const PAINT_EVERY = 120; // ms, while readings come in
const MINUTES = 100; // seconds that are said as such

export async function start(api) {
  await stylesheet(api.data.assets, "phase.css");
  const view = new PhaseView(api);
  api.layers(LAYERS);
  api.onFrame((info, tensors) => view.take(info, tensors));
  api.onData(() => {
    api.history.clear(); // all rows again, for the new picture
    view.begin();
    api.layers(LAYERS);
  });
  api.onTheme(() => view.paint());
  api.onClear(() => view.clear());
  api.onEnd(() => view.destroy());
}

class PhaseView {
  constructor(api) {
    Object.assign(this, { api, t: api.t, touch: window.matchMedia("(hover: none)").matches });
    this.root = el("div", { class: "phase gl", "data-testid": "phase" });
    api.host.append(this.root);
    this.begin();
  }

  /** Another map: axes, seeds or cells are others. */
  begin() {
    const { t, api } = this;
    const { data } = api;
    this.map?.destroy();
    this.columns = data.axes[0].shown.length;
    this.rows = data.axes[1]?.shown.length ?? 1;
    this.model = new PhaseModel({ cells: this.columns * this.rows, seeds: data.seeds.length, dim: data.dim, refused: new Set(Object.keys(data.refused).map(Number)) });
    const names = METRICS.filter((name) => LOOKS[name].needs !== "modes" || data.modes);
    this.metric = [data.metric, this.metric, names[0]].find((name) => names.includes(name));
    this.choice = el("select", { class: "phase-select", "data-testid": "phase-metric", onchange: () => this.setMetric(this.choice.value) },
      names.map((name) => el("option", { value: name, selected: name === this.metric, text: metricName(t, name, data.dim) })));
    this.time = new PhaseTime({ t, onChange: () => this.paint() });
    this.map = new PhaseMap({ onMark: () => this.showCell(), onChoose: (cell, byTouch) => this.choose(cell, byTouch || this.touch) });
    this.card = new PhaseCard({ t, data, model: this.model, onOpen: (cell, seed) => this.open(cell, seed) });
    this.layOut();
    this.paint();
  }

  layOut() {
    const { t } = this;
    this.cancel = button("gl-quiet", { label: t("phase_cancel"), tip: t("phase_cancel_tip"), iconName: "close", testid: "phase-cancel", onclick: () => this.api.send({ type: "stop" }) });
    this.progress = el("p", { class: "phase-small", "data-testid": "phase-progress", role: "status" });
    this.meaning = el("p", { class: "phase-small", "data-testid": "phase-meaning" });
    this.legend = el("p", { class: "phase-small phase-legend" }, ["lost", "refused", "unread"].map((name) => this.key(name)));
    const saving = savingButtons({ t, current: () => this.current });
    const head = el("div", { class: "phase-head" }, [el("label", { class: "phase-field" }, [el("span", { text: t("phase_metric") }), this.choice]), this.progress, this.cancel]);
    const left = el("div", { class: "phase-left" }, [this.meaning, this.map.box, this.legend, this.time.box, saving]);
    this.root.replaceChildren(head, el("div", { class: "phase-main" }, [left, this.card.box]));
  }

  key(name) {
    const texts = { lost: "phase_diverged", refused: "phase_refused", unread: "phase_unread" };
    return el("span", { class: "phase-key", "data-kind": name }, [el("i", { "aria-hidden": "true" }), this.t(texts[name])]);
  }

  // ------------------------------------------------------------ frames

  take(info, tensors) {
    const { model } = this;
    if (info.schedule.length && String(info.schedule) !== String(model.schedule)) model.begin(info.schedule);
    const rows = tensors.get("history");
    if (rows) model.add(rows, tensors.get("points"), info.history_from);
    if (rows && model.count < info.count && rows.shape[0]) this.api.layers(LAYERS); // more has come already: ask at once
    this.info = info;
    this.card.frame = info.frame.map((ends) => ends.map(number));
    this.time.set(model.schedule, model.complete);
    this.tell(info);
    this.paintSoon(info.state !== "running");
  }

  /** How far it is, in words. */
  tell(info) {
    const { t } = this;
    const left = number(info.left);
    const parts = [];
    if (!info.count && info.state === "running") parts.push(t("phase_waiting", { n: count(this.model.cells * this.model.seeds) }));
    if (info.state === "running" && Number.isFinite(left)) parts.push(t("phase_left", { time: this.duration(left) }));
    if (info.diverged) parts.push(t("phase_lost", { n: count(info.diverged), total: count((this.model.cells - this.model.refused.size) * this.model.seeds) }));
    if (info.state !== "finished") parts.push(t(info.compiling ? "phase_compiling" : `phase_${info.backend}`, {}, info.backend));
    setText(this.progress, parts.join(" · "));
    this.cancel.hidden = !["running", "paused"].includes(info.state);
    this.cancel.disabled = !this.api.data.control;
  }

  duration(seconds) {
    if (seconds < MINUTES) return this.t("phase_seconds", { n: Math.max(1, Math.round(seconds)) });
    return seconds < 60 * MINUTES ? this.t("phase_minutes", { n: Math.round(seconds / 60) }) : this.t("phase_hours", { n: Math.round(seconds / 3600) });
  }

  clear() {
    this.model.begin(this.model.schedule);
    this.time.set(this.model.schedule, -1);
    this.paint();
  }

  // ------------------------------------------------------------ the picture

  paintSoon(now) {
    const since = performance.now() - (this.painted ?? -Infinity);
    clearTimeout(this.later);
    if (now || since >= PAINT_EVERY) this.paint();
    else this.later = setTimeout(() => this.paint(), PAINT_EVERY - since);
  }

  paint() {
    if (this.gone) return;
    this.painted = performance.now();
    const { api, t, model, metric } = this;
    const { data, theme } = api;
    const { perfect } = this;
    this.scale = scaleOf(metric, model, data, perfect);
    this.map.show({ axes: data.axes, columns: this.columns, rows: this.rows, model, metric, scale: this.scale, moment: this.time.moment, theme, perfect });
    this.map.canvas.setAttribute("aria-label", t("phase_map", { metric: metricName(t, metric, data.dim) }));
    this.describe();
    this.showCell();
  }

  /** What a perfect sampler scores in the metric that is shown, if that is known. */
  get perfect() {
    const value = this.info?.perfect?.[this.metric];
    return value === undefined ? undefined : number(value);
  }

  describe() {
    const { t, metric, model, perfect } = this;
    const { better, text } = LOOKS[metric];
    const parts = [t(`phase_${metric}_tip`), t(`phase_better_${better ?? "none"}`)];
    if (perfect !== undefined) parts.push(t("phase_perfect", { value: text(perfect) }));
    setText(this.meaning, parts.join(" "));
    const states = new Set(Array.from({ length: model.cells }, (_, k) => model.cell(k, metric, this.time.moment).state));
    for (const key of this.legend.children) key.hidden = !states.has(key.dataset.kind);
  }

  showCell() {
    const { theme } = this.api;
    const cell = this.map.marked ?? this.map.chosen;
    this.card.show(cell, { metric: this.metric, moment: this.time.moment, theme, scale: this.scale, control: this.api.data.control, touch: this.touch });
  }

  setMetric(name) {
    this.metric = name;
    this.paint();
  }

  get current() {
    const { t, model, metric, time, perfect } = this;
    const step = time.shown < 0 ? "–" : count(model.schedule[time.shown]);
    return { t, data: this.api.data, model, metric, moment: time.moment, theme: this.api.theme, step, perfect };
  }

  // ------------------------------------------------------------ opening a GAN

  /** A click opens the first seed that is still alive; a tap shows the cell, whose pictures can be tapped. */
  choose(cell, byTouch) {
    this.showCell();
    if (byTouch) return;
    const seeds = this.api.data.seeds.map((_, seed) => seed);
    const alive = seeds.find((seed) => {
      const moment = this.model.moment(cell, seed, this.time.moment);
      return this.model.isRead(moment, cell, seed) && !this.model.isLost(moment, cell, seed);
    });
    if (alive !== undefined) this.open(cell, alive);
  }

  open(cell, seed) {
    const moment = this.model.moment(cell, seed, this.time.moment);
    if (moment < 0) return;
    this.map.chosen = cell;
    this.map.repaint();
    this.api.emit("event", { cell, seed, step: this.model.schedule[moment], backend: this.info.backend });
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.later);
    this.map.destroy();
    this.root.remove();
  }
}
