// Play, single step, speed, restart, new seed, link: the toolbar of any watched run.

import { CopyLink } from "./copylink.js";
import { button } from "./dom.js";
import { RunBar } from "./runbar.js";

const FACES = { running: ["pause", "pause"], finished: ["again", "restart"] };

export class WatchBar extends RunBar {
  constructor(host) {
    super(host);
    const { t } = this;
    Object.assign(this, { state: null, chosen: false });
    this.stepButton = button("gl-step", { label: t("step_one"), tip: t("step_one_tip"), iconName: "step", testid: "ganlab-step-both", onclick: () => this.step() });
    this.link = new CopyLink({ t, testid: "ganlab-copy-link", address: () => location.href });
    this.box = this.toolbar([this.play, this.stepButton, this.speed, this.startControls(this.link.parts)]);
  }

  configure({ control }) {
    this.allow(control, this.link.button);
  }

  update({ state, per_second: speed }) {
    this.show(state);
    if (speed !== undefined && this.settled) this.adopt(speed);
  }

  show(state) {
    if (state === this.state) return;
    this.state = state;
    const [name, iconName] = FACES[state] ?? ["play", "play"];
    this.face(name, iconName, state === "running");
    this.play.setAttribute("aria-label", this.t(state === "finished" ? "restart_tip" : "play_tip"));
    this.stepButton.disabled = !this.control || state === "finished";
  }

  toggle() {
    if (!this.control) return;
    if (this.state === "finished") this.restart();
    else if (this.send({ type: this.state === "running" ? "pause" : "play" })) this.show(this.state === "running" ? "paused" : "running");
  }

  step() {
    if (this.control && this.state !== "finished" && this.send({ type: "step", what: "both" })) this.show("paused");
  }

  setNotch(notch) {
    this.chosen = true;
    super.setNotch(notch);
  }

  /** A kind of run has a speed of its own to begin with: only one that was chosen here is sent again. */
  get ownSpeed() {
    return this.chosen;
  }
}
