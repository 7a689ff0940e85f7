// The generator's warped grid and the arrows it follows.

import { rgba } from "./theme.js";

const SHADES = [0.04, 0.08, 0.14, 0.22, 0.32, 0.45, 0.6];
const LONGEST = 42; // pixels an arrow can reach
const HALF_LENGTH = 2; // slope (per half width of the stage) at which an arrow is half that long

function area(data, corners) {
  let twice = 0;
  for (let k = 0; k < 4; k += 1) {
    const a = 2 * corners[k];
    const b = 2 * corners[(k + 1) % 4];
    twice += data[a] * data[b + 1] - data[b] * data[a + 1];
  }
  return twice / 2;
}

/**
 * All cells hold the same probability, so opacity goes with one over area: 8 % where the density is that of samples
 * spread evenly over the stage. Cells of a shade are filled in one path; turning all the same way round keeps the
 * nonzero rule from punching holes where folds overlap.
 */
export function drawManifold(context, view, tensor, colour) {
  if (!tensor) return;
  const { data, shape: [rows, columns] } = tensor;
  if (rows > 1 && columns > 1) fillCells(context, view, data, rows, columns, colour);
  strokeGrid(context, view, data, rows, columns, rgba(colour, rows > 1 ? 0.4 : 0.9), rows > 1 ? 0.75 : 2);
}

function fillCells(context, view, data, rows, columns, colour) {
  const stage = (view.highX - view.lowX) * (view.highY - view.lowY);
  const cells = (rows - 1) * (columns - 1);
  const paths = SHADES.map(() => new Path2D());
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const first = row * columns + column;
      const corners = [first, first + 1, first + columns + 1, first + columns];
      const size = area(data, corners);
      const opacity = (0.08 * stage) / (cells * Math.abs(size) + 1e-12);
      const shade = SHADES.findLastIndex((value) => value <= opacity);
      if (shade >= 0) quad(paths[shade], view, data, size < 0 ? corners.reverse() : corners);
    }
  }
  paths.forEach((path, shade) => {
    context.fillStyle = rgba(colour, SHADES[shade]);
    context.fill(path);
  });
}

function quad(path, view, data, corners) {
  corners.forEach((corner, k) => {
    const x = view.x(data[2 * corner]);
    const y = view.y(data[2 * corner + 1]);
    if (k) path.lineTo(x, y);
    else path.moveTo(x, y);
  });
  path.closePath();
}

function strokeGrid(context, view, data, rows, columns, colour, width) {
  context.beginPath();
  const vertex = (row, column, first) => {
    const at = 2 * (row * columns + column);
    if (first) context.moveTo(view.x(data[at]), view.y(data[at + 1]));
    else context.lineTo(view.x(data[at]), view.y(data[at + 1]));
  };
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) vertex(row, column, !column);
  if (rows > 1) for (let column = 0; column < columns; column += 1) for (let row = 0; row < rows; row += 1) vertex(row, column, !row);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/**
 * Lengths grow with the gradient on one fixed scale (saturating at LONGEST), never relative to the frame: where the
 * gradient vanishes the arrows must vanish too.
 */
export function drawArrows(context, view, tensor, colour) {
  if (!tensor) return;
  const { data, shape: [n] } = tensor;
  const halfWidth = (view.highX - view.lowX) / 2;
  context.beginPath();
  for (let k = 0; k < 4 * n; k += 4) {
    const slope = Math.hypot(data[k + 2], data[k + 3]);
    const scaled = slope * halfWidth;
    const length = (LONGEST * scaled) / (scaled + HALF_LENGTH);
    if (!(length > 1)) continue;
    arrow(context, view.x(data[k]), view.y(data[k + 1]), data[k + 2] / slope, -data[k + 3] / slope, length);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.stroke();
}

function arrow(context, x, y, dx, dy, length) {
  const [tipX, tipY] = [x + dx * length, y + dy * length];
  const head = Math.min(6, 0.5 * length);
  context.moveTo(x, y);
  context.lineTo(tipX, tipY);
  context.moveTo(tipX - head * (dx - 0.5 * dy), tipY - head * (dy + 0.5 * dx));
  context.lineTo(tipX, tipY);
  context.lineTo(tipX - head * (dx + 0.5 * dy), tipY - head * (dy - 0.5 * dx));
}
