// What the run is at, as text: state, step, speed, seed.

import { el, setText } from "./dom.js";
import { count, rate } from "./format.js";
import { number } from "./frame.js";

const LINE = ["step", "rate", "seed"];
const TEXT_EVERY = 120; // ms between changes of the numbers: faster ones cannot be read

export class WatchStatus {
  constructor({ t }) {
    Object.assign(this, { t, at: -Infinity, values: {} });
    this.state = el("span", { class: "gl-state", "data-testid": "ganlab-state", "data-state": "connecting", text: t("state_connecting") });
    this.bar = el("progress", { class: "gl-progress", max: 1, value: 0, "aria-label": t("progress"), "data-testid": "ganlab-progress", hidden: true });
    this.line = el("p", { class: "gl-line", "aria-label": t("status") }, [this.state, ...LINE.map((name) => this.item(name)), this.bar]);
  }

  item(name) {
    const value = el("b", { "data-testid": `ganlab-${name}`, text: "–" });
    this.values[name] = value;
    const label = el("span", { text: this.t(name) });
    return el("span", { class: `gl-item gl-item-${name}` }, name === "rate" ? [value, " ", label] : [label, " ", value]);
  }

  update(info) {
    const now = performance.now();
    if (now - this.at < TEXT_EVERY && info.state === this.shown) return;
    this.at = now;
    const { values, t } = this;
    const { step, steps, state, seed } = info;
    setText(values.step, steps > 0 ? t("step_of", { n: count(step), total: count(steps) }) : count(step));
    setText(values.rate, state === "running" ? rate(number(info.rate)) : "0");
    setText(values.seed, String(seed ?? "–"));
    const done = info.done ?? (steps > 0 ? step / steps : NaN);
    this.bar.hidden = !Number.isFinite(done);
    if (Number.isFinite(done)) this.bar.value = state === "finished" ? 1 : Math.min(1, done); // it may be over before
    this.showState(state);
  }

  showState(state) {
    this.shown = state;
    setText(this.state, this.t(`state_${state}`, {}, state ?? "–"));
    this.state.dataset.state = state ?? "";
  }
}
