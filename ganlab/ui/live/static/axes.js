// From data to pixels, and the axes around it.

import { tickLabel, ticks } from "./format.js";

/** Linear scale of a panel; `equal` keeps one unit as long in x as in y. */
export function makeView(box, [lowX, highX], [lowY, highY], equal = false) {
  let { left, top, width, height } = box;
  if (equal) {
    const unit = Math.min(width / (highX - lowX), height / (highY - lowY));
    left += (width - unit * (highX - lowX)) / 2;
    top += (height - unit * (highY - lowY)) / 2;
    width = unit * (highX - lowX);
    height = unit * (highY - lowY);
  }
  const unitX = width / (highX - lowX);
  const unitY = height / (highY - lowY);
  return {
    left, top, width, height, right: left + width, bottom: top + height, lowX, highX, lowY, highY, unitX, unitY,
    x: (value) => left + (value - lowX) * unitX,
    y: (value) => top + height - (value - lowY) * unitY,
  };
}

export function clip(context, view, draw) {
  context.save();
  context.beginPath();
  context.rect(view.left, view.top, view.width, view.height);
  context.clip();
  draw();
  context.restore();
}

function frameAround(context, view, theme) {
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.strokeRect(view.left - 0.5, view.top - 0.5, view.width + 1, view.height + 1);
}

function ready(context, theme, size = 11) {
  context.font = `${size}px ${theme.font}`;
  context.fillStyle = theme.muted;
}

/** `beside` puts the label into the row of the numbers, for a panel that has another right below. */
export function axisX(context, view, theme, { label, beside = false } = {}) {
  ready(context, theme);
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillStyle = theme.faint;
  const places = ticks(view.lowX, view.highX, view.width / 70);
  for (const value of places) context.fillRect(Math.round(view.x(value)), view.bottom, 1, 4);
  context.fillStyle = theme.muted;
  const room = label && beside ? context.measureText(label).width + 16 : 0;
  for (const value of places) {
    if (view.x(value) < view.right - room) context.fillText(tickLabel(value), view.x(value), view.bottom + 6);
  }
  if (!label) return;
  context.textAlign = "right";
  context.fillText(label, view.right, view.bottom + (beside ? 6 : 19));
}

export function axisY(context, view, theme, { label, n } = {}) {
  ready(context, theme);
  context.textAlign = "right";
  context.textBaseline = "middle";
  const places = ticks(view.lowY, view.highY, n ?? view.height / 55);
  for (const value of places) {
    context.fillStyle = theme.faint;
    context.fillRect(view.left - 4, Math.round(view.y(value)), 4, 1);
    context.fillStyle = theme.muted;
    context.fillText(tickLabel(value), view.left - 7, view.y(value));
  }
  if (label) {
    context.textAlign = "left";
    context.textBaseline = "bottom";
    context.fillText(label, view.left - 32, view.top - 6);
  }
}

export function axes(context, view, theme, { x, y }) {
  frameAround(context, view, theme);
  axisX(context, view, theme, { label: x });
  axisY(context, view, theme, { label: y });
}

/** Names of the curves of a panel, in their colours, in the strip above it: inside they would cover curves. */
export function key(context, view, theme, entries) {
  context.font = `11px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const middle = view.top - 11;
  const width = ({ text }) => 38 + context.measureText(text).width;
  let left = view.right + 15 - entries.reduce((sum, entry) => sum + width(entry), 0);
  for (const { text, colour, dash = [] } of entries) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(left, middle);
    context.lineTo(left + 18, middle);
    context.stroke();
    context.fillStyle = theme.text;
    context.fillText(text, left + 23, middle);
    left += width({ text });
  }
  context.setLineDash([]);
}

/** Before the first frame. */
export function waiting(context, { theme, t, size: [width, height] }) {
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  ready(context, theme, 15);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(t("connecting"), width / 2, height / 2);
}
