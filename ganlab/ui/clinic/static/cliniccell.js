// One reading of one arm: a bar up to the mean, mean ± standard error over it, a dot for each seed, a dashed line where a
// perfect sampler is, and the band that papers report.

import { el, setText } from "./dom.js";
import { colour, set, svg } from "./svg.js";
import { meanText } from "./clinicwords.js";

const HEIGHT = 52;
const TOP = 4;
const BAR = [TOP + 8, HEIGHT - 18]; // from, to
const SIDE = 7; // pixels to both sides: dots at the ends are whole
export const INK = { untreated: "q", cured: "positive", helps: "positive", unclear: "muted", hurts: "negative", both_perfect: "sky" };

export class Cell {
  constructor({ t, metric, label }) {
    Object.assign(this, { t, metric, state: null, width: 0 });
    this.value = el("b", { "data-testid": `clinic-${metric}` });
    this.svg = svg("svg", { class: "clinic-svg", height: HEIGHT, role: "img" });
    this.box = el("div", { class: `clinic-cell clinic-cell-${metric}` }, [
      el("span", { class: "clinic-metric", text: label }), this.value, this.svg,
    ]);
  }

  /** `{ code, estimate, values, lost, range: [low, high], perfect, band }` */
  set(state) {
    this.state = state;
    setText(this.value, meanText(this.metric, state.estimate));
    this.value.dataset.value = String(state.estimate.mean);
  }

  paint(theme) {
    const width = this.svg.clientWidth;
    if (!this.state || !width || !theme) return;
    const { range, code } = this.state;
    const at = (value) => SIDE + ((value - range[0]) / (range[1] - range[0])) * (width - 2 * SIDE);
    const ink = colour(theme, INK[code]);
    set(this.svg, { viewBox: `0 0 ${width} ${HEIGHT}`, "aria-label": this.said() });
    this.svg.replaceChildren(...this.axis(at, theme, width), ...this.band(at, theme), ...this.bar(at, ink), ...this.perfect(at, theme), ...this.dots(at, theme, ink), ...this.whisker(at, theme));
  }

  axis(at, theme, width) {
    const { range } = this.state;
    const style = { fill: theme.muted, "font-size": 10, "font-family": theme.font, y: HEIGHT - 4 };
    return [
      svg("path", { d: `M${SIDE} ${BAR[1] + 0.5}H${width - SIDE}`, stroke: theme.faint }),
      svg("text", { ...style, x: at(range[0]) - 4 }, [this.state.ends[0]]),
      svg("text", { ...style, x: at(range[1]) + 4, "text-anchor": "end" }, [this.state.ends[1]]),
    ];
  }

  band(at, theme) {
    const { band } = this.state;
    if (!band) return [];
    const [low, high] = band.map(at);
    const box = { x: low - 1, y: TOP, width: Math.max(3, high - low + 2), height: BAR[1] - TOP };
    return [svg("rect", { ...box, fill: colour(theme, "sky"), "fill-opacity": 0.28, "data-part": "band" })];
  }

  bar(at, ink) {
    const { estimate, range } = this.state;
    const [from, to] = [at(Math.max(0, range[0])), at(Math.min(estimate.mean, range[1]))];
    return [svg("rect", { x: from, y: BAR[0], width: Math.max(0.5, to - from), height: BAR[1] - BAR[0], fill: ink, "fill-opacity": 0.45, "data-part": "bar" })];
  }

  perfect(at, theme) {
    const { perfect, range } = this.state;
    if (!(perfect >= range[0] && perfect <= range[1])) return [];
    return [svg("path", { d: `M${at(perfect)} ${TOP - 3}V${BAR[1] + 3}`, stroke: theme.text, "stroke-width": 1.5, "stroke-dasharray": "3 2", "data-part": "perfect" })];
  }

  /** One for each seed, at the same height in every cell; hollow where its numbers left every scale. */
  dots(at, theme, ink) {
    const { values, lost } = this.state;
    const step = (BAR[1] - BAR[0] - 6) / Math.max(1, values.length - 1);
    return values.map((value, seed) => svg("circle", {
      cx: at(value), cy: BAR[0] + 3 + seed * step, r: 2.8, fill: lost[seed] ? theme.plot : ink, stroke: lost[seed] ? ink : theme.plot, "stroke-width": 0.9, "data-part": "seed",
    }));
  }

  whisker(at, theme) {
    const { estimate, range } = this.state;
    const middle = (BAR[0] + BAR[1]) / 2;
    const inside = (value) => at(Math.max(range[0], Math.min(range[1], value)));
    const mark = svg("path", { d: `M${at(estimate.mean)} ${BAR[0] - 3}V${BAR[1]}`, stroke: theme.text, "stroke-width": 2, "data-part": "mean" });
    if (!Number.isFinite(estimate.error)) return [mark];
    const [low, high] = [inside(estimate.mean - estimate.error), inside(estimate.mean + estimate.error)];
    const d = `M${low} ${middle}H${high}M${low} ${middle - 5}v10M${high} ${middle - 5}v10`;
    return [mark, svg("path", { d, fill: "none", stroke: theme.text, "stroke-width": 1.8, "data-part": "error" })];
  }

  said() {
    const { estimate } = this.state;
    return `${this.t(`clinic_${this.metric}`)}: ${meanText(this.metric, estimate)}`;
  }
}
