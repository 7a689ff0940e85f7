// The time of the map: a slider over its moments, which follows the training until it is dragged.

import { el, setText } from "./dom.js";
import { count } from "./format.js";

export class PhaseTime {
  /** `onChange(moment | null)`: null follows. */
  constructor({ t, onChange }) {
    Object.assign(this, { t, onChange, moment: null, schedule: [], complete: -1 });
    this.slider = el("input", {
      type: "range", min: 0, max: 0, step: 1, value: 0, class: "gl-slider", "aria-label": t("phase_time_tip"), title: t("phase_time_tip"),
      "data-testid": "phase-time", oninput: () => this.go(Number(this.slider.value)),
    });
    this.text = el("output", { class: "phase-step", "data-testid": "phase-step" });
    this.follow = el("input", { type: "checkbox", checked: true, "data-testid": "phase-follow", onchange: () => this.go(this.follow.checked ? null : Math.max(0, this.complete)) });
    this.box = el("div", { class: "phase-time" }, [
      el("label", { class: "phase-slider" }, [el("span", { text: t("phase_time") }), this.slider, this.text]),
      el("label", { class: "gl-chip", title: t("phase_live_tip") }, [this.follow, el("span", { text: t("phase_live") })]),
    ]);
  }

  /** How far the map is: the steps of its moments, and the latest that all have reached. */
  set(schedule, complete) {
    const more = complete !== this.complete || schedule.length !== this.schedule.length;
    Object.assign(this, { schedule, complete });
    if (more) this.show();
  }

  go(moment) {
    this.moment = moment === null ? null : Math.min(moment, Math.max(0, this.complete));
    this.show();
    this.onChange(this.moment);
  }

  /** The moment that the texts are of. */
  get shown() {
    return this.moment ?? this.complete;
  }

  show() {
    this.follow.checked = this.moment === null;
    this.slider.max = Math.max(0, this.schedule.length - 1);
    this.slider.value = Math.max(0, this.shown);
    const text = this.shown < 0 ? "–" : count(this.schedule[this.shown]);
    setText(this.text, text);
    this.slider.setAttribute("aria-valuetext", this.t("phase_at", { step: text }));
  }
}
