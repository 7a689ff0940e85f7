// The map on a canvas: cells, ticks, names of the axes, and the colour bar. Pure drawing; `phasemap.js` has the pointer.

import { LOOKS, colourOf, inkOn, scaleTicks, shortOf, tickOf } from "./phasescale.js";
import { rgb } from "./theme.js";

const FONT = 12;
const TICK = 5;
const BAR = 14; // width of the colour bar
const LARGEST = 58; // height of a cell
const SMALLEST = 20;
const SINGLE = 84; // of the only row
const HATCH = 7;
const ROOM = 10; // between ticks

/** Numbers as short as they can be; names as they are. */
export function tickText(text) {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) return text;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1).replace(".0e", "e").replace("e-", "e−").replace("e+", "e");
  return String(Number(value.toPrecision(2))).replace("-", "−");
}

/** Where everything is, for a width in CSS pixels. */
export function layOut(pen, width, { axes, columns, rows }) {
  const [x, y] = axes;
  const texts = { x: x.shown.map(tickText), y: y ? y.shown.map(tickText) : [] };
  const widest = (list) => list.reduce((most, text) => Math.max(most, pen.measureText(text).width), 0);
  const left = y ? FONT + 14 + TICK + Math.min(widest(texts.y), width / 4) : 8;
  const right = BAR + 62;
  const plot = Math.max(60, width - left - right);
  const cell = [plot / columns, rows === 1 ? SINGLE : Math.min(LARGEST, Math.max(SMALLEST, plot / Math.max(columns, rows)))];
  const turned = widest(texts.x) + ROOM > cell[0] * Math.ceil(columns / Math.max(1, Math.floor(plot / (widest(texts.x) + ROOM))));
  const top = 12;
  const bottom = TICK + 4 + FONT + 6 + FONT + 8;
  return { width, left, top, plot, cell, columns, rows, texts, turned, height: top + rows * cell[1] + bottom, right: left + plot };
}

/** The cell under a point, or null. */
export function cellAt({ left, top, cell, columns, rows }, px, py) {
  const [i, j] = [Math.floor((px - left) / cell[0]), rows - 1 - Math.floor((py - top) / cell[1])];
  return i >= 0 && i < columns && j >= 0 && j < rows ? j * columns + i : null;
}

export function boxOf({ left, top, cell, columns, rows }, number) {
  const [i, j] = [number % columns, Math.floor(number / columns)];
  return [left + i * cell[0], top + (rows - 1 - j) * cell[1], cell[0], cell[1]];
}

/** Draws all of it. `view`: layout, axes, model, metric, scale, moment, marked, chosen, theme, t, perfect. */
export function draw(pen, view) {
  const { layout, theme } = view;
  pen.clearRect(0, 0, layout.width, layout.height);
  pen.font = `${FONT}px ${theme.font}`;
  pen.textBaseline = "middle";
  const cells = Array.from({ length: layout.columns * layout.rows }, (_, number) => view.model.cell(number, view.metric, view.moment));
  const text = fitting(pen, view, cells);
  cells.forEach((cell, number) => drawCell(pen, view, number, cell, text));
  drawMarks(pen, view);
  drawAxes(pen, view);
  drawBar(pen, view);
}

/** How numbers are written so that all of them fit into their cells; null where none should be. */
function fitting(pen, { layout, metric, theme }, cells) {
  const [width, height] = layout.cell;
  if (height < SMALLEST - 1) return null;
  pen.font = `11px ${theme.font}`;
  const means = cells.filter(({ state }) => state === "read").map(({ mean }) => mean);
  const found = [LOOKS[metric].text, (value) => shortOf(metric, value)].find((text) => means.every((mean) => pen.measureText(text(mean)).width + 5 < width));
  pen.font = `${FONT}px ${theme.font}`;
  return found ?? null;
}

function drawCell(pen, { layout, metric, scale, theme }, number, { state, mean }, text) {
  const [x, y, width, height] = boxOf(layout, number);
  const box = [Math.round(x), Math.round(y), Math.round(x + width) - Math.round(x) - 1, Math.round(y + height) - Math.round(y) - 1];
  pen.fillStyle = theme.faint;
  pen.fillRect(...box);
  if (state === "lost") hatch(pen, box, theme.muted, theme.background);
  else if (state === "refused") cross(pen, box, theme);
  else if (state === "read") {
    const share = scale.share(mean);
    if (Number.isNaN(share)) return;
    const colour = colourOf(metric, share);
    pen.fillStyle = rgb(colour);
    pen.fillRect(...box);
    if (text) write(pen, box, text(mean), inkOn(colour), theme);
  }
}

