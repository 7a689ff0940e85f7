// What stands at a point of the plane: p, q, log p/q, D* and the witness, asked of the calculator for the point under the
// pointer. With the chart in focus the arrow keys move the point.

import { digits } from "./digits.js";
import { number } from "./frame.js";
import { colour } from "./svg.js";

const STEP = 6; // pixels an arrow key moves the point

export class PlaneProbe {
  constructor({ t, ask }) {
    Object.assign(this, { t, ask, place: [0, 0], on: false, found: null });
  }

  attach(chart) {
    this.chart = chart;
    chart.ground.addEventListener("keydown", (event) => this.key(event));
    chart.svg.addEventListener("pointerleave", () => this.off());
    chart.svg.addEventListener("pointerdown", ({ target }) => target.closest(".lab-handle") && this.off());
  }

  off() {
    this.on = false;
  }

  /** Whether the point has moved on since it was last answered. */
  get waits() {
    return this.on && String(this.place) !== this.answered;
  }

  /** Up and down; left and right are the chart's own. */
  key(event) {
    const step = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
    const { hover, area } = this.chart;
    if (!step || !hover.pixels) return;
    event.preventDefault();
    hover.pixels[1] = Math.max(area.top, Math.min(area.bottom, hover.pixels[1] + step * (event.shiftKey ? 5 : 1)));
    hover.refresh(true);
  }

  /** The chart asks what is at a point, whenever it is painted too. */
  read(x, y) {
    const { view } = this.chart;
    const place = [view.x.rounded(x), view.y.rounded(y)];
    const same = String(place) === String(this.place);
    this.place = place;
    if (!same || !this.on) {
      this.on = true;
      this.ask();
    }
    return { title: `(${place.map((value) => digits(value, 3)).join(", ")})`, rows: this.rows() };
  }

  rows() {
    const { found, chart, t } = this;
    if (!found) return [];
    const row = (label, value, role) => ({ label, text: digits(number(value), 3), colour: colour(chart.theme, role) });
    return [
      row("p", found.p, "p"), row("q", found.q, "q"), row(`log p/q (${t(this.units)})`, found.log_ratio, "muted"), row("D* = p/(p+q)", found.dstar, "muted"),
      row(t("ground_witness"), found.witness, "muted"),
    ];
  }

  take(found, units) {
    Object.assign(this, { found, units, answered: String(found.place.map(number)) });
    this.chart.hover.refresh();
  }
}
