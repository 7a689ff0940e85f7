// The bandwidth scan: MMD² of this draw over bandwidths, the exact curve where it is known, the median heuristic, and the
// chosen bandwidth, to be moved by a click, by dragging, or with the arrow keys.
//
//   const part = new ScanPart({ t, emit });      // a bandwidth that is chosen: emit({ bandwidth: 0.3 })
//   part.take(model); part.box; part.charts; part.table()

import { digits } from "./digits.js";
import { el, setText } from "./dom.js";
import { Handle } from "./handles.js";
import { Line, Points } from "./marks.js";
import { Rule } from "./marks2.js";
import { Chart } from "./plot.js";
import { hull } from "./samplesaxes.js";
import { HEAD, record } from "./samplesrecords.js";
import { colour } from "./svg.js";

const HEIGHT = (width) => (width < 480 ? 240 : 270);
const CLICK = 4; // pixels that a click may slip

const rounded = (value) => Number(value.toPrecision(3));

export class ScanPart {
  constructor({ t, emit }) {
    Object.assign(this, { t, emit, state: null, name: "bandwidth", title: t("samples_scan") });
    this.chart = new Chart({
      label: t("samples_scan"), height: HEIGHT, x: { label: t("samples_bandwidth_axis"), kind: "log" }, y: { label: "MMD²" }, readout: (x) => this.read(x), testid: "samples-scan",
    });
    const { chart } = this;
    chart.setView({ x: [0.1, 10] }); // a logarithmic axis cannot begin at 0
    this.zero = chart.add(new Rule({ axis: "y", colour: "faint" }));
    this.exact = chart.add(new Line({ name: "exact", label: t("samples_scan_exact"), colour: "text", width: 2 }));
    this.points = chart.add(new Points({ name: "estimates", label: t("samples_scan_points"), colour: "positive", size: 7 }));
    this.median = chart.add(new Rule({ axis: "x", colour: "purple" }));
    this.chosen = chart.add(new Rule({ axis: "x", colour: "warning", width: 2, dash: null }));
    this.handle = chart.addHandle(new Handle({
      label: t("samples_bandwidth"), colour: "warning", shape: "grip", axes: "x", testid: "samples-bandwidth", step: () => this.step(), onMove: (move) => this.move(move),
    }));
    this.said = el("p", { class: "samples-said", "data-testid": "samples-scan-said" });
    this.head = el("div", { class: "samples-head" }, [el("h3", { text: this.title })]);
    this.box = el("section", { class: "samples-part", hidden: true, "data-testid": "samples-scan-part" }, [this.head, chart.box, this.said]);
    this.charts = [chart];
    this.listen();
  }

  take({ scan }) {
    this.box.hidden = !scan && !this.state;
    this.box.toggleAttribute("data-stale", !scan);
    if (!scan || scan === this.state) return;
    this.state = scan;
    const { bandwidths, values, exact, median, chosen } = scan;
    this.points.set(bandwidths, values);
    this.exact.set(bandwidths, exact);
    this.exact.show(exact.some(Number.isFinite));
    this.zero.set(0);
    this.median.set(median);
    this.median.relabel(this.t("samples_median", { value: digits(median, 3) }));
    this.chart.setView({ x: [bandwidths[0], bandwidths.at(-1)], y: hull([...values, ...exact], [0], 0.12) });
    if (!this.dragging) this.place(chosen);
  }

  place(bandwidth) {
    this.at = bandwidth;
    this.chosen.set(bandwidth);
    this.chosen.relabel(this.t("samples_chosen", { value: digits(bandwidth, 3) }));
    const [low, high] = this.chart.wanted.y;
    this.handle.set({ x: bandwidth, y: low + 0.06 * (high - low), text: digits(bandwidth, 3) });
    const value = this.value(bandwidth);
    setText(this.said, Number.isFinite(value) ? this.t("samples_scan_said", { bandwidth: digits(bandwidth, 3), value: digits(value, 3) }) : "");
  }

  /** MMD² between the two nearest bandwidths of the scan. */
  value(bandwidth) {
    const { bandwidths, values } = this.state;
    const k = bandwidths.findIndex((end) => end >= bandwidth);
    if (k < 0 || (k === 0 && bandwidths[0] > bandwidth)) return NaN;
    if (k === 0) return values[0];
    const share = Math.log(bandwidth / bandwidths[k - 1]) / Math.log(bandwidths[k] / bandwidths[k - 1]);
    return values[k - 1] + share * (values[k] - values[k - 1]);
  }

  // ------------------------------------------------------------ choosing

  step() {
    return { x: rounded(this.at * 0.05), y: 0 };
  }

  move({ x, phase }) {
    this.dragging = phase !== "end";
    const [low, high] = this.chart.wanted.x;
    this.place(Math.min(high, Math.max(low, rounded(Math.max(x, 1e-12)))));
    this.chart.paint();
    if (phase === "end" && this.at !== this.state.chosen) this.emit({ bandwidth: this.at });
  }

  listen() {
    const { svg } = this.chart;
    let down = null;
    svg.addEventListener("pointerdown", (event) => { down = event.target.closest(".lab-handle") ? null : [event.clientX, event.clientY]; });
    svg.addEventListener("pointerup", (event) => {
      if (!down || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > CLICK) return;
      const place = this.chart.place(event);
      if (place) this.move({ ...place, phase: "end" });
    });
  }

  read(x) {
    const { state } = this;
    if (!state?.bandwidths.length) return null;
    const far = (bandwidth) => Math.abs(Math.log(bandwidth / x));
    const k = state.bandwidths.reduce((best, bandwidth, j) => (far(bandwidth) < far(state.bandwidths[best]) ? j : best), 0);
    const { theme } = this.chart;
    const rows = [{ label: this.t("samples_scan_points"), text: digits(state.values[k], 4), colour: colour(theme, "positive") }];
    if (Number.isFinite(state.exact[k])) rows.push({ label: this.t("samples_scan_exact"), text: digits(state.exact[k], 4), colour: theme.text });
    return { title: this.t("samples_bandwidth_is", { value: digits(state.bandwidths[k], 3) }), rows };
  }

  /** Rows for a CSV file. */
  table() {
    const { bandwidths = [], values = [], exact = [] } = this.state ?? {};
    return [HEAD, ...bandwidths.map((at, k) => record({ part: "bandwidth", name: "mmd2_unbiased", what: "scan", at, value: values[k], exact: exact[k] }))];
  }
}
