// Numbers for people. The page's own language decides on separators.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

export const count = (value) => (Number.isFinite(value) ? whole.format(value) : "–");

export function rate(value) {
  if (!Number.isFinite(value)) return "–";
  return value >= 10 || value === 0 ? count(value) : value.toFixed(1);
}

export const percent = (value) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : "–");

/** Three significant digits; powers of ten for what would be a row of zeros. */
export function reading(value) {
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : value.toPrecision(3);
  return text.replaceAll("-", "−");
}

/** Steps between round numbers (1, 2, 5 times a power of ten) so that about `n` fit between low and high. */
export function ticks(low, high, n) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const raw = span / Math.max(1, n);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) found.push(k * step);
  return found;
}

export const tickLabel = (value) => String(Number(value.toPrecision(6))).replace("-", "−");
