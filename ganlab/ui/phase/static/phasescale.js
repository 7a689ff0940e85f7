// What a metric looks like: its scale and range, its unit, and viridis, which the colour-blind can read.

import { percent, reading } from "./format.js";

const oneDecimal = (value) => (Number.isFinite(value) ? (Number.isInteger(value) ? String(value) : value.toFixed(1)) : reading(value));

/** `better`: which end is yellow; `range(model, data)` null for "as it comes". */
export const LOOKS = {
  modes: { better: "high", text: oneDecimal, range: (_, { modes }) => [0, modes], needs: "modes" },
  high_quality: { better: "high", text: percent, range: () => [0, 1], needs: "modes" },
  reverse_kl: { better: "low", text: reading, range: (_, { modes }) => [0, Math.log(Math.max(modes, 2))], needs: "modes", unit: "phase_nats" },
  distance: { better: "low", text: reading, log: true },
  spread: { better: null, text: reading, zero: true },
  grad_g: { better: null, text: reading, log: true },
  grad_d: { better: null, text: reading, log: true },
  loss_g: { better: null, text: reading },
  loss_d: { better: null, text: reading },
};

/** The same with two digits, for narrow cells. */
export const shortOf = (metric, value) => (metric === "high_quality" ? `${Math.round(100 * value)} %` : Number.isFinite(value) ? String(Number(value.toPrecision(2))).replace("-", "−") : reading(value));

/** A number on the colour bar: no more digits than round ones have. */
export const tickOf = (metric, value) => (metric === "high_quality" ? `${Math.round(100 * value)} %` : reading(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""));

export const metricName = (t, name, dim) => t(name === "distance" ? `phase_distance_${dim === 1 ? "w1" : "sw2"}` : `phase_${name}`);

/** Where values lie: { low, high, share(value) in [0, 1] or NaN, log }; what a perfect sampler scores is on it. */
export function scaleOf(metric, model, data, perfect) {
  const look = LOOKS[metric];
  let [low, high] = look.range?.(model, data) ?? model.range(metric, look.log) ?? [look.log ? 0.1 : 0, 1];
  if (look.zero) low = 0;
  if (look.log && perfect > 0) [low, high] = [Math.min(low, perfect), Math.max(high, perfect)];
  if (!(high > low)) high = look.log ? low * 10 : low + (Math.abs(low) || 1);
  const by = look.log ? Math.log : (value) => value;
  const share = (value) => {
    if (Number.isNaN(value) || (look.log && value < 0)) return NaN;
    return Math.min(1, Math.max(0, (by(Math.max(value, look.log ? low : -Infinity)) - by(low)) / (by(high) - by(low))));
  };
  return { low, high, share, log: Boolean(look.log) };
}

// Viridis (Smith and van der Walt 2015, CC0) at 17 even places.
const VIRIDIS = [
  [68, 1, 84], [72, 24, 106], [71, 45, 123], [66, 64, 134], [59, 82, 139], [51, 99, 141], [44, 114, 142], [38, 130, 142], [33, 145, 140],
  [31, 160, 136], [40, 174, 128], [63, 188, 115], [94, 201, 98], [132, 212, 75], [173, 220, 48], [216, 226, 25], [253, 231, 37],
];

/** The colour at a share of the way to the yellow end. */
export function viridis(share) {
  const at = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const index = Math.min(VIRIDIS.length - 2, Math.floor(at));
  return VIRIDIS[index].map((from, k) => Math.round(from + (VIRIDIS[index + 1][k] - from) * (at - index)));
}

/** The colour of a value: where small is better, the small end is the yellow one. */
export const colourOf = (metric, share) => viridis(LOOKS[metric].better === "low" ? 1 - share : share);

/** Black or white, whichever is read better on a colour. */
export const inkOn = ([r, g, b]) => (0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#111" : "#fff");

/** Round numbers along a scale. */
export function scaleTicks({ low, high, log }, n) {
  if (!log) {
    const raw = (high - low) / n;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999);
    return Array.from({ length: n + 2 }, (_, k) => (Math.ceil(low / step - 1e-9) + k) * step).filter((value) => value <= high * (1 + 1e-9));
  }
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.max(1, Math.ceil((to - from) / n));
  const powers = Array.from({ length: to - from + 1 }, (_, k) => from + k).filter((k) => (k - from) % every === 0);
  const factors = to - from > 2 ? [1] : [1, 2, 5];
  return powers.flatMap((k) => factors.map((factor) => factor * 10 ** k)).filter((value) => value >= low * 0.999 && value <= high * 1.001);
}
