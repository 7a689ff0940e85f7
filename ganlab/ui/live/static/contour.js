// Marching squares: where a field of bytes crosses a level, as line segments.

/** Crossing of the edge from a to b, 0 at a and 1 at b. */
const at = (a, b, level) => (level - a) / (b - a);

/**
 * Segments [x0, y0, x1, y1, …] in columns and rows of the field; `level` lies between two bytes, so no value equals
 * it and every cell has 0, 2 or 4 crossings. The saddle is resolved by the mean of its corners.
 */
export function contour(data, [rows, columns], level = 127.5) {
  const segments = [];
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      cell(segments, data, row, column, columns, level);
    }
  }
  return segments;
}

function cell(segments, data, row, column, columns, level) {
  const index = row * columns + column;
  const a = data[index];
  const b = data[index + 1];
  const c = data[index + columns + 1];
  const d = data[index + columns];
  const code = (a > level) | ((b > level) << 1) | ((c > level) << 2) | ((d > level) << 3);
  if (code === 0 || code === 15) return;
  const crossings = [];
  if (a > level !== b > level) crossings.push(column + at(a, b, level), row);
  if (b > level !== c > level) crossings.push(column + 1, row + at(b, c, level));
  if (d > level !== c > level) crossings.push(column + at(d, c, level), row + 1);
  if (a > level !== d > level) crossings.push(column, row + at(a, d, level));
  if (crossings.length === 4) {
    segments.push(...crossings);
    return;
  }
  // Order here: bottom, right, top, left. A high middle joins the high corners, so the low ones are cut off.
  const [bottomX, bottomY, rightX, rightY, topX, topY, leftX, leftY] = crossings;
  const middleHigh = (a + b + c + d) / 4 > level;
  if ((a > level) === middleHigh) segments.push(bottomX, bottomY, rightX, rightY, topX, topY, leftX, leftY);
  else segments.push(bottomX, bottomY, leftX, leftY, topX, topY, rightX, rightY);
}
