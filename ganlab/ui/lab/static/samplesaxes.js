// Ends of axes that must hold numbers which come one after the other, some of them wild.

/** [low, high] with room on both sides; `must` is always inside. Nothing finite: [0, 1]. */
export function hull(values, must = [], room = 0.07) {
  const finite = [...values, ...must].filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  let [low, high] = [Math.min(...finite), Math.max(...finite)];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(high - low > 1e-5 * size)) [low, high] = [low - (0.1 * size || 0.5), high + (0.1 * size || 0.5)]; // float32 rounding
  const margin = room * (high - low);
  return [low - margin, high + margin];
}

/** Without the wildest: what lies within `reach` times the middle half around it, as arrays sorted by nobody. */
export function tame(values, reach = 4) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length < 8) return sorted;
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  const width = at(0.75) - at(0.25) || Math.abs(at(0.5)) || 1;
  return sorted.filter((value) => value >= at(0.25) - reach * width && value <= at(0.75) + reach * width);
}

/** The view as it is while it fits and is not far too large, so that axes do not tremble. */
export function steady(before, wanted) {
  if (!before) return wanted;
  const fits = wanted[0] >= before[0] && wanted[1] <= before[1];
  return fits && wanted[1] - wanted[0] > 0.6 * (before[1] - before[0]) ? before : wanted;
}

/** Counts in equal cells; what lies outside is not counted. */
export function counted(values, [low, high], cells) {
  const counts = new Array(cells).fill(0);
  for (const value of values) {
    const k = Math.floor((cells * (value - low)) / (high - low));
    if (k >= 0 && k < cells) counts[k] += 1;
    else if (value === high) counts[cells - 1] += 1;
  }
  return { edges: Array.from({ length: cells + 1 }, (_, k) => low + ((high - low) * k) / cells), counts };
}