/** The number itself. */
function write(pen, [x, y, width, height], text, ink, { font }) {
  pen.font = `11px ${font}`;
  pen.fillStyle = ink;
  pen.textAlign = "center";
  pen.fillText(text, x + width / 2, y + height / 2 + 0.5);
  pen.font = `${FONT}px ${font}`;
}

function hatch(pen, box, ink, ground) {
  const [x, y, width, height] = box;
  pen.save();
  pen.beginPath();
  pen.rect(...box);
  pen.clip();
  pen.fillStyle = ground;
  pen.fillRect(...box);
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let at = Math.floor((x - height) / HATCH) * HATCH; at < x + width; at += HATCH) {
    pen.moveTo(at, y + height);
    pen.lineTo(at + height, y);
  }
  pen.stroke();
  pen.restore();
}

function cross(pen, [x, y, width, height], { background, muted }) {
  pen.fillStyle = background;
  pen.fillRect(x, y, width, height);
  pen.strokeStyle = muted;
  pen.setLineDash([2, 3]);
  pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  pen.setLineDash([]);
}

function drawMarks(pen, { layout, marked, chosen, theme }) {
  for (const [number, width] of [[chosen, 3], [marked, 2]]) {
    if (number === null || number === undefined) continue;
    const [x, y, w, h] = boxOf(layout, number);
    pen.strokeStyle = theme.background;
    pen.lineWidth = width + 2;
    pen.strokeRect(x + 0.5, y + 0.5, w - 2, h - 2);
    pen.strokeStyle = theme.text;
    pen.lineWidth = width;
    pen.strokeRect(x + 0.5, y + 0.5, w - 2, h - 2);
  }
}

function drawAxes(pen, { layout, axes, theme }) {
  const { left, top, plot, cell, columns, rows, texts } = layout;
  const foot = top + rows * cell[1];
  pen.fillStyle = pen.strokeStyle = theme.muted;
  pen.lineWidth = 1;
  pen.textAlign = "center";
  ticks(texts.x, cell[0], (text) => pen.measureText(text).width).forEach((k) => {
    const x = left + (k + 0.5) * cell[0];
    line(pen, x, foot, x, foot + TICK);
    pen.fillText(texts.x[k], x, foot + TICK + 4 + FONT / 2, Math.max(cell[0], 60));
  });
  pen.fillStyle = theme.text;
  pen.fillText(axes[0].label, left + plot / 2, foot + TICK + 4 + FONT + 6 + FONT / 2, plot + 40);
  if (!axes[1]) return;
  pen.fillStyle = theme.muted;
  pen.textAlign = "right";
  ticks(texts.y, cell[1], () => FONT).forEach((k) => {
    const y = foot - (k + 0.5) * cell[1];
    line(pen, left - TICK, y, left, y);
    pen.fillText(texts.y[k], left - TICK - 3, y, layout.width / 4);
  });
  pen.save();
  pen.translate(FONT / 2 + 2, top + (rows * cell[1]) / 2);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "center";
  pen.fillStyle = theme.text;
  pen.fillText(axes[1].label, 0, 0, Math.max(rows * cell[1], 90));
  pen.restore();
}

/** Every so many, so that they do not touch. */
function ticks(texts, size, measure) {
  const widest = texts.reduce((most, text) => Math.max(most, measure(text)), 0);
  const every = Math.max(1, Math.ceil((widest + 4) / size));
  return texts.map((_, k) => k).filter((k) => k % every === 0);
}

function drawBar(pen, { layout, metric, scale, theme, perfect }) {
  const { right, top, rows, cell } = layout;
  const [x, height] = [right + 12, rows * cell[1]];
  for (let row = 0; row < height; row += 1) {
    pen.fillStyle = rgb(colourOf(metric, 1 - row / height));
    pen.fillRect(x, top + row, BAR, 1.5);
  }
  const place = (value) => top + height * (1 - scale.share(value));
  pen.textAlign = "left";
  pen.fillStyle = pen.strokeStyle = theme.muted;
  pen.lineWidth = 1;
  for (const value of scaleTicks(scale, height < 120 ? 2 : 5)) {
    const y = Math.max(top + 1, Math.min(top + height - 1, place(value)));
    line(pen, x + BAR, y, x + BAR + 4, y);
    pen.fillText(tickOf(metric, value), x + BAR + 7, y);
  }
  if (perfect === undefined || Number.isNaN(scale.share(perfect))) return;
  const y = place(perfect);
  pen.fillStyle = theme.text;
  pen.beginPath(); // a mark on the left side of the bar: the perfect sampler
  pen.moveTo(x, y);
  pen.lineTo(x - 7, y - 4.5);
  pen.lineTo(x - 7, y + 4.5);
  pen.fill();
}

function line(pen, x0, y0, x1, y1) {
  pen.beginPath();
  pen.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  pen.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  pen.stroke();
}
