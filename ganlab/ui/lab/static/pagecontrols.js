// The controls that "Two densities" and "In the plane" share: undo, redo, swap and reset, the unit, the link, the
// downloads, the order of Rényi, the kernel with its bandwidth. A subclass has a bar, and `set(state, undo)`.

import { CopyLink } from "./copylink.js";
import { button, el } from "./dom.js";
import { Choice, Segments, Slider } from "./controls.js";
import { exportButtons } from "./exporting.js";

export const BANDWIDTH = { low: 0.01, high: 100 };

export class PageControls {
  constructor({ t, change, swap, undo, reset }) {
    Object.assign(this, { t, change });
    this.back = this.quiet("undo", () => undo(-1), "undo");
    this.forth = this.quiet("redo", () => undo(1));
    this.moves = el("div", { class: "gl-group" }, [this.back, this.forth, this.quiet("swap", swap), this.quiet("reset", reset)]);
    this.units = new Segments({ label: t("units"), options: [["nats", t("nats")], ["bits", t("bits")]], testid: "lab-units", onChange: (units) => change({ units }) });
    this.alpha = new Slider({ label: t("alpha_label"), visible: "α", low: 0, high: 5, step: 0.05, testid: "lab-alpha", ...this.slide("alpha") });
    this.orders = el("div", { class: "lab-option" }, [this.alpha.box, el("small", { text: t("alpha_for") })]);
  }

  quiet(name, onclick, iconName = null) {
    return button("gl-quiet", { label: this.t(name), tip: this.t(`${name}_tip`), iconName, testid: `lab-${name}`, onclick });
  }

  /** On top of the page: what all have, some of its own, the downloads. */
  toolbar(parts, { name, figure, values }) {
    const { t } = this;
    const downloads = exportButtons({ t, name, figure, values });
    const link = new CopyLink({ t, testid: "lab-copy-link", address: () => location.href });
    return el("div", { class: "lab-bar-top gl-toolbar", role: "toolbar", "aria-label": t("toolbar") }, [this.moves, ...parts, el("div", { class: "gl-group" }, link.parts), el("div", { class: "gl-end" }, [downloads])]);
  }

  /** A field that a slider changes: into the address when it is let go. */
  slide(field) {
    return { onInput: (value) => this.change({ [field]: value }, { final: false }), onCommit: (value) => this.change({ [field]: value }) };
  }

  /** `kernels`: [[name, label], …]; `format` of a bandwidth. */
  kernelOf(kernels, format) {
    const { t, change } = this;
    this.kernel = new Choice({ label: t("kernel"), options: kernels, testid: "lab-kernel", onChange: (kernel) => change({ kernel }) });
    this.bandwidth = new Slider({ label: t("bandwidth_label"), visible: t("bandwidth"), ...BANDWIDTH, log: true, testid: "lab-bandwidth", format, ...this.slide("bandwidth") });
  }

  undoable(undo) {
    this.back.disabled = !undo.back;
    this.forth.disabled = !undo.forth;
  }
}
