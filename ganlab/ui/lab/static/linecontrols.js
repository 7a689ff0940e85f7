// The bar above the charts of "Two densities", the choice of the integrand, and the parameters of some divergences.

import { button, el, setText } from "./dom.js";
import { Choice, Segments, Slider, Toggle } from "./controls.js";
import { digits } from "./digits.js";
import { exportButtons } from "./exporting.js";

export class LineControls {
  constructor({ t, data, change, swap, undo, reset, figure, values }) {
    Object.assign(this, { t, change });
    const quiet = (name, onclick, iconName = null) => button("gl-quiet", { label: t(name), tip: t(`${name}_tip`), iconName, testid: `lab-${name}`, onclick });
    this.back = quiet("undo", () => undo(-1), "undo");
    this.forth = quiet("redo", () => undo(1));
    this.units = new Segments({ label: t("units"), options: [["nats", t("nats")], ["bits", t("bits")]], testid: "lab-units", onChange: (units) => change({ units }) });
    this.scale = new Segments({ label: t("scale"), options: [["linear", t("linear")], ["log", t("log")]], testid: "lab-scale", onChange: (scale) => change({ scale }) });
    this.dstar = new Toggle({ label: t("show_dstar"), tip: t("show_dstar_tip"), testid: "lab-show-dstar", onChange: (dstar) => change({ dstar }) });
    this.build = button("gl-quiet", { label: t("build_js"), tip: t("build_js_tip"), testid: "lab-build-js", onclick: () => change({ steps: 1 }) });
    const downloads = exportButtons({ t, name: "two-densities", figure, values });
    this.bar = el("div", { class: "lab-bar-top gl-toolbar", role: "toolbar", "aria-label": t("toolbar") }, [
      el("div", { class: "gl-group" }, [this.back, this.forth, quiet("swap", swap), quiet("reset", reset)]),
      this.scale.box, this.units.box, this.dstar.box, this.build, el("div", { class: "gl-end" }, [downloads]),
    ]);
    this.integrandHead = this.head(data);
    this.options = this.parameters(data);
  }

  head(data) {
    const { t } = this;
    const options = data.rows.filter(({ integrand }) => integrand).map(({ name, plain, label }) => [name, `${plain} · ${label}`]);
    this.integrand = new Choice({ label: t("where_from"), options, testid: "lab-integrand-of", onChange: (integrand) => this.change({ integrand, steps: 0 }) });
    return el("div", { class: "lab-panel-head" }, [this.integrand.box]);
  }

  /** Order, kernel and bandwidth: shown while a row that uses them is. */
  parameters({ kernels }) {
    const { t, change } = this;
    const slide = (field) => ({ onInput: (value) => change({ [field]: value }, { final: false }), onCommit: (value) => change({ [field]: value }) });
    this.alpha = new Slider({ label: t("alpha_label"), visible: "α", low: 0, high: 5, step: 0.05, testid: "lab-alpha", ...slide("alpha") });
    this.kernel = new Choice({ label: t("kernel"), options: kernels, testid: "lab-kernel", onChange: (kernel) => change({ kernel }) });
    this.bandwidth = new Slider({
      label: t("bandwidth_label"), visible: t("bandwidth"), low: 0.01, high: 100, log: true, testid: "lab-bandwidth", format: (value) => `${digits(value, 3)} x`, ...slide("bandwidth"),
    });
    this.orders = el("div", { class: "lab-option" }, [this.alpha.box, el("small", { text: t("alpha_for") })]);
    this.kernels = el("div", { class: "lab-option" }, [this.kernel.box, this.bandwidth.box]);
    return el("section", { class: "lab-options", "data-testid": "lab-options" }, [this.orders, this.kernels]);
  }

  set(state, undo) {
    const { show, integrand } = state;
    const used = [...show, integrand];
    this.undoable(undo);
    for (const name of ["units", "scale", "dstar", "integrand", "alpha", "kernel", "bandwidth"]) this[name].set(state[name]);
    this.orders.hidden = !used.includes("renyi") && !used.includes("alpha");
    this.kernels.hidden = !used.includes("mmd2");
    this.options.hidden = this.orders.hidden && this.kernels.hidden;
    this.build.setAttribute("aria-pressed", String(state.steps > 0));
    setText(this.integrand.box.firstChild, this.t(state.steps >= 3 ? "where_from_js" : "where_from"));
    this.integrand.input.hidden = state.steps >= 3;
  }

  undoable(undo) {
    this.back.disabled = !undo?.back;
    this.forth.disabled = !undo?.forth;
  }
}
