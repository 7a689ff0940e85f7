// The page "Compare": panels side by side, a way back, a table and charts (see watch.js for what `api` has).

import { CompareBar } from "./comparebar.js";
import { CompareCharts } from "./comparecharts.js";
import { ComparePanels } from "./comparepanels.js";
import { CompareTable } from "./comparetable.js";
import { exportButtons } from "./exporting.js";
import { el } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { Layers } from "./layers.js";
import { NEEDS } from "./requests.js";
import { stylesheet } from "./styles.js";

const EVERY = { field: 90, manifold: 90, arrows: 90, curves: 66, map: 100, coverage: 250 }; // ms; up to six of each come in one frame
const KEYS = { ArrowLeft: "d", ArrowDown: "g", ",": "earlier", ".": "later" };

export async function start(api) {
  const { assets } = api.data;
  await Promise.all([stylesheet(assets, "lab.css"), stylesheet(assets, "compare.css")]);
  const view = new Compare(api);
  api.onFrame((info, tensors) => view.take(info, tensors));
  api.onData((data) => view.setData(data));
  api.onTheme((theme) => view.setTheme(theme));
  api.onClear(() => view.clear());
  api.onEnd(() => view.destroy());
}

class Compare {
  constructor(api) {
    Object.assign(this, { api, t: api.t });
    this.build();
    this.setData(api.data);
    this.setTheme(api.theme);
    this.stopKeys = listenToKeys((action) => this.act(action), KEYS);
  }

  build() {
    const { api, t } = this;
    const { data } = api;
    const send = (command) => api.send(command);
    this.bar = new CompareBar({ t, send });
    this.layers = new Layers({ t, names: data.layers, shown: data.shown, theme: api.theme, onChange: () => this.ask() });
    this.panels = new ComparePanels({ t, onRemove: (run) => api.emit("event", { remove: run }) });
    this.table = new CompareTable({ t });
    this.charts = new CompareCharts({ t, onSeek: (step) => this.bar.seek(step) });
    this.downloads = exportButtons({
      t, name: "compare", figure: ({ white }) => this.charts.figure({ white, seed: api.info?.seed }), values: () => this.table.rows(api.info),
    });
    this.root = el("div", { class: "lab gl cmp", "data-testid": "compare" }, [
      this.bar.box, this.bar.caption, this.layers.box, this.panels.box, this.table.box, this.charts.box, this.downloads,
    ]);
    api.host.append(this.root);
  }

  /** The page was run again: other runs, or other words for them. */
  setData(data) {
    if (data.dim !== this.dim) this.renewLayers(data);
    this.dim = data.dim;
    for (const part of [this.panels, this.table, this.charts]) part.setRuns(data);
    this.ask();
  }

  /** Data of another dimension has other layers. */
  renewLayers({ layers, shown, dim }) {
    const fresh = new Layers({ t: this.t, names: layers, shown, theme: this.api.theme, onChange: () => this.ask() });
    this.layers.box.replaceWith(fresh.box);
    this.layers = fresh;
    this.panels.setDim(dim);
  }

  ask() {
    const wanted = new Set([...this.layers.on].map((name) => NEEDS[name] ?? name));
    this.panels.setLayers(this.layers.on);
    this.api.layers(["real", ...wanted, "coverage", "history"], { once: ["real"], every: EVERY });
  }

  setTheme(theme) {
    this.root.dataset.dark = String(theme.dark);
    this.layers.setTheme(theme);
    for (const part of [this.panels, this.table, this.charts]) part.setTheme(theme);
  }

  take(info, tensors) {
    const now = performance.now();
    this.bar.update(info);
    this.panels.update(info, tensors);
    this.layers.answered([], tensors);
    this.table.update(info, now);
    this.charts.update(info, this.api.history, now);
  }

  /** Another course: what was drawn of it is no longer true. */
  clear() {
    this.panels.clear();
    this.charts.clear();
  }

  act(action) {
    if (!this.root.checkVisibility()) return false;
    return this.bar.act(action);
  }

  destroy() {
    this.stopKeys();
    this.panels.destroy();
    this.charts.destroy();
    this.root.remove();
  }
}
