// From data to pixels and back, linear or logarithmic, and the numbers that stand on an axis.
//
//   const s = makeScale({ kind: "log", low: 1e-4, high: 1, from: 300, to: 10 });  // from, to: pixels
//   s.at(0.1)  // -> pixels, never farther than a few screens away, so paths stay valid for 0 and infinity
//   s.value(120)  // -> data
//   s.ticks(5)  // -> [{ value, label }]
//   s.rounded(0.123456)  // -> as few digits as one pixel can tell apart

import { tickLabel, ticks } from "./format.js";

const FAR = 20000; // pixels: beyond any screen, within what a renderer draws exactly
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export function makeScale({ kind = "linear", low, high, from, to }) {
  const warp = kind === "log" ? (value) => Math.log10(value) : (value) => value;
  const unwarp = kind === "log" ? (value) => 10 ** value : (value) => value;
  const start = warp(low);
  const unit = (to - from) / (warp(high) - start);
  const far = (pixels) => Math.max(-FAR, Math.min(FAR, pixels));
  const at = (value) => {
    const pixels = from + (warp(value) - start) * unit;
    return Number.isNaN(pixels) ? (kind === "log" && value <= 0 ? far(from - Math.sign(unit) * FAR) : NaN) : far(pixels);
  };
  const value = (pixels) => unwarp(start + (pixels - from) / unit);
  return {
    kind, low, high, from, to, at, value,
    ticks: (n) => (kind === "log" ? logTicks(low, high, n) : ticks(low, high, n).map((v) => ({ value: v, label: tickLabel(v) }))),
    rounded: (v) => {
      const span = Math.abs(value(at(v) + 1) - v) || 1;
      const digits = Math.max(0, Math.min(12, -Math.floor(Math.log10(span) + 1e-9)));
      return Number(v.toFixed(digits));
    },
  };
}

/** 1e-3 as 10⁻³. */
export function powerOfTen(exponent) {
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPT[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

function logTicks(low, high, n) {
  if (!(low > 0 && high < Infinity)) return []; // there is no tick at 10^−∞
  const from = Math.ceil(Math.log10(low) - 1e-9);
  const to = Math.floor(Math.log10(high) + 1e-9);
  if (to - from < 2) return fineLogTicks(low, high);
  const stride = Math.max(1, Math.ceil((to - from + 1) / Math.max(1, n)));
  const found = [];
  for (let k = from; k <= to; k += 1) if ((k - from) % stride === 0) found.push({ value: 10 ** k, label: powerOfTen(k) });
  return found;
}

/** Over less than two decades: 1, 2, 5. */
function fineLogTicks(low, high) {
  const found = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.ceil(Math.log10(high)); k += 1) {
    for (const factor of [1, 2, 5]) {
      const value = Number((factor * 10 ** k).toPrecision(1));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push({ value, label: tickLabel(value) });
    }
  }
  return found;
}

/** Round ends for an axis that starts at `low` and must hold `high`: 0.37 -> 0.4. */
export function roundUp(high) {
  if (!(high > 0) || !Number.isFinite(high)) return 1;
  const power = 10 ** Math.floor(Math.log10(high));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((end) => end >= high * 1.0001) ?? 10 * power;
}
