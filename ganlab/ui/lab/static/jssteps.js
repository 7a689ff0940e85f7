// JS built in four steps: P and Q, the mixture M, KL(P‖M) and KL(Q‖M), their mean.

import { button, el, setText } from "./dom.js";
import { digits } from "./digits.js";
import { number } from "./frame.js";

const LAST = 4;

export class JsSteps {
  /** `onStep(step)`: 0 closes. */
  constructor({ t, onStep }) {
    Object.assign(this, { t, onStep, step: 0 });
    const move = (by) => onStep(Math.max(1, Math.min(LAST, this.step + by)));
    this.back = button("gl-quiet", { label: "‹", tip: t("step_back"), testid: "lab-step-back", onclick: () => move(-1) });
    this.next = button("gl-quiet", { label: "›", tip: t("step_next"), testid: "lab-step-next", onclick: () => move(1) });
    this.dots = Array.from({ length: LAST }, (_, k) => button("lab-step", { label: String(k + 1), tip: t("step_n", { n: k + 1 }), testid: `lab-step-${k + 1}`, onclick: () => onStep(k + 1) }));
    this.title = el("b", {});
    this.text = el("p", { "aria-live": "polite", "data-testid": "lab-step-text" });
    const close = button("gl-quiet", { tip: t("step_close"), iconName: "close", testid: "lab-step-close", onclick: () => onStep(0) });
    this.box = el("section", { class: "lab-steps gl-caption", hidden: true, "data-testid": "lab-steps" }, [
      el("div", { class: "lab-steps-head" }, [this.title, el("div", { class: "gl-group" }, [this.back, ...this.dots, this.next, close])]), this.text,
    ]);
  }

  set(step) {
    this.step = step;
    this.box.hidden = step === 0;
    if (!step) return;
    setText(this.title, this.t(`step_${step}_title`));
    this.back.disabled = step === 1;
    this.next.disabled = step === LAST;
    this.dots.forEach((dot, k) => dot.setAttribute("aria-pressed", String(k + 1 === step)));
    this.write();
  }

  /** `steps`: { kl_pm, kl_qm, js } in the unit of the page. */
  take(steps, units) {
    const name = this.t(units);
    const unit = (value) => `${digits(number(value), 4)} ${name}`;
    this.values = { a: unit(steps.kl_pm), b: unit(steps.kl_qm), js: unit(steps.js), most: units === "bits" ? `1 ${name}` : `ln 2 = 0.693 ${name}` };
    this.write();
  }

  write() {
    if (this.step && this.values) setText(this.text, this.t(`step_${this.step}_text`, this.values));
  }
}
