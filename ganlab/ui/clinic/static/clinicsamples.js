// A small picture: where the samples of one seed lie, over rings where the modes are.

import { el } from "./dom.js";
import { rgb, rgba } from "./theme.js";

const SIZE = 92; // CSS pixels
const INSET = 4;
const DOT = 1.6;
const SMALLEST = 3.2; // radius of a mode's ring, pixels

export class Samples {
  constructor({ label }) {
    this.canvas = el("canvas", { class: "clinic-samples", role: "img", "aria-label": label, title: label });
    this.box = this.canvas;
  }

  /** `points` in 0 … 255 over `frame` [[low, high], [low, high]]; `modes`: [[x, y, σ], …] in the data's units. */
  paint(points, frame, modes, theme) {
    const { canvas } = this;
    canvas.hidden = !points;
    if (!points || !theme) return;
    const ratio = window.devicePixelRatio || 1;
    const side = Math.round(SIZE * ratio);
    if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = theme.plot;
    pen.fillRect(0, 0, SIZE, SIZE);
    const room = SIZE - 2 * INSET;
    const place = (x, y) => [INSET + x * room, SIZE - INSET - y * room];
    this.rings(pen, frame, modes, place, room, theme);
    pen.fillStyle = rgba(theme.fake, 0.85);
    for (let k = 0; k < points.length; k += 2) {
      const [x, y] = place(points[k] / 255, points[k + 1] / 255);
      pen.fillRect(x - DOT / 2, y - DOT / 2, DOT, DOT);
    }
  }

  rings(pen, [[left, right], [low, high]], modes, place, room, theme) {
    pen.strokeStyle = rgb(theme.real);
    pen.lineWidth = 1;
    for (const [x, y, sigma] of modes) {
      const [px, py] = place((x - left) / (right - left), (y - low) / (high - low));
      pen.beginPath();
      pen.arc(px, py, Math.max(SMALLEST, (3 * sigma * room) / (right - left)), 0, 2 * Math.PI);
      pen.stroke();
    }
  }
}
