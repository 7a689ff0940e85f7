// Small pictures of one cell: samples of a GAN over the data, and the course of a metric over steps.

import { count } from "./format.js";
import { tickOf } from "./phasescale.js";
import { rgb, rgba } from "./theme.js";

const BINS = 30;
const COURSE = 96; // height in CSS pixels
const MARGIN = { left: 44, right: 8, top: 8, bottom: 20 };

/** A canvas of this size in CSS pixels, sharp, as a pen. */
function penOf(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/** `samples`: bytes [n · dim] over `frame` [[low, high], …], or null; `truth`: points of the data. */
export function drawSamples(canvas, { samples, frame, truth, dim, theme, size }) {
  const pen = penOf(canvas, size, size);
  pen.fillStyle = theme.plot;
  pen.fillRect(0, 0, size, size);
  if (!frame?.length) return;
  const share = (value, axis) => (value - frame[axis][0]) / (frame[axis][1] - frame[axis][0]);
  if (dim === 1) {
    bars(pen, truth.map(([x]) => share(x, 0)), size, rgba(theme.real, 0.35));
    if (samples) bars(pen, Array.from(samples, (byte) => byte / 255), size, rgba(theme.fake, 0.75), true);
    return;
  }
  const place = (share) => 1 + share * (size - 2); // those on the edge are outside of the frame
  const dot = (x, y, r) => pen.fillRect(place(x) - r, place(1 - y) - r, 2 * r, 2 * r);
  pen.fillStyle = rgba(theme.real, 0.4);
  for (const [x, y] of truth) dot(share(x, 0), share(y, 1), 1.2);
  pen.fillStyle = rgb(theme.fake);
  for (let k = 0; samples && k < samples.length; k += 2) dot(samples[k] / 255, samples[k + 1] / 255, 1);
}

function bars(pen, shares, size, colour, outline = false) {
  const counts = new Array(BINS).fill(0);
  for (const share of shares) counts[Math.min(BINS - 1, Math.max(0, Math.floor(share * BINS)))] += 1 / shares.length;
  pen.fillStyle = pen.strokeStyle = colour;
  const [width, height] = [size / BINS, size * 3];
  counts.forEach((part, k) => {
    const tall = Math.min(size, part * height);
    if (outline) pen.fillRect(k * width, size - tall, width, 2);
    else pen.fillRect(k * width, size - tall, width, tall);
  });
}

/** One line for each seed and a thick one for their mean, moment by moment; the shown moment is marked. */
export function drawCourse(canvas, { model, cell, metric, moment, theme, scale }) {
  const width = canvas.parentElement.clientWidth;
  if (!width) return;
  const pen = penOf(canvas, width, COURSE);
  const inner = [width - MARGIN.left - MARGIN.right, COURSE - MARGIN.top - MARGIN.bottom];
  const last = Math.max(1, model.schedule.length - 1);
  const at = (k, value) => [MARGIN.left + (k / last) * inner[0], MARGIN.top + (1 - scale.share(value)) * inner[1]];
  frameOf(pen, { model, scale, metric, theme, width, inner, at });
  const seeds = Array.from({ length: model.seeds }, (_, seed) => (k) => model.value(k, cell, seed, metric));
  if (seeds.length > 1) for (const value of seeds) trace(pen, model, value, at, theme.muted, 1);
  trace(pen, model, (k) => model.cell(cell, metric, k).mean, at, theme.text, 2);
  if (moment !== null) {
    const [x] = at(moment, scale.low);
    pen.strokeStyle = theme.text;
    pen.setLineDash([3, 3]);
    stroke(pen, [[x, MARGIN.top], [x, MARGIN.top + inner[1]]], 1);
    pen.setLineDash([]);
  }
}

function frameOf(pen, { model, scale, metric, theme, width, inner, at }) {
  pen.font = `11px ${theme.font}`;
  pen.textBaseline = "middle";
  pen.strokeStyle = theme.faint;
  pen.fillStyle = theme.muted;
  pen.textAlign = "right";
  for (const value of [scale.low, scale.high]) {
    const [x, y] = at(0, value);
    stroke(pen, [[x, y], [width - MARGIN.right, y]], 1);
    pen.fillText(tickOf(metric, value), x - 5, y, MARGIN.left - 6);
  }
  const last = model.schedule.length - 1;
  for (const k of new Set([0, Math.round(last / 2), last])) {
    const [x] = at(k, scale.low);
    pen.textAlign = k === 0 ? "left" : k === last ? "right" : "center";
    pen.fillText(count(model.schedule[k]), x, MARGIN.top + inner[1] + 11);
  }
}

function trace(pen, model, value, at, colour, width) {
  pen.strokeStyle = colour;
  let piece = [];
  const flush = () => {
    if (piece.length > 1) stroke(pen, piece, width);
    piece = [];
  };
  model.schedule.forEach((_, k) => {
    const found = value(k);
    if (Number.isNaN(found)) flush();
    else piece.push(at(k, found));
  });
  flush();
}

function stroke(pen, points, width) {
  pen.lineWidth = width;
  pen.beginPath();
  points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}
