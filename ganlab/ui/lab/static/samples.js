// The page "From samples": the charts of a watched study (see watch.js for what `api` has).
//
// One part for the samples, one for each divergence with its estimators (closing in, bias and variance, table), one for
// the two-sample test and one for the bandwidth scan. What a frame says is read by samplesmodel.js.

import { button, el } from "./dom.js";
import { exportButtons, figure, saveTable } from "./exporting.js";
import { DrawnPart } from "./samplesdrawn.js";
import { Model } from "./samplesmodel.js";
import { HEAD } from "./samplesrecords.js";
import { ScanPart } from "./samplesscan.js";
import { TargetPart } from "./samplestarget.js";
import { TestPart } from "./samplestest.js";
import { stylesheet } from "./styles.js";

const LONGEST = 130; // characters of a figure's title

export async function start(api) {
  const { assets } = api.data;
  await Promise.all([stylesheet(assets, "lab.css"), stylesheet(assets, "samples.css")]);
  const view = new SamplesView(api);
  api.layers(Model.LAYERS, { once: Model.ONCE });
  api.onFrame((info, tensors) => view.take(info, tensors));
  api.onData(() => view.configure());
  api.onTheme((theme) => view.setTheme(theme));
  api.onClear(() => view.clear());
  api.onEnd(() => view.destroy());
}

/** What cannot be changed in place: other parts are needed. */
const shape = ({ dim, estimators, tests, has_bandwidth: bandwidth, files }) => JSON.stringify([dim, estimators, tests, bandwidth, files]);

class SamplesView {
  constructor(api) {
    Object.assign(this, { api, t: api.t });
    this.waiting = el("p", { class: "samples-empty", role: "status", text: this.t("samples_waiting"), "data-testid": "samples-waiting" });
    this.root = el("div", { class: "lab gl samples", "data-testid": "samples" });
    api.host.append(this.waiting, this.root);
    this.configure();
  }

  configure() {
    const { data } = this.api;
    if (shape(data) !== this.shape) this.build(data);
    this.shape = shape(data);
    this.model.configure(data);
    this.show();
  }

  build(data) {
    const { t, root, api } = this;
    this.end();
    const host = { t, host: root, data, emit: (value) => api.emit("event", value) };
    this.model = new Model(data, t);
    this.parts = [
      new DrawnPart(host),
      ...data.targets.map((target) => new TargetPart({ ...host, target, rows: data.estimators.filter((row) => row.target === target.name) })),
      new TestPart(host),
      ...(data.has_bandwidth ? [new ScanPart(host)] : []),
    ];
    this.downloads = el("div", { class: "samples-all" }, [t("samples_all"), button("gl-quiet", {
      label: t("download_csv"), tip: t("samples_all_tip"), iconName: null, testid: "samples-download-all",
      onclick: () => saveTable("samples", this.table()),
    })]);
    for (const part of this.parts) part.head.append(this.exports(part));
    this.seen = false;
    root.replaceChildren(...this.parts.map(({ box }) => box), this.downloads);
    this.setTheme(api.theme);
  }

  exports(part) {
    const { t, api } = this;
    const draw = ({ white }) => figure(part.charts, { title: this.title(part), theme: api.theme, white });
    return exportButtons({ t, name: `samples-${part.name}`, figure: draw, values: () => part.table() });
  }

  title({ title }) {
    const { p, q, n } = this.api.data;
    const text = `${title}: P = ${p}, Q = ${q}, n = ${n}`;
    return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  }

  /** All results; the points have a file of their own. */
  table() {
    return [HEAD, ...this.parts.slice(1).flatMap((part) => part.table().slice(1))];
  }

  // ------------------------------------------------------------ frames

  take(info, tensors) {
    this.model.take(info, tensors);
    this.show();
  }

  show() {
    const { ready } = this.model;
    this.seen ||= ready;
    this.waiting.hidden = this.seen;
    this.root.hidden = !this.seen;
    this.root.toggleAttribute("data-stale", !ready);
    if (!ready) return; // what is there stays until there is something new, so that the page does not jump
    for (const part of this.parts) {
      part.take(this.model);
      for (const chart of part.charts) {
        chart.resize();
        chart.paint();
      }
    }
  }

  clear() {
    this.model.clear();
    for (const part of this.parts) part.clear?.();
    this.show();
  }

  setTheme(theme) {
    for (const part of this.parts) {
      part.setTheme?.(theme);
      for (const chart of part.charts) {
        chart.setTheme(theme);
        chart.paint();
      }
    }
  }

  end() {
    for (const part of this.parts ?? []) for (const chart of part.charts) chart.destroy();
  }

  destroy() {
    this.end();
    this.root.remove();
    this.waiting.remove();
  }
}
