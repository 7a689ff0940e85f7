// The controls of the page "In the plane": the bar on top, what the ground shows, the kernel, the order of Rényi.

import { Segments, Toggle } from "./controls.js";
import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { clamp } from "./families.js";
import { BANDWIDTH, PageControls } from "./pagecontrols.js";

const GROUNDS = ["ratio", "p", "q", "witness"];

export class PlaneControls extends PageControls {
  constructor({ t, data, redraw, figure, values, ...on }) {
    super({ t, ...on });
    this.bar = this.toolbar([this.units.box], { name: "in-the-plane", figure, values });
    this.ground = this.grounds(redraw);
    this.options = this.parameters(data);
  }

  /** Under the chart: what is in colour, and what is drawn over it. */
  grounds(redraw) {
    const { t, change } = this;
    this.field = new Segments({ label: t("ground"), options: GROUNDS.map((name) => [name, t(`ground_${name}`)]), testid: "lab-field", onChange: (field) => change({ field }) });
    this.contours = new Toggle({ label: t("contours"), tip: t("contours_tip"), testid: "lab-contours", onChange: (contours) => change({ contours }) });
    this.lines = new Toggle({ label: t("lines"), tip: t("lines_tip"), testid: "lab-lines", onChange: (lines) => change({ lines }) });
    this.redraw = this.quiet("redraw", redraw, "dice");
    return el("div", { class: "plane-ground", role: "group", "aria-label": t("ground") }, [this.field.box, this.contours.box, this.lines.box, this.redraw]);
  }

  parameters({ kernels }) {
    const { t, change } = this;
    this.kernelOf(kernels.map(({ name, label }) => [name, label]), (value) => digits(value, 3));
    this.wide = new Map(kernels.map(({ name, bandwidth }) => [name, bandwidth]));
    this.mark = el("i", { class: "plane-median", "aria-hidden": "true" });
    const track = el("span", { class: "plane-track" });
    this.bandwidth.input.before(track);
    track.append(this.bandwidth.input, this.mark);
    this.median = this.quiet("median", () => this.heuristic && change({ bandwidth: this.heuristic }));
    this.wideless = el("small", { text: t("no_bandwidth") });
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
    this.heuristic = Number(clamp(value, BANDWIDTH.low, BANDWIDTH.high).toPrecision(3));
    const share = Math.log(this.heuristic / BANDWIDTH.low) / Math.log(BANDWIDTH.high / BANDWIDTH.low);
    this.mark.style.left = `calc(8px + ${share} * (100% - 16px))`;
    setText(this.median.querySelector("span"), this.t("median", { value: digits(this.heuristic, 3) }));
  }
}
