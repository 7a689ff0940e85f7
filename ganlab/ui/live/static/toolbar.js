// Play, single steps, speed, slow motion, restart, new seed, link.

import { CopyLink } from "./copylink.js";
import { button, el, setText } from "./dom.js";
import { FULL, RunBar } from "./runbar.js";

const SLOW = [0.1, 0.2, 0.5, 1, 2, 5]; // in slow motion
const READABLE = 1; // notch of SLOW at which a caption can be read: D and G have two and a half seconds each

export class Toolbar extends RunBar {
  constructor(host) {
    super(host);
    const { t } = this;
    this.running = false;
    this.steps = el("div", { class: "gl-group", role: "group" }, ["d", "g", "both"].map((what) => this.stepButton(what)));
    this.copy = new CopyLink({ t, testid: "ganlab-copy-link", address: () => this.address() });
    this.fullOnly = [this.steps, this.speed, this.slowControl(), this.startControls(this.copy.parts)];
    this.box = this.toolbar([this.play, ...this.fullOnly]);
    this.caption = el("p", { class: "gl-caption", hidden: true, "aria-live": "polite", "data-testid": "ganlab-caption" });
  }

  stepButton(what) {
    return button("gl-step", {
      label: this.t(`step_${what}`), tip: this.t(`step_${what}_tip`), testid: `ganlab-step-${what}`, onclick: () => this.step(what),
    });
  }

  slowControl() {
    this.slowBox = el("input", { type: "checkbox", "data-testid": "ganlab-slow", onchange: () => this.setSlow(this.slowBox.checked) });
    return el("label", { class: "gl-switch", title: this.t("slow_tip") }, [this.slowBox, el("span", { text: this.t("slow") })]);
  }

  configure({ control, link, compact }) {
    this.link = link;
    for (const part of this.fullOnly) part.hidden = compact;
    this.copy.button.hidden = !link;
    this.allow(control, this.copy.button);
  }

  update({ state, phase, backend, per_second: speed, halves }) {
    this.backend = backend;
    this.show(state === "running");
    if (halves !== undefined && this.settled) this.adopt(speed, halves);
    if (this.slow) setText(this.caption, this.t(phase === "d" || phase === "g" ? `slow_${phase}` : "slow_wait"));
    this.caption.dataset.phase = phase ?? "";
  }

  show(running) {
    if (running === this.running && this.shown) return;
    this.shown = true;
    this.running = running;
    const name = running ? "pause" : "play";
    this.face(name, name, running);
  }

  toggle() {
    if (!this.control || !this.send({ type: this.running ? "pause" : "play" })) return;
    this.show(!this.running); // at once; the next frame confirms or corrects it
  }

  step(what) {
    if (this.control && this.send({ type: "step", what })) this.show(false);
  }

  get speeds() {
    return this.slow ? SLOW : super.speeds;
  }

  adopt(speed, halves) {
    if (halves !== this.slow) this.enter(halves);
    super.adopt(speed);
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

  /** A GAN runs at full speed to begin with. */
  get ownSpeed() {
    return this.notch !== FULL || this.slow;
  }

  /** The link names the backend that the run is on, so that it shows the same run elsewhere. */
  address() {
    const address = new URL(this.link, document.baseURI);
    if (this.backend && address.searchParams.get("backend") === "auto") address.searchParams.set("backend", this.backend);
    return address.href;
  }
}
