// One strip for what the viewer must know: connection, messages of the server, notices of the run.

import { button, el, setText } from "./dom.js";

const ERROR_FOR = 12000; // ms that an answer of the server stays

export class Notices {
  constructor({ t, onRenew }) {
    this.t = t;
    this.text = el("span", { "data-testid": "ganlab-notice-text" });
    this.renew = button("gl-quiet", { label: t("renew"), testid: "ganlab-renew", onclick: onRenew });
    this.close = button("gl-quiet gl-close", { tip: t("dismiss"), iconName: "close", testid: "ganlab-notice-close", onclick: () => this.dismiss() });
    this.box = el("div", { class: "gl-notice", role: "status", hidden: true, "data-testid": "ganlab-notice" }, [this.text, this.renew, this.close]);
    this.kind = null;
    this.seen = null;
  }

  /** `kind` groups messages that end together; `lasting` ones cannot be dismissed, `renew` offers a new run. */
  show(kind, text, { lasting = false, renew = false } = {}) {
    this.kind = kind;
    setText(this.text, text);
    this.box.dataset.kind = kind;
    this.close.hidden = lasting;
    this.renew.hidden = !renew;
    this.box.hidden = false;
    clearTimeout(this.fading);
    if (kind === "error") this.fading = setTimeout(() => this.end("error"), ERROR_FOR);
  }

  end(kind) {
    if (this.kind === kind) this.dismiss();
  }

  dismiss() {
    this.kind = null;
    this.box.hidden = true;
  }

  /** Another run: what was said about the last one is over. */
  forget() {
    this.seen = null;
    if (this.kind !== "charts") this.dismiss();
  }

  /** The notice in a frame: shown once, until another comes or it is dismissed. */
  fromFrame({ notice, state, reason }) {
    if (state === "stopped") {
      this.show("stopped", this.t(`ended_${reason}`, {}, this.t("ended")), { lasting: true, renew: true });
      return;
    }
    this.end("stopped");
    const code = notice ?? null;
    if (code === this.seen) return;
    this.seen = code;
    if (code) this.show("run", this.t(`notice_${code}`, {}, code));
    else this.end("run");
  }
}
