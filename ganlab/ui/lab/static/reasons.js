// Why a value is infinite or missing, in the viewer's language: { code, text, numbers } of ganlab.divergences.results.

import { plain } from "./controls.js";
import { number } from "./frame.js";

function shownNumber(value) {
  const found = number(value);
  if (Number.isFinite(found)) return plain(found.toPrecision(4));
  return found === Infinity ? "∞" : found === -Infinity ? "−∞" : value;
}

/** Where there are words of our own (in English there are none), with its numbers in them; else as it came. */
export function because(t, { code, text, numbers }) {
  const shown = Object.fromEntries(Object.entries(numbers ?? {}).map(([key, value]) => [key, shownNumber(value)]));
  const [, place, x] = String(shown.where ?? "").match(/(right|left)(?: of (.+))?$/) ?? [];
  if (place) shown.where = t(x ? `where_${place}_of` : `where_${place}`, { x });
  if (shown.side) shown.side = t(`side_name_${shown.side}`);
  const key = code === "heavy_tail" ? `reason_heavy_${shown.of ? "moment" : "difference"}` : `reason_${code}`;
  return t(key, shown, text);
}
