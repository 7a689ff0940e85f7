// The plane: field of D, contour, real and generated samples, the generator's grid and what it receives.
//
// What changes seldom (field, contour, axes, real samples) is kept in a second bitmap, so that a repaint is one copy
// and a few hundred small rectangles.

import { axes, clip, makeView, waiting } from "./axes.js";
import { contour } from "./contour.js";
import { drawArrows, drawManifold } from "./layers2d.js";
import { reading } from "./format.js";
import { rgb, rgba } from "./theme.js";

const MARGIN = { left: 34, right: 12, top: 18, bottom: 36 };
const BARE = { left: 4, right: 4, top: 4, bottom: 4 };

export class Stage2D {
  constructor() {
    this.base = document.createElement("canvas");
    this.image = document.createElement("canvas");
    this.clear();
  }

  clear() {
    this.tensors = new Map();
    this.bounds = this.bounds ?? null;
    this.stale();
  }

  stale() {
    this.fresh = false;
  }

  resize(width, height, sharpness) {
    this.size = [width, height];
    this.sharpness = sharpness;
    this.base.width = Math.round(width * sharpness);
    this.base.height = Math.round(height * sharpness);
    this.stale();
  }

  update({ info, tensors }) {
    for (const [name, tensor] of tensors) this.tensors.set(name, tensor);
    if (String(info.bounds) !== String(this.bounds) && info.bounds?.length === 2) {
      this.bounds = info.bounds;
      this.stale();
    }
    if (tensors.has("field")) this.takeField(tensors.get("field"));
    if (tensors.has("real")) this.stale();
  }

  takeField({ data, shape: [rows, columns] }) {
    const { image } = this;
    if (image.width !== columns || image.height !== rows) Object.assign(image, { width: columns, height: rows });
    this.segments = null;
    this.stale();
  }

  view() {
    const margin = this.compact ? BARE : MARGIN;
    const [width, height] = this.size;
    const box = {
      left: margin.left, top: margin.top,
      width: width - margin.left - margin.right, height: height - margin.top - margin.bottom,
    };
    return makeView(box, ...this.bounds, true);
  }

  paintBase() {
    const { theme, base } = this;
    const context = base.getContext("2d", { alpha: false });
    const view = this.view();
    this.current = view;
    context.setTransform(this.sharpness, 0, 0, this.sharpness, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, ...this.size);
    context.fillStyle = theme.plot;
    context.fillRect(view.left, view.top, view.width, view.height);
    clip(context, view, () => {
      if (this.layers.has("field")) this.drawField(context, view);
      if (this.layers.has("contour")) this.drawContour(context, view);
      if (this.layers.has("real")) points(context, view, this.tensors.get("real"), rgb(theme.real), theme.halo);
    });
    if (!this.compact) axes(context, view, theme, { x: "x₁", y: "x₂" });
    this.fresh = true;
  }

  /** The field holds D at the centres of cells that fill the bounds; smoothing joins them. */
  drawField(context, view) {
    const field = this.tensors.get("field");
    if (!field) return;
    const [rows, columns] = field.shape;
    const small = this.image.getContext("2d");
    const picture = small.createImageData(columns, rows);
    const words = new Uint32Array(picture.data.buffer);
    for (let row = 0; row < rows; row += 1) {
      const from = (rows - 1 - row) * columns; // row 0 of the field is the lowest, of the picture the highest
      for (let column = 0; column < columns; column += 1) words[row * columns + column] = this.theme.field[field.data[from + column]];
    }
    small.putImageData(picture, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(this.image, view.left, view.top, view.width, view.height);
  }

  drawContour(context, view) {
    const field = this.tensors.get("field");
    if (!field) return;
    this.segments ??= contour(field.data, field.shape);
    const { segments } = this;
    const x = (column) => view.left + ((column + 0.5) * view.width) / field.shape[1];
    const y = (row) => view.bottom - ((row + 0.5) * view.height) / field.shape[0];
    context.beginPath();
    for (let k = 0; k < segments.length; k += 4) {
      context.moveTo(x(segments[k]), y(segments[k + 1]));
      context.lineTo(x(segments[k + 2]), y(segments[k + 3]));
    }
    context.strokeStyle = this.theme.muted;
    context.lineWidth = 1.25;
    context.stroke();
  }

  paint(context, pointer) {
    if (!this.bounds) {
      waiting(context, this);
      return;
    }
    if (!this.fresh) this.paintBase();
    const { theme, layers, tensors, current: view } = this;
    context.drawImage(this.base, 0, 0, ...this.size);
    clip(context, view, () => {
      if (layers.has("manifold")) drawManifold(context, view, tensors.get("manifold"), theme.fake);
      if (layers.has("fake")) points(context, view, tensors.get("fake"), rgb(theme.fake), theme.halo);
      if (layers.has("arrows")) drawArrows(context, view, tensors.get("arrows"), rgba(theme.dark ? [255, 255, 255] : [20, 20, 30], 0.8));
    });
    if (pointer) this.drawPointer(context, view, pointer);
  }

  drawPointer(context, view, [x, y]) {
    const field = this.tensors.get("field");
    if (!field || x < view.left || x > view.right || y < view.top || y > view.bottom) return;
    const [rows, columns] = field.shape;
    const column = Math.min(columns - 1, Math.floor(((x - view.left) / view.width) * columns));
    const row = Math.min(rows - 1, Math.floor(((view.bottom - y) / view.height) * rows));
    const text = this.t("pointer", { value: reading(field.data[row * columns + column] / 255) });
    context.font = `12px ${this.theme.font}`;
    const width = context.measureText(text).width + 12;
    const left = Math.min(x + 14, view.right - width);
    const top = Math.max(view.top, y - 30);
    context.fillStyle = this.theme.background;
    context.fillRect(left, top, width, 22);
    context.fillStyle = this.theme.text;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, left + 6, top + 11.5);
  }
}

/** Squares, not discs: a filled rectangle costs a tenth of an arc. All halos first, in one colour. */
function points(context, view, tensor, colour, halo) {
  if (!tensor) return;
  const { data, shape: [n] } = tensor;
  const size = n > 600 || view.width < 380 ? 3 : 4;
  const { left, bottom, unitX, unitY, lowX, lowY } = view;
  for (const [fill, width] of [[halo, size + 2], [colour, size]]) {
    context.fillStyle = fill;
    for (let k = 0; k < n; k += 1) {
      const x = left + (data[2 * k] - lowX) * unitX;
      const y = bottom - (data[2 * k + 1] - lowY) * unitY;
      context.fillRect(Math.round(x - width / 2), Math.round(y - width / 2), width, width);
    }
  }
}
