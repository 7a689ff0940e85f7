// The canvas: its size, its pixels per CSS pixel, and the painter that fits the data's dimension.

import { el } from "./dom.js";
import { Stage1D } from "./stage1d.js";
import { Stage2D } from "./stage2d.js";

const SHARPEST = 2; // more device pixels per CSS pixel cost painting time that nobody sees

export class Stage {
  constructor({ t, onResize }) {
    this.canvas = el("canvas", { class: "gl-canvas", role: "img", "aria-label": t("stage"), "data-testid": "ganlab-stage" });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.box = el("div", { class: "gl-stage" }, [this.canvas]);
    this.pointer = null;
    this.visible = true;
    this.observers = [
      new ResizeObserver(() => this.resize() && onResize()),
      new IntersectionObserver(([entry]) => { this.visible = entry.isIntersecting; }),
    ];
    for (const observer of this.observers) observer.observe(this.box);
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => { this.pointer = [offsetX, offsetY]; onResize(); });
    this.canvas.addEventListener("pointerleave", () => { this.pointer = null; onResize(); });
  }

  configure({ dim, height, theme, t, layers, compact }) {
    if (dim !== this.dim) {
      this.dim = dim;
      this.painter = dim === 1 ? new Stage1D() : new Stage2D();
    }
    this.box.style.setProperty("--gl-height", `${height}px`);
    this.box.classList.toggle("gl-square", dim === 2);
    Object.assign(this.painter, { theme, t, layers, compact });
    this.painter.stale();
    this.resize();
  }

  /** Fits the bitmap to the box; true if that changed it (and so cleared it). */
  resize() {
    const width = this.box.clientWidth;
    const height = this.box.clientHeight;
    const sharpness = Math.min(SHARPEST, window.devicePixelRatio || 1);
    const [columns, rows] = [Math.round(width * sharpness), Math.round(height * sharpness)];
    if (!columns || !rows || (this.canvas.width === columns && this.canvas.height === rows)) return false;
    Object.assign(this.canvas, { width: columns, height: rows });
    this.painter?.resize(width, height, sharpness);
    return true;
  }

  update(frame) {
    this.painter.update(frame);
  }

  clear() {
    this.painter.clear();
  }

  paint() {
    const { painter, context } = this;
    if (!painter.theme || !this.canvas.width) return;
    painter.size ?? painter.resize(this.box.clientWidth, this.box.clientHeight, Math.min(SHARPEST, window.devicePixelRatio || 1));
    context.setTransform(painter.sharpness, 0, 0, painter.sharpness, 0, 0);
    painter.paint(context, this.pointer);
  }

  destroy() {
    for (const observer of this.observers) observer.disconnect();
  }
}
