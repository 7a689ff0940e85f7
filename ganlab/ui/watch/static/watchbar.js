// Play, single step, speed, restart, new seed: the toolbar of any watched run.

import { button, el, icon, setText } from "./dom.js";
import { count } from "./format.js";

const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, null]; // steps a second; null is full speed
const FULL = SPEEDS.length - 1;
const SETTLE = 1500; // ms in which frames may still tell of the speed before the last change
const SEEDS = 10000; // new seeds stay short enough to read aloud

export class WatchBar {
  /** `send(command)` to the run; `emit(event, value)` to the page. */
  constructor({ t, send, emit }) {
    Object.assign(this, { t, send, emit, state: null, notch: FULL, changed: -Infinity, chosen: false });
    this.play = button("gl-play", { label: t("play"), tip: t("play_tip"), iconName: "play", testid: "ganlab-play", onclick: () => this.toggle() });
    this.stepButton = button("gl-step", { label: t("step_one"), tip: t("step_one_tip"), iconName: "step", testid: "ganlab-step-both", onclick: () => this.step() });
    this.box = el("div", { class: "gl-toolbar", role: "toolbar", "aria-label": t("toolbar") }, [
      this.play, this.stepButton, this.speedControl(),
      el("div", { class: "gl-group gl-end" }, [
        this.quiet("restart", "restart", () => this.send({ type: "restart", seed: null })),
        this.quiet("new_seed", "dice", () => this.emit("new_seed", Math.floor(Math.random() * SEEDS))),
      ]),
    ]);
  }

  quiet(name, iconName, onclick) {
    const { t } = this;
    return button("gl-quiet", { label: t(name), tip: t(`${name}_tip`), iconName, testid: `ganlab-${name.replace("_", "-")}`, onclick });
  }

  speedControl() {
    const { t } = this;
    this.slider = el("input", {
      type: "range", min: 0, max: FULL, step: 1, class: "gl-slider", "aria-label": t("speed_tip"), "data-testid": "ganlab-speed",
      oninput: () => this.setNotch(Number(this.slider.value)),
    });
    this.speedText = el("output", { class: "gl-speed-value", "data-testid": "ganlab-speed-value" });
    this.showSpeed();
    return el("label", { class: "gl-speed", title: t("speed_tip") }, [el("span", { text: t("speed") }), this.slider, this.speedText]);
  }

  configure({ control }) {
    this.control = control;
    for (const node of this.box.querySelectorAll("button, input")) node.disabled = !control;
    this.box.title = control ? "" : this.t("view_only");
  }

  update({ state, per_second: speed }) {
    this.show(state);
    if (speed !== undefined && performance.now() - this.changed > SETTLE) this.adopt(speed);
  }

  show(state) {
    if (state === this.state) return;
    this.state = state;
    const [name, iconName] = state === "running" ? ["pause", "pause"] : state === "finished" ? ["again", "restart"] : ["play", "play"];
    this.play.replaceChildren(icon(iconName), el("span", { text: this.t(name) }));
    this.play.setAttribute("aria-label", this.t(state === "finished" ? "restart_tip" : "play_tip"));
    this.play.setAttribute("aria-pressed", String(state === "running"));
    this.stepButton.disabled = !this.control || state === "finished";
  }

  toggle() {
    if (!this.control) return;
    if (this.state === "finished") this.send({ type: "restart", seed: null });
    else if (this.send({ type: this.state === "running" ? "pause" : "play" })) this.show(this.state === "running" ? "paused" : "running");
  }

  step() {
    if (this.control && this.state !== "finished" && this.send({ type: "step", what: "both" })) this.show("paused");
  }

  /** The speed that the run has: its kind's own, set by another viewer, or before this page was loaded. */
  adopt(speed) {
    const notch = SPEEDS.indexOf(speed);
    if (notch < 0 || notch === this.notch) return;
    this.notch = notch;
    this.showSpeed();
  }

  setNotch(notch) {
    this.notch = notch;
    this.chosen = true;
    this.changed = performance.now();
    this.showSpeed();
    clearTimeout(this.pending); // while the slider moves, one message per pause of the hand
    this.pending = setTimeout(() => this.sendSpeed(), 120);
  }

  showSpeed() {
    const speed = SPEEDS[this.notch];
    const text = speed === null ? this.t("speed_full") : this.t("speed_value", { n: count(speed) });
    setText(this.speedText, text);
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.value = this.notch;
  }

  sendSpeed() {
    this.send({ type: "speed", per_second: SPEEDS[this.notch], halves: false });
  }

  /** A new run, or one that began again with its worker, knows nothing of the speed chosen here. */
  resend() {
    if (this.control && this.chosen) this.sendSpeed();
  }
}
