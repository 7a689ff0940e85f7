// What the toolbar of any run has: play, a speed, restart, new seed. `Toolbar` adds what a GAN has, `WatchBar` what any
// other watched run has. A subclass builds `box` from these parts, and has
//
//   toggle(), step(what)      what the buttons and the keys do
//   ownSpeed                  whether the speed shown here is one that a run that begins anew does not have

import { button, el, icon, setText } from "./dom.js";
import { count } from "./format.js";

const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, null]; // steps a second; null is full speed
export const FULL = SPEEDS.length - 1;
export const SETTLE = 1500; // ms in which frames may still tell of the speed before the last change
const PAUSE = 120; // ms: while the slider moves, one message per pause of the hand
const SEEDS = 10000; // new seeds stay short enough to read aloud

export class RunBar {
  /** `send(command)` to the run; `emit(event, value)` to the page. */
  constructor({ t, send, emit }) {
    Object.assign(this, { t, send, emit, slow: false, notch: FULL, changed: -Infinity });
    this.play = button("gl-play", { label: t("play"), tip: t("play_tip"), iconName: "play", testid: "ganlab-play", onclick: () => this.toggle() });
    this.speed = this.speedControl();
  }

  toolbar(parts) {
    return el("div", { class: "gl-toolbar", role: "toolbar", "aria-label": this.t("toolbar") }, parts);
  }

  quiet(name, iconName, onclick) {
    const { t } = this;
    return button("gl-quiet", { label: t(name), tip: t(`${name}_tip`), iconName, testid: `ganlab-${name.replace("_", "-")}`, onclick });
  }

  /** Another beginning, with the same seed or a new one; `more` stands behind. */
  startControls(more) {
    return el("div", { class: "gl-group gl-end" }, [
      this.quiet("restart", "restart", () => this.restart()),
      this.quiet("new_seed", "dice", () => this.emit("new_seed", Math.floor(Math.random() * SEEDS))),
      ...more,
    ]);
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

  /** Who may only watch gets buttons that do nothing, all but `useful`. */
  allow(control, useful) {
    this.control = control;
    for (const node of this.box.querySelectorAll("button, input")) node.disabled = !control && node !== useful;
    this.box.title = control ? "" : this.t("view_only");
  }

  /** What the play button does next: the key of its text, its icon, and whether the run is running. */
  face(name, iconName, running) {
    this.play.replaceChildren(icon(iconName), el("span", { text: this.t(name) }));
    this.play.setAttribute("aria-pressed", String(running));
  }

  restart() {
    this.send({ type: "restart", seed: null });
  }

  get speeds() {
    return SPEEDS;
  }

  /** Whether frames tell of the speed that was last chosen here. */
  get settled() {
    return performance.now() - this.changed > SETTLE;
  }

  /** The speed that the run has: its kind's own, set by another viewer, or before this page was loaded. */
  adopt(speed) {
    const notch = this.speeds.indexOf(speed);
    if (notch < 0 || notch === this.notch) return;
    this.notch = notch;
    this.showSpeed();
  }

  setNotch(notch) {
    this.notch = notch;
    this.changed = performance.now();
    this.showSpeed();
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.sendSpeed(), PAUSE);
  }

  showSpeed() {
    const speed = this.speeds[this.notch];
    const text = speed === null ? this.t("speed_full") : this.t("speed_value", { n: speed < 1 ? speed : count(speed) });
    setText(this.speedText, text);
    this.slider.max = this.speeds.length - 1;
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.value = this.notch;
  }

  sendSpeed() {
    this.send({ type: "speed", per_second: this.speeds[this.notch], halves: this.slow });
  }

  /** A new run, or one that began again with its worker, knows nothing of the speed chosen here. */
  resend() {
    if (this.control && this.ownSpeed) this.sendSpeed();
  }
}
