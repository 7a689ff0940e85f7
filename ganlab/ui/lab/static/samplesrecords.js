// Rows of the CSV files: one form for all results of the page, so that all of them fit into one file.

export const HEAD = ["part", "name", "what", "at", "value", "low", "high", "aim", "exact", "unit"];

/** Float32 has no more than eight digits to tell. */
const tidy = (value) => (typeof value === "number" ? (Number.isFinite(value) ? Number(value.toPrecision(8)) : Number.isNaN(value) ? "" : value > 0 ? "inf" : "-inf") : value);

/** `what`: ladder (at n), redraw (at its number), mean, bias, sd, rmse, coverage, null, p_value, statistic, scan (at σ). */
export function record(values) {
  return HEAD.map((field) => tidy(values[field] ?? ""));
}
