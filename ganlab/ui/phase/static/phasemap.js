// The map on the page: a canvas that keeps its sharpness, the pointer and the keyboard on it.

import { boxOf, cellAt, draw, layOut } from "./phasedraw.js";
import { el } from "./dom.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class PhaseMap {
  /** `onMark(cell | null)`: pointed at or walked to; `onChoose(cell, byTouch)`: clicked, tapped or Enter. */
  constructor({ onMark, onChoose }) {
    Object.assign(this, { onMark, onChoose, marked: null, chosen: null });
    this.canvas = el("canvas", { class: "phase-canvas", tabindex: 0, role: "application", "data-testid": "phase-map" });
    this.pen = this.canvas.getContext("2d");
    this.box = el("div", { class: "phase-canvas-box" }, [this.canvas]);
    this.canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.mark(this.under(event)));
    this.canvas.addEventListener("pointerleave", () => this.mark(this.chosen));
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.observer = new ResizeObserver(() => this.repaint());
    this.observer.observe(this.box);
  }

  /** What is to be drawn: axes, columns, rows, model, metric, scale, moment, theme, perfect. */
  show(view) {
    this.view = view;
    this.repaint();
  }

  repaint() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      if (this.view && this.box.clientWidth) this.paint();
    });
  }

  paint() {
    const { view } = this;
    const width = this.box.clientWidth;
    this.pen.font = `12px ${view.theme.font}`;
    this.layout = layOut(this.pen, width, view);
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(width * ratio), Math.round(this.layout.height * ratio)];
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) {
      [this.canvas.width, this.canvas.height] = size;
      this.canvas.style.height = `${this.layout.height}px`;
    }
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(this.pen, { ...view, layout: this.layout, marked: this.marked, chosen: this.chosen });
  }

  under(event) {
    if (!this.layout) return null;
    const { left, top } = this.canvas.getBoundingClientRect();
    return cellAt(this.layout, event.clientX - left, event.clientY - top);
  }

  mark(cell) {
    if (cell === this.marked) return;
    this.marked = cell;
    this.onMark(cell);
    this.repaint();
  }

  click(event) {
    const cell = this.under(event);
    if (cell !== null) this.choose(cell, event.pointerType === "touch");
  }

  choose(cell, byTouch = false) {
    this.chosen = cell;
    this.mark(cell);
    this.onChoose(cell, byTouch);
    this.repaint();
  }

  key(event) {
    const { columns, rows } = this.view ?? {};
    if (!columns || event.ctrlKey || event.altKey || event.metaKey) return;
    const step = STEPS[event.key];
    if (step) {
      const from = this.marked ?? this.chosen ?? 0;
      const [i, j] = [(from % columns) + step[0], Math.floor(from / columns) + step[1]];
      const fresh = this.marked === null && this.chosen === null;
      if (fresh) this.mark(0);
      else if (i >= 0 && i < columns && j >= 0 && j < rows) this.mark(j * columns + i);
    } else if ((event.key === "Enter" || event.key === " ") && this.marked !== null) this.choose(this.marked);
    else if (event.key === "Escape") this.forget();
    else return;
    event.preventDefault(); // the page's own keys (play, next moment) are for elsewhere
    event.stopPropagation();
  }

  forget() {
    this.chosen = null;
    this.mark(null);
    this.repaint();
  }

  /** Where a cell is, in CSS pixels of the canvas. */
  place(cell) {
    return this.layout ? boxOf(this.layout, cell) : null;
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
  }
}
