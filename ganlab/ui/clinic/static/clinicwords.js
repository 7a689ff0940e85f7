// Numbers and sentences of the clinic, in the viewer's language.

const MINUS = "−";


/** So many digits; no −0.0. */
export const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", MINUS) : "–");
export const signed = (value, digits) => (value > 0 && Number(value.toFixed(digits)) !== 0 ? "+" : "") + fixed(value, digits);

/** How many digits, what it is multiplied with, what stands behind. */
export const UNITS = {
  modes: { digits: 1, factor: 1, unit: "" },
  high_quality: { digits: 1, factor: 100, unit: " %" },
  reverse_kl: { digits: 3, factor: 1, unit: "" },
};

/** "7.9 ± 0.1"; without the error where there is none. */
export function meanText(metric, { mean, error }) {
  const { digits, factor, unit } = UNITS[metric];
  const spread = Number.isFinite(error) ? ` ± ${fixed(factor * error, metric === "modes" ? 2 : digits)}` : "";
  return `${fixed(factor * mean, digits)}${spread}${unit}`;
}

/** "6.6 more" or "0.3 fewer". */
export function gapText(t, value) {
  const text = fixed(Math.abs(value), 1);
  return t(value < 0 && text !== "0.0" ? "clinic_fewer" : "clinic_more", { n: text });
}

/** The state of an arm in a word: a code for colours and texts. */
export function code(arm, cured) {
  if (!arm.effects) return "untreated";
  const { verdict } = arm.effects.modes;
  return verdict === "helps" && arm.estimates.modes.mean >= cured - 1e-9 ? "cured" : verdict;
}

/** What it came to, as a plain sentence: one for the untreated, one for each treatment. */
export function sentence(t, arm, total) {
  const parts = [arm.effects ? treated(t, arm, total) : untreated(t, arm, total)];
  const { diverged, n } = arm.estimates.modes;
  if (diverged) parts.push(t("clinic_said_diverged", { k: diverged, n }));
  return parts.join(" ");
}

function untreated(t, arm, total) {
  const { mean, n } = arm.estimates.modes;
  return t("clinic_said_untreated", { losing: arm.losing, n, mean: fixed(mean, 1), total });
}

function treated(t, arm, total) {
  const { verdict, before, after, difference, low, high, better, worse, n } = arm.effects.modes;
  return t(`clinic_said_${verdict}`, {
    after: fixed(after, 1), before: fixed(before, 1), gap: gapText(t, difference),
    low: signed(low, 1), high: signed(high, 1), better, worse, n, total,
  });
}

/** How the other two readings changed, beside the sentence about modes. */
export function aside(t, arm) {
  if (!arm.effects) return "";
  const { high_quality: quality, reverse_kl: kl } = arm.effects;
  return t("clinic_aside", {
    quality: signed(100 * quality.difference, 1), quality_low: signed(100 * quality.low, 1), quality_high: signed(100 * quality.high, 1),
    kl: signed(kl.difference, 2), kl_low: signed(kl.low, 2), kl_high: signed(kl.high, 2),
  });
}
