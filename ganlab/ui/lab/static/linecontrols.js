// The bar above the charts of "Two densities", the choice of the integrand, and the parameters of some divergences.

import { button, el, setText } from "./dom.js";
import { Choice, Segments, Toggle } from "./controls.js";
import { digits } from "./digits.js";
import { PageControls } from "./pagecontrols.js";

export class LineControls extends PageControls {
  constructor({ t, data, change, figure, values, ...on }) {
    super({ t, change, ...on });
    this.scale = new Segments({ label: t("scale"), options: [["linear", t("linear")], ["log", t("log")]], testid: "lab-scale", onChange: (scale) => change({ scale }) });
    this.dstar = new Toggle({ label: t("show_dstar"), tip: t("show_dstar_tip"), testid: "lab-show-dstar", onChange: (dstar) => change({ dstar }) });
    this.build = button("gl-quiet", { label: t("build_js"), tip: t("build_js_tip"), testid: "lab-build-js", onclick: () => change({ steps: 1 }) });
    this.bar = this.toolbar([this.scale.box, this.units.box, this.dstar.box, this.build], { name: "two-densities", figure, values });
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
    this.kernelOf(kernels, (value) => `${digits(value, 3)} x`);
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
}
