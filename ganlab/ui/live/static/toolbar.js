// Play, single steps, speed, slow motion, restart, new seed, link.

import { button, el, icon, setText } from "./dom.js";
import { count } from "./format.js";

const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, null]; // steps a second; null is full speed
const FULL = SPEEDS.length - 1;
const SLOW = [0.1, 0.2, 0.5, 1, 2, 5]; // in slow motion
const READABLE = 1; // notch of SLOW at which a caption can be read: D and G have two and a half seconds each
const SETTLE = 1500; // ms in which frames may still tell of the speed before the last change
const SEEDS = 10000; // new seeds stay short enough to read aloud

export class Toolbar {
  /** `send(command)` to the run; `emit(event, value)` to the page. */
  constructor({ t, send, emit }) {
    Object.assign(this, { t, send, emit, running: false, slow: false, notch: FULL, changed: 0 });
    this.play = button("gl-play", { label: t("play"), tip: t("play_tip"), iconName: "play", testid: "ganlab-play", onclick: () => this.toggle() });
    this.steps = el("div", { class: "gl-group", role: "group" }, ["d", "g", "both"].map((what) => this.stepButton(what)));
    this.fullOnly = [this.steps, this.speedControl(), this.slowControl(), this.startControls()];
    this.box = el("div", { class: "gl-toolbar", role: "toolbar", "aria-label": t("toolbar") }, [this.play, ...this.fullOnly]);
    this.caption = el("p", { class: "gl-caption", hidden: true, "aria-live": "polite", "data-testid": "ganlab-caption" });
  }

  stepButton(what) {
    return button("gl-step", {
      label: this.t(`step_${what}`), tip: this.t(`step_${what}_tip`), testid: `ganlab-step-${what}`, onclick: () => this.step(what),
    });
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

  slowControl() {
    this.slowBox = el("input", { type: "checkbox", "data-testid": "ganlab-slow", onchange: () => this.setSlow(this.slowBox.checked) });
    return el("label", { class: "gl-switch", title: this.t("slow_tip") }, [this.slowBox, el("span", { text: this.t("slow") })]);
  }

  startControls() {
    const { t } = this;
    const make = (name, iconName, onclick) => button("gl-quiet", { label: t(name), tip: t(`${name}_tip`), iconName, testid: `ganlab-${name.replace("_", "-")}`, onclick });
    this.copy = make("link", "link", () => this.copyLink());
    this.copy.dataset.testid = "ganlab-copy-link";
    this.newSeed = make("new_seed", "dice", () => this.emit("new_seed", Math.floor(Math.random() * SEEDS)));
    this.newSeed.dataset.testid = "ganlab-new-seed";
    this.said = el("span", { class: "gl-said", role: "status" });
    return el("div", { class: "gl-group gl-end" }, [make("restart", "restart", () => this.restart()), this.newSeed, this.copy, this.said]);
  }

  configure({ control, link, compact }) {
    this.link = link;
    this.control = control;
    for (const part of this.fullOnly) part.hidden = compact;
    this.copy.hidden = !link;
    for (const node of this.box.querySelectorAll("button, input")) node.disabled = !control && node !== this.copy;
    this.box.title = control ? "" : this.t("view_only");
  }

  update({ state, phase, backend, per_second: speed, halves }) {
    this.backend = backend;
    this.show(state === "running");
    if (halves !== undefined && performance.now() - this.changed > SETTLE) this.adopt(speed, halves);
    if (this.slow) setText(this.caption, this.t(phase === "d" || phase === "g" ? `slow_${phase}` : "slow_wait"));
    this.caption.dataset.phase = phase ?? "";
  }

  show(running) {
    if (running === this.running && this.shown) return;
    this.shown = true;
    this.running = running;
    const name = running ? "pause" : "play";
    this.play.replaceChildren(icon(name), el("span", { text: this.t(name) }));
    this.play.setAttribute("aria-pressed", String(running));
  }

  toggle() {
    if (!this.control || !this.send({ type: this.running ? "pause" : "play" })) return;
    this.show(!this.running); // at once; the next frame confirms or corrects it
  }

  step(what) {
    if (this.control && this.send({ type: "step", what })) this.show(false);
  }

  restart() {
    this.send({ type: "restart", seed: null });
  }

  get speeds() {
    return this.slow ? SLOW : SPEEDS;
  }

  /** The speed that the run has: set by another viewer, or before this page was loaded. */
  adopt(speed, halves) {
    if (halves !== this.slow) this.enter(halves);
    const notch = this.speeds.indexOf(speed);
    if (notch < 0 || notch === this.notch) return;
    this.notch = notch;
    this.showSpeed();
  }

  setNotch(notch) {
    this.notch = notch;
    this.changed = performance.now();
    this.showSpeed();
    clearTimeout(this.pending); // while the slider moves, one message per pause of the hand
    this.pending = setTimeout(() => this.sendSpeed(), 120);
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

  /** Slow motion has a scale of its own, and gives the former speed back at its end. */
  setSlow(slow) {
    this.changed = performance.now();
    this.enter(slow);
    this.sendSpeed();
  }

  enter(slow) {
    if (slow) this.before = this.notch;
    this.slow = slow;
    this.slowBox.checked = slow;
    this.notch = slow ? READABLE : this.before ?? FULL;
    this.caption.hidden = !slow;
    setText(this.caption, this.t("slow_wait"));
    this.showSpeed();
  }

  /** After a reconnect to a fresh run the server knows nothing of the speed chosen here. */
  resend() {
    if (this.control && (this.notch !== FULL || this.slow)) this.sendSpeed();
  }

  /** The link names the backend that the run is on, so that it shows the same run elsewhere. */
  address() {
    const address = new URL(this.link, document.baseURI);
    if (this.backend && address.searchParams.get("backend") === "auto") address.searchParams.set("backend", this.backend);
    return address;
  }

  async copyLink() {
    const { href: address } = this.address();
    try {
      await navigator.clipboard.writeText(address);
      setText(this.said, this.t("link_copied"));
      setTimeout(() => setText(this.said, ""), 2500);
    } catch {
      window.prompt(this.t("link_failed"), address); // no clipboard outside https
    }
  }
}
