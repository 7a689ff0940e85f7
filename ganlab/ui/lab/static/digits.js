// Numbers of the tables: five significant digits, errors in one, infinity as a sign.

import { powerOfTen } from "./scale.js";

const scientific = (value, places) => {
  const [digits, exponent] = value.toExponential(places).split("e");
  return `${Number(digits)}·${powerOfTen(Number(exponent))}`;
};

/** Five significant digits; powers of ten for what would be a row of zeros. */
export function digits(value, places = 5) {
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  const text = size < 1e-4 || size >= 1e6 ? scientific(value, places - 1) : size >= 10 ** places ? value.toFixed(0) : value.toPrecision(places);
  return text.replaceAll("-", "−");
}

/** What stands behind a value of these units; `information` is "nats" or "bits". */
export const unitText = (t, units, information) => ({ nats: t(information), x: "x", x2: "x²" })[units] ?? "";

/** The size of an error: ±3·10⁻¹³. */
export function errorText(error) {
  if (error === null || error === undefined || !Number.isFinite(error)) return "";
  if (error === 0) return "0";
  return `±${scientific(Number(error.toPrecision(1)), 0)}`;
}
