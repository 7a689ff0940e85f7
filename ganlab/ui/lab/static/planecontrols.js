// The controls of the page "In the plane": the bar on top, what the ground shows, the kernel, the order of Rényi.

import { Choice, Segments, Slider, Toggle } from "./controls.js";
import { digits } from "./digits.js";
import { button, el, setText } from "./dom.js";
import { exportButtons } from "./exporting.js";

const GROUNDS = ["ratio", "p", "q", "witness"];
const BANDWIDTH = { low: 0.01, high: 100 };
const COPIED = 2000; // ms

export class PlaneControls {
  constructor({ t, data, change, swap, undo, reset, redraw, figure, values }) {
    Object.assign(this, { t, change });
    const quiet = (name, onclick, iconName = null) => button("gl-quiet", { label: t(name), tip: t(`${name}_tip`), iconName, testid: `lab-${name}`, onclick });
    this.back = quiet("undo", () => undo(-1), "undo");
    this.forth = quiet("redo", () => undo(1));
    this.link = quiet("copy_link", () => this.copy(), "link");
    this.units = new Segments({ label: t("units"), options: [["nats", t("nats")], ["bits", t("bits")]], testid: "lab-units", onChange: (units) => change({ units }) });
    const downloads = exportButtons({ t, name: "in-the-plane", figure, values });
    this.bar = el("div", { class: "lab-bar-top gl-toolbar", role: "toolbar", "aria-label": t("toolbar") }, [
      el("div", { class: "gl-group" }, [this.back, this.forth, quiet("swap", swap), quiet("reset", reset)]), this.units.box, this.link, el("div", { class: "gl-end" }, [downloads]),
    ]);
    this.ground = this.grounds(redraw);
    this.options = this.parameters(data);
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      window.prompt(this.t("link_failed"), location.href); // no clipboard outside https
      return;
    }
    setText(this.link.querySelector("span"), this.t("copied"));
    setTimeout(() => setText(this.link.querySelector("span"), this.t("copy_link")), COPIED);
  }

  /** Under the chart: what is in colour, and what is drawn over it. */
  grounds(redraw) {
    const { t, change } = this;
    this.field = new Segments({ label: t("ground"), options: GROUNDS.map((name) => [name, t(`ground_${name}`)]), testid: "lab-field", onChange: (field) => change({ field }) });
    this.contours = new Toggle({ label: t("contours"), tip: t("contours_tip"), testid: "lab-contours", onChange: (contours) => change({ contours }) });
    this.lines = new Toggle({ label: t("lines"), tip: t("lines_tip"), testid: "lab-lines", onChange: (lines) => change({ lines }) });
    this.redraw = button("gl-quiet", { label: t("redraw"), tip: t("redraw_tip"), iconName: "dice", testid: "lab-redraw", onclick: redraw });
    return el("div", { class: "plane-ground", role: "group", "aria-label": t("ground") }, [this.field.box, this.contours.box, this.lines.box, this.redraw]);
  }

  parameters({ kernels }) {
    const { t, change } = this;
    const slide = (field) => ({ onInput: (value) => change({ [field]: value }, { final: false }), onCommit: (value) => change({ [field]: value }) });
    this.alpha = new Slider({ label: t("alpha_label"), visible: "α", low: 0, high: 5, step: 0.05, testid: "lab-alpha", ...slide("alpha") });
    this.kernel = new Choice({ label: t("kernel"), options: kernels.map(({ name, label }) => [name, label]), testid: "lab-kernel", onChange: (kernel) => change({ kernel }) });
    this.wide = new Map(kernels.map(({ name, bandwidth }) => [name, bandwidth]));
    this.bandwidth = new Slider({ label: t("bandwidth_label"), visible: t("bandwidth"), ...BANDWIDTH, log: true, testid: "lab-bandwidth", format: (value) => digits(value, 3), ...slide("bandwidth") });
    this.mark = el("i", { class: "plane-median", "aria-hidden": "true" });
    const track = el("span", { class: "plane-track" });
    this.bandwidth.input.before(track);
    track.append(this.bandwidth.input, this.mark);
    this.median = button("gl-quiet", { label: t("median"), tip: t("median_tip"), testid: "lab-median", onclick: () => this.heuristic && change({ bandwidth: this.heuristic }) });
    this.wideless = el("small", { text: t("no_bandwidth") });
    this.orders = el("div", { class: "lab-option" }, [this.alpha.box, el("small", { text: t("alpha_for") })]);
    this.kernels = el("div", { class: "lab-option" }, [this.kernel.box, this.bandwidth.box, this.median, this.wideless]);
    return el("section", { class: "lab-options", "data-testid": "lab-options" }, [this.kernels, this.orders]);
  }

  set(state, undo) {
    this.undoable(undo);
    for (const name of ["units", "field", "contours", "lines", "alpha", "kernel", "bandwidth"]) this[name].set(state[name]);
    this.redraw.hidden = !state.lines;
    const wide = this.wide.get(state.kernel);
    for (const part of [this.bandwidth.box, this.median]) part.hidden = !wide;
    this.wideless.hidden = wide;
    this.orders.hidden = !state.show.includes("renyi") && !state.show.includes("alpha");
  }

  /** The median heuristic, marked on the slider. */
  setMedian(value) {
    this.heuristic = Number(Math.max(BANDWIDTH.low, Math.min(BANDWIDTH.high, value)).toPrecision(3));
    const share = Math.log(this.heuristic / BANDWIDTH.low) / Math.log(BANDWIDTH.high / BANDWIDTH.low);
    this.mark.style.left = `calc(8px + ${share} * (100% - 16px))`;
    setText(this.median.querySelector("span"), this.t("median", { value: digits(this.heuristic, 3) }));
  }

  undoable(undo) {
    this.back.disabled = !undo?.back;
    this.forth.disabled = !undo?.forth;
  }
}
