// The drawing pad: strokes of mouse, pen or finger become at most `limit` points, evenly thinned.

import { button, el, setText, translator } from "./dom.js";
import { stylesheet } from "./styles.js";
import { readTheme, rgb } from "./theme.js";

const SPACING = 0.02; // in units of the data: closer points add nothing to a stroke
const MARGIN = 6;
const pads = new Map(); // host element -> Pad

/** Every k-th point, spread evenly over all of them. */
export function thin(points, limit) {
  if (points.length <= limit) return points;
  return Array.from({ length: limit }, (_, k) => points[Math.floor((k * points.length) / limit)]);
}

export async function mount(component) {
  const host = component.parentElement;
  await stylesheet(component.data.assets);
  const { texts } = component.data;
  let pad = pads.get(host);
  if (pad && JSON.stringify(pad.data.texts) !== JSON.stringify(texts)) {
    component = { ...component, data: { ...component.data, points: pad.points() } };
    pad.destroy();
    pad = null;
  }
  if (pad) pad.configure(component);
  else if (host.isConnected) pads.set(host, new Pad(host, component));
  return () => setTimeout(() => {
    if (host.isConnected) return;
    pads.get(host)?.destroy();
    pads.delete(host);
  });
}

class Pad {
  constructor(host, component) {
    this.host = host;
    const { texts, points } = component.data;
    this.t = translator(texts);
    this.strokes = points.length ? [points] : [];
    this.build();
    this.configure(component);
  }

  build() {
    const { t } = this;
    this.canvas = el("canvas", { class: "gl-canvas gl-pad", role: "img", tabindex: 0, "aria-label": t("pad"), "data-testid": "ganlab-pad" });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.box = el("div", { class: "gl-stage gl-square" }, [this.canvas]);
    const make = (name, className, onclick, iconName) => button(className, { label: t(name), iconName, testid: `ganlab-pad-${name}`, onclick });
    this.undo = make("undo", "", () => this.change(() => this.strokes.pop()), "undo");
    this.clear = make("clear", "", () => this.change(() => { this.strokes = []; }));
    this.use = make("use", "gl-play", () => this.component.setTriggerValue("points", this.points()));
    this.count = el("span", { class: "gl-said", role: "status", "data-testid": "ganlab-pad-count" });
    const bar = el("div", { class: "gl-toolbar" }, [el("div", { class: "gl-group" }, [this.undo, this.clear]), this.count, this.use]);
    this.root = el("section", { class: "gl gl-drawing", "data-testid": "ganlab-draw" }, [this.box, bar]);
    this.outer = el("div", { class: "gl-host" }, [this.root]);
    this.host.append(this.outer);
    this.listen();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => this.end());
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.change(() => this.strokes.pop());
    });
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.box);
  }

  configure(component) {
    this.component = component;
    this.data = component.data;
    this.theme = readTheme(this.host);
    this.box.style.setProperty("--gl-height", `${this.data.height}px`);
    this.resize();
    this.change(() => {});
  }

  resize() {
    this.size = this.box.clientWidth;
    const sharpness = Math.min(2, window.devicePixelRatio || 1);
    const pixels = Math.round(this.size * sharpness);
    if (!pixels) return;
    if (this.canvas.width !== pixels) Object.assign(this.canvas, { width: pixels, height: pixels });
    this.context.setTransform(sharpness, 0, 0, sharpness, 0, 0);
    this.paint();
  }

  /** Data from pixels of the canvas; outside the square the nearest point of its edge. */
  at(x, y) {
    const half = this.data.half_width;
    const unit = (this.size - 2 * MARGIN) / (2 * half);
    const within = (value) => Math.max(-half, Math.min(half, value));
    return [within((x - this.size / 2) / unit), within((this.size / 2 - y) / unit)];
  }

  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = [];
    this.strokes.push(this.stroke);
    this.add(event);
  }

  move(event) {
    if (!this.stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.add(one);
  }

  /** Fast strokes leave gaps between events: fill them evenly. */
  add({ clientX, clientY }) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const point = this.at(clientX - left, clientY - top);
    const from = this.stroke[this.stroke.length - 1];
    if (from) {
      const distance = Math.hypot(point[0] - from[0], point[1] - from[1]);
      if (distance < SPACING) return;
      const pieces = Math.min(200, Math.floor(distance / (2 * SPACING)));
      for (let k = 1; k < pieces; k += 1) this.stroke.push(from.map((value, axis) => value + ((point[axis] - value) * k) / pieces));
    }
    this.stroke.push(point);
    this.change(() => {});
  }

  end() {
    this.stroke = null;
  }

  points() {
    return thin(this.strokes.flat(), this.data.limit);
  }

  change(edit) {
    edit();
    const { length } = this.points();
    setText(this.count, this.t("count", { n: length }));
    for (const node of [this.undo, this.clear, this.use]) node.disabled = !length;
    this.paint();
  }

  paint() {
    const { context, theme, size } = this;
    if (!size || !theme) return;
    const unit = (size - 2 * MARGIN) / (2 * this.data.half_width);
    context.fillStyle = theme.plot;
    context.fillRect(0, 0, size, size);
    this.paintGrid(unit);
    const points = this.points();
    context.fillStyle = rgb(theme.real);
    for (const [x, y] of points) context.fillRect(size / 2 + x * unit - 2, size / 2 - y * unit - 2, 4, 4);
    if (points.length) return;
    context.fillStyle = theme.muted;
    context.font = `16px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(this.t("hint"), size / 2, size / 2 - unit / 2);
  }

  paintGrid(unit) {
    const { context, theme, size } = this;
    const half = this.data.half_width;
    context.fillStyle = theme.faint;
    for (let k = -half; k <= half; k += 1) {
      const at = Math.round(size / 2 + k * unit);
      context.fillRect(at, MARGIN, 1, size - 2 * MARGIN);
      context.fillRect(MARGIN, at, size - 2 * MARGIN, 1);
    }
    context.font = `11px ${theme.font}`;
    context.fillStyle = theme.muted;
    context.textBaseline = "top";
    context.textAlign = "left";
    for (let k = -half + 1; k < half; k += 1) context.fillText(String(k), size / 2 + k * unit + 3, size / 2 + 3);
  }

  destroy() {
    this.sizes.disconnect();
    this.outer.remove();
  }
}
