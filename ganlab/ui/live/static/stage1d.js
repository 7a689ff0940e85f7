// The line: D against the optimal discriminator, the densities above their samples, and the map from noise to sample.

import { axisX, axisY, clip, key, makeView, waiting } from "./axes.js";
import { rgb, rgba } from "./theme.js";

const LEFT = 40;
const RIGHT = 12;
const GAP = 28;
const RUG = 9; // height of a row of sample marks
const THREADS = 48; // lines drawn from noise to sample

export class Stage1D {
  constructor() {
    this.clear();
  }

  clear() {
    this.tensors = new Map();
    this.highest = 0;
  }

  stale() {}

  resize(width, height, sharpness) {
    this.size = [width, height];
    this.sharpness = sharpness;
  }

  update({ info, tensors }) {
    for (const [name, tensor] of tensors) this.tensors.set(name, tensor);
    if (info.bounds?.length === 1) [this.bounds] = info.bounds;
    if (tensors.has("p")) this.rescale();
    this.estimated = info.q_method === "kde";
  }

  /** The top of the density axis follows a spike of q up to 2.5 times the peak of p, and sinks slowly again. */
  rescale() {
    const peak = (name) => this.data(name).reduce((most, value) => (value > most ? value : most), 0);
    const p = peak("p");
    const q = peak("q");
    const wanted = 1.25 * Math.max(p, p > 0 ? Math.min(q, 2.5 * p) : q) || 1;
    this.highest = wanted > this.highest ? wanted : this.highest + 0.05 * (wanted - this.highest);
  }

  data(name) {
    return this.tensors.get(name)?.data ?? [];
  }

  /** Noise of more than one dimension has no map, so no panel either. */
  has(name) {
    return name === "curves" || (this.layers.has(name) && (name !== "map" || this.tensors.has("map_z")));
  }

  /** Panels from top to bottom share what the layers that are on leave. */
  panels() {
    const [width, height] = this.size;
    const rugs = RUG * (this.layers.has("real") + this.layers.has("fake"));
    const wanted = [["d", 0.3], ["curves", 0.44], ["map", 0.26]].filter(([name]) => this.has(name));
    const bottom = this.compact ? 22 : 36;
    const room = height - 20 - bottom - rugs - GAP * (wanted.length - 1);
    const whole = wanted.reduce((sum, [, share]) => sum + share, 0);
    const found = {};
    let top = 20;
    for (const [name, share] of wanted) {
      const box = { left: LEFT, top, width: width - LEFT - RIGHT, height: (room * share) / whole };
      found[name] = makeView(box, this.bounds, name === "curves" ? [0, this.highest || 1] : [0, 1]);
      top += box.height + GAP + (name === "curves" ? rugs : 0);
    }
    return found;
  }

  paint(context, pointer) {
    const { theme, t } = this;
    if (!this.bounds) {
      waiting(context, this);
      return;
    }
    context.fillStyle = theme.background;
    context.fillRect(0, 0, ...this.size);
    const { d, curves, map } = this.panels();
    if (d) this.paintD(context, d);
    this.paintDensities(context, curves);
    this.paintRugs(context, curves, map);
    if (map) this.paintMap(context, map);
    const lowest = map ?? curves;
    if (!map) axisX(context, { ...curves, bottom: curves.bottom + this.rugHeight() }, theme, { label: this.compact ? null : t("axis_x") });
    if (pointer) this.paintPointer(context, d ?? curves, lowest, pointer[0]);
  }

  rugHeight() {
    return RUG * (this.layers.has("real") + this.layers.has("fake"));
  }

  paintD(context, view) {
    const { theme, t } = this;
    panel(context, view, theme);
    axisY(context, view, theme, { label: this.compact ? null : t("axis_d"), n: 2 });
    rule(context, view, theme, 0.5);
    const colour = theme.text;
    clip(context, view, () => {
      this.line(context, view, "dstar", theme.muted, 2, [6, 4]);
      this.line(context, view, "d", colour, 2);
    });
    if (!this.compact) key(context, view, theme, [
      { text: t("curve_d"), colour }, { text: t("curve_dstar"), colour: theme.muted, dash: [5, 3] },
    ]);
  }

