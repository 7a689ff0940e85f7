// What acts on all runs beside the toolbar: one step of D or of G, slow motion, and the way back.

import { button, el, setText } from "./dom.js";
import { count } from "./format.js";
import { SETTLE } from "./runbar.js";

const SLOW = 0.5; // iterations a second: D and G have a second each
const UNANSWERED = 400; // ms in which frames may still be of the step before
const LATEST = Number.MAX_SAFE_INTEGER;
const ACTS = { earlier: -1, later: 1 };

export class CompareBar {
  constructor({ t, send }) {
    Object.assign(this, { t, send, info: null, wanted: null, sent: null, resume: false, asked: -Infinity, changed: -Infinity });
    const steps = el("div", { class: "gl-group", role: "group" }, ["d", "g"].map((what) => this.stepButton(what)));
    this.box = el("div", { class: "gl-toolbar cmp-bar", role: "toolbar", "aria-label": t("cmp_bar") }, [steps, this.slowControl(), this.past()]);
    this.caption = el("p", { class: "gl-caption", hidden: true, "aria-live": "polite", "data-testid": "ganlab-caption" });
  }

  stepButton(what) {
    const { t } = this;
    return button("gl-step", { label: t(`step_${what}`), tip: t(`step_${what}_tip`), testid: `ganlab-step-${what}`, onclick: () => this.step(what) });
  }

  slowControl() {
    const { t } = this;
    this.slow = el("input", { type: "checkbox", "data-testid": "ganlab-slow", onchange: () => this.setSlow(this.slow.checked) });
    return el("label", { class: "gl-switch", title: t("slow_tip") }, [this.slow, el("span", { text: t("slow") })]);
  }

  past() {
    const { t } = this;
    const arrow = (name, iconName, act) => button("gl-quiet cmp-arrow", { tip: t(`cmp_${name}`), iconName, testid: `cmp-${name}`, onclick: act });
    this.slider = el("input", {
      type: "range", min: 0, max: 0, step: 1, class: "gl-slider cmp-slider", "aria-label": t("cmp_past_tip"), "data-testid": "cmp-past",
      onpointerdown: () => this.grab(), onpointerup: () => this.release(), onpointercancel: () => this.release(),
      oninput: () => this.drag(),
    });
    this.at = el("output", { class: "gl-speed-value cmp-at", "data-testid": "cmp-at" });
    return el("div", { class: "cmp-past", role: "group", "aria-label": t("cmp_past") }, [
      arrow("start", "first", () => this.seek(0)), arrow("earlier", "earlier", () => this.jump(-1)),
      el("label", { class: "cmp-track", title: t("cmp_past_tip") }, [this.slider]),
      arrow("later", "later", () => this.jump(1)), arrow("latest", "last", () => this.seek(LATEST)), this.at,
    ]);
  }

  // ------------------------------------------------------------ what frames say

  /** Places of the slider: the moments that are kept, and the step that is shown. */
  update(info) {
    this.info = info;
    this.sent = null; // whatever was asked for: the next may go out
    const { moments = [], step, furthest } = info;
    const last = Math.max(furthest, step);
    this.places = moments.at(-1) === last ? moments : [...moments, last];
    if (!this.held) this.place(step);
    if (performance.now() - this.changed > SETTLE) this.slow.checked = Boolean(info.halves);
    this.caption.hidden = !info.halves;
    if (info.halves) setText(this.caption, this.t(info.phase ? `slow_${info.phase}` : "slow_wait"));
    this.caption.dataset.phase = info.phase ?? "";
    if (this.wanted !== null) this.deliver();
  }

  place(step) {
    const { places, slider, t } = this;
    const index = places.findLastIndex((place) => place <= step);
    slider.max = places.length - 1;
    slider.value = index;
    this.say(step);
    slider.setAttribute("aria-valuetext", t("cmp_at", { n: count(step) }));
  }

  say(step) {
    const total = this.places.at(-1);
    setText(this.at, step < total ? this.t("cmp_at_of", { n: count(step), total: count(total) }) : this.t("cmp_at", { n: count(step) }));
  }

  // ------------------------------------------------------------ what a viewer does

  step(what) {
    return this.send({ type: "step", what });
  }

  setSlow(slow) {
    this.changed = performance.now();
    this.send({ type: "speed", per_second: slow ? SLOW : null, halves: slow });
  }

  grab() {
    this.held = true;
    this.resume = this.info?.state === "running";
  }

  drag() {
    this.say(this.places[Number(this.slider.value)]);
    this.seek(this.places[Number(this.slider.value)]);
  }

  /** The keys are for single steps again. */
  release() {
    this.held = false;
    this.slider.blur();
    if (this.resume && this.moved) this.send({ type: "play" });
    this.resume = this.moved = false;
  }

  jump(direction) {
    if (!this.places) return false;
    const from = performance.now() - this.asked < UNANSWERED ? this.goal : this.info.step;
    const here = this.places.findLastIndex((place) => place <= from);
    const exact = this.places[here] === from;
    const index = direction < 0 && !exact ? here : here + direction;
    return this.seek(this.places[Math.max(0, Math.min(this.places.length - 1, index))]);
  }

  /** One request at a time; while it is under way, only the latest wish counts. */
  seek(step) {
    this.moved = true;
    Object.assign(this, { wanted: step, goal: this.places?.findLast((place) => place <= step), asked: performance.now() });
    if (this.sent === null) this.deliver();
    return true;
  }

  deliver() {
    const step = this.wanted;
    this.wanted = null;
    if (this.send({ type: "seek", step })) this.sent = step;
  }

  act(action) {
    if (action in ACTS) return this.jump(ACTS[action]);
    return this.step(action);
  }
}
