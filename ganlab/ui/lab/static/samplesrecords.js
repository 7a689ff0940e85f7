// Rows of the CSV files: one form for all results of the page, so that all of them fit into one file.

const FIELDS = ["part", "name", "what", "at", "value", "low", "high", "aim", "exact", "unit"];

/** `what`: ladder (at n), redraw (at its number), mean, bias, sd, rmse, coverage, null, p_value, statistic, scan (at σ). */
export const HEAD = FIELDS;

/** Float32 has no more than eight digits to tell. */
const tidy = (value) => (typeof value === "number" ? (Number.isFinite(value) ? Number(value.toPrecision(8)) : Number.isNaN(value) ? "" : value > 0 ? "inf" : "-inf") : value);

export function record(values) {
  return FIELDS.map((field) => tidy(values[field] ?? ""));
}