  paintDensities(context, view) {
    const { theme, t } = this;
    panel(context, view, theme);
    axisY(context, view, theme, { label: this.compact ? null : t("axis_density"), n: 3 });
    if (!this.layers.has("curves")) return;
    clip(context, view, () => {
      this.area(context, view, "p", rgba(theme.real, 0.18));
      this.area(context, view, "q", rgba(theme.fake, 0.18));
      this.line(context, view, "p", rgb(theme.real), 2);
      this.line(context, view, "q", rgb(theme.fake), 2);
    });
    if (!this.compact) key(context, view, theme, [
      { text: t("curve_p"), colour: rgb(theme.real) }, { text: t(this.estimated ? "curve_q_kde" : "curve_q"), colour: rgb(theme.fake) },
    ]);
  }

  paintRugs(context, view) {
    let top = view.bottom + 3;
    for (const name of ["real", "fake"]) {
      if (!this.layers.has(name)) continue;
      context.fillStyle = rgba(this.theme[name], 0.45);
      for (const value of this.data(name)) {
        if (value >= view.lowX && value <= view.highX) context.fillRect(Math.round(view.x(value)), top, 1, RUG - 2);
      }
      top += RUG;
    }
  }

  /** Threads from equally spaced probability of the noise (below) to where the generator puts it (above). */
  paintMap(context, view) {
    const { theme, t } = this;
    const z = this.data("map_z");
    const x = this.data("map_x");
    panel(context, view, theme);
    if (z.length > 1) {
      const noise = makeView(view, [z[0], z[z.length - 1]], [0, 1]);
      clip(context, view, () => threads(context, view, noise, z, x, rgba(theme.fake, 0.5)));
      axisX(context, noise, theme, { label: this.compact ? null : t("axis_z") });
    }
    if (!this.compact) axisX(context, { ...view, bottom: view.top - 20 }, theme, { label: t("axis_x"), beside: true });
  }

  paintPointer(context, top, bottom, x) {
    if (x < top.left || x > top.right) return;
    context.fillStyle = this.theme.muted;
    context.fillRect(Math.round(x), top.top, 1, bottom.bottom - top.top);
  }

  trace(context, view, name) {
    const grid = this.data("grid");
    const values = this.data(name);
    let open = false;
    for (let k = 0; k < values.length; k += 1) {
      const finite = Number.isFinite(values[k]);
      if (finite && open) context.lineTo(view.x(grid[k]), view.y(values[k]));
      else if (finite) context.moveTo(view.x(grid[k]), view.y(values[k]));
      open = finite;
    }
  }

  line(context, view, name, colour, width, dash = []) {
    context.beginPath();
    this.trace(context, view, name);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
  }

  area(context, view, name, colour) {
    const grid = this.data("grid");
    if (!this.data(name).length || !Number.isFinite(this.data(name)[0])) return;
    context.beginPath();
    this.trace(context, view, name);
    context.lineTo(view.x(grid[grid.length - 1]), view.bottom);
    context.lineTo(view.x(grid[0]), view.bottom);
    context.fillStyle = colour;
    context.fill();
  }
}

function panel(context, view, theme) {
  context.fillStyle = theme.plot;
  context.fillRect(view.left, view.top, view.width, view.height);
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.strokeRect(view.left - 0.5, view.top - 0.5, view.width + 1, view.height + 1);
}

function rule(context, view, theme, value) {
  context.fillStyle = theme.faint;
  context.fillRect(view.left, Math.round(view.y(value)), view.width, 1);
}

function threads(context, view, noise, z, x, colour) {
  const stride = Math.max(1, Math.floor(z.length / THREADS));
  context.beginPath();
  for (let k = 0; k < z.length; k += stride) {
    context.moveTo(noise.x(z[k]), view.bottom);
    context.lineTo(view.x(x[k]), view.top);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
}
