// The side charts, made once and changed in place by plotly.js, within a budget of the browser's time.

import { LINES, layoutOf, plotlyCoverage, plotlyLines } from "./chartspecs.js";
import { el } from "./dom.js";

const LINES_EVERY = 250; // ms between repaints of one chart of lines
const BARS_EVERY = 125;
const BUDGET = 0.12; // share of the time charts may take; a slow machine repaints them less often
const CONFIG = { displaylogo: false, displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: "reset" };

let loading = null;

/** plotly.js, once per page. It is big: the stage is on screen before it is asked for. */
function loadPlotly(assets) {
  loading ??= new Promise((resolve, reject) => {
    const script = el("script", { src: `${assets}/plotly.min.js` });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = null; // a later mount may try again
      reject(new Error("plotly.min.js"));
    };
    document.head.append(script);
  });
  return loading;
}

export class Charts {
  constructor({ t, assets, onFailure }) {
    this.t = t;
    this.charts = [LINES[0], { id: "coverage" }, ...LINES.slice(1)].map((spec) => this.panel(spec));
    this.box = el("div", { class: "gl-charts", role: "group", "aria-label": t("charts"), "data-testid": "ganlab-charts" },
      this.charts.map(({ card }) => card));
    this.observe();
    this.coverage = null;
    this.revision = 0; // of the viewer's zoom and hidden traces
    this.context = {};
    loadPlotly(assets).then((plotly) => { this.plotly = plotly; }, onFailure);
  }

  panel(spec) {
    const plot = el("div", { class: "gl-plot", role: "img", "aria-label": this.t(`chart_${spec.id}`), "data-testid": `ganlab-chart-${spec.id}` });
    const card = el("figure", { class: "gl-chart" }, [el("figcaption", { text: this.t(`chart_${spec.id}`) }), plot]);
    return { spec, plot, card, visible: false, next: 0, drawn: null };
  }

  observe() {
    const chartOf = (node) => this.charts.find(({ plot }) => plot === node);
    this.onScreen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) chartOf(target).visible = isIntersecting;
    });
    this.sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) if (chartOf(target).made && target.offsetParent) this.plotly.Plots.resize(target);
    });
    for (const { plot } of this.charts) {
      this.onScreen.observe(plot);
      this.sizes.observe(plot);
    }
  }

  setTheme(theme) {
    this.theme = theme;
    this.stale();
  }

  stale() {
    for (const chart of this.charts) chart.drawn = null;
  }

  update({ info, tensors }, history) {
    this.history = history;
    this.context = { dim: info.dim, best: info.best, distance: info.metrics?.distance_name ?? "distance" };
    if (tensors.has("share")) {
      this.coverage = { share: tensors.get("share"), weights: tensors.get("weights"), version: (this.coverage?.version ?? 0) + 1 };
    }
    this.charts[1].card.hidden = !this.coverage;
  }

  /** Another run, or the same one from its beginning: a zoom into the old one means nothing now. */
  clear() {
    this.coverage = null;
    this.revision += 1;
    this.stale();
  }

  /** Repaints at most one chart: several in one go would make the stage stutter. */
  paint(now) {
    if (!this.plotly || !this.history?.version) return; // no axes before there is something on them
    const due = this.charts.find((chart) => chart.visible && chart.next <= now && this.stamp(chart) !== chart.drawn);
    if (!due) return;
    const began = performance.now();
    this.draw(due);
    const cost = performance.now() - began;
    due.made = true;
    due.drawn = this.stamp(due);
    const every = due.spec.id === "coverage" ? BARS_EVERY : LINES_EVERY;
    due.next = now + Math.max(every, (cost * this.charts.length) / BUDGET);
  }

  stamp({ spec }) {
    return spec.id === "coverage" ? this.coverage?.version ?? null : this.history.version;
  }

  draw({ spec, plot }) {
    const { theme, t, history, context } = this;
    const traces = spec.id === "coverage"
      ? plotlyCoverage(this.coverage, theme, t)
      : plotlyLines(spec.traces(history, theme, t, context));
    this.plotly.react(plot, traces, layoutOf(spec, theme, this.revision, traces), CONFIG);
  }

  destroy() {
    this.onScreen.disconnect();
    this.sizes.disconnect();
    for (const { plot, made } of this.charts) if (made) this.plotly.purge(plot);
  }
}
