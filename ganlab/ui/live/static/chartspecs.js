// What each chart shows: its traces from the history, and its reference lines.

import { rgb } from "./theme.js";

/** What the value can reach at most where P = Q, by the f-divergence that it bounds; others are 0 there. */
const AT_EQUAL = { gan: -Math.log(4) };

const column = (history, name) => history.columns[name] ?? [];

/** Only readings that were taken: metrics are computed less often than losses. */
function readings(history, name) {
  const steps = column(history, "step");
  const values = column(history, name);
  const x = [];
  const y = [];
  for (let k = 0; k < values.length; k += 1) {
    if (Number.isFinite(values[k])) {
      x.push(steps[k]);
      y.push(values[k]);
    }
  }
  return { x, y };
}

const constant = (x, value) => ({ x: x.length ? [x[0], x[x.length - 1]] : [], y: x.length ? [value, value] : [] });

const line = (name, colour, points, style = {}) => ({ name, colour, points, ...style });

/** Charts with lines over steps: id, title and a function to traces. */
export const LINES = [
  {
    id: "losses",
    traces: (history, theme, t, { best }) => {
      const value = readings(history, "value"); // objectives without a value have none
      const optimal = readings(history, "value_optimal"); // on the line, of objectives that bound a divergence
      return [
        line(t("loss_d"), rgb(theme.real), readings(history, "loss_d")),
        line(t("loss_g"), rgb(theme.fake), readings(history, "loss_g")),
        line(t("value"), theme.text, value),
        // For a critic V is a difference of means, which bounds no divergence.
        ...(best ? [line(t(`value_equal_${best}`, {}, t("value_equal")), theme.muted, constant(value.x, AT_EQUAL[best] ?? 0), { dash: "dot" })] : []),
        ...(best && optimal.x.length ? [line(t(`value_optimal_${best}`), theme.muted, optimal, { dash: "dash" })] : []),
      ];
    },
  },
  {
    id: "distance",
    traces: (history, theme, t, { distance }) => [
      line(t(`distance_${distance}`, {}, t("distance")), theme.text, readings(history, "distance")),
      line(t("distance_floor"), theme.muted, readings(history, "distance_floor"), { dash: "dot" }),
      ...(distance === "js" ? [] : [line(t("js"), rgb(theme.real), readings(history, "js"))]),
      ...(distance === "w1" ? [] : [line(t("w1"), rgb(theme.fake), readings(history, "w1"))]),
    ],
  },
  {
    id: "gradients",
    log: true,
    traces: (history, theme, t) => [
      line(t("grad_d"), rgb(theme.real), readings(history, "grad_d")),
      line(t("grad_g"), rgb(theme.fake), readings(history, "grad_g")),
    ],
  },
];

export function plotlyLines(traces) {
  return traces.map(({ name, colour, points, dash }) => ({
    type: "scatter", mode: points.x.length === 1 ? "markers" : "lines", name, x: points.x, y: points.y, hoverinfo: "x+y+name",
    showlegend: points.x.length > 0, visible: points.x.length > 0 || undefined,
    line: { color: colour, width: dash ? 1.25 : 1.5, dash, simplify: true },
  }));
}

/** Bars of the generated shares, with a mark at the true weight of each mode. */
export function plotlyCoverage({ share, weights }, theme, t) {
  const x = Array.from(share.data, (_, k) => k + 1);
  return [
    { type: "bar", name: t("share"), x, y: Array.from(share.data), marker: { color: rgb(theme.fake) }, hoverinfo: "x+y+name" },
    {
      type: "scatter", mode: "markers", name: t("weights"), x, y: Array.from(weights.data), hoverinfo: "x+y+name",
      marker: { symbol: "line-ew-open", size: Math.max(5, Math.min(22, 190 / x.length)), color: rgb(theme.real), line: { width: 2.5 } },
    },
  ];
}

/** A log axis labelled at decades, at most about six; over less than two decades at 1, 2 and 5 of each, in full. */
export function decades(traces) {
  let low = Infinity;
  let high = -Infinity;
  for (const { y } of traces) {
    for (const value of y) {
      if (!(value > 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const axis = { type: "log", exponentformat: "power", dtick: 1 };
  if (!(high > 0)) return axis;
  const whole = Math.floor(Math.log10(high)) - Math.ceil(Math.log10(low));
  if (whole >= 1) return { ...axis, dtick: Math.ceil(whole / 6) };
  const tickvals = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const digit of [1, 2, 5]) tickvals.push(Number(`${digit}e${power}`));
  }
  return { ...axis, tickmode: "array", tickvals, ticktext: tickvals.map(String) };
}

export function layoutOf({ id, log }, theme, revision, traces) {
  const bars = id === "coverage" ? traces[0].x.length : 0;
  const axis = {
    gridcolor: theme.faint, zeroline: false, linecolor: theme.faint, tickfont: { size: 10, color: theme.muted },
    automargin: false, exponentformat: "power",
  };
  return {
    uirevision: revision, // the same: zoom and hidden traces survive the repaint
    autosize: true,
    margin: { l: 44, r: 6, t: 6, b: 30 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, color: theme.text, size: 11 },
    showlegend: true,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 10.5 }, bgcolor: "rgba(0,0,0,0)", itemwidth: 30 },
    hovermode: "x unified",
    hoverlabel: { font: { family: theme.font, size: 11 }, bgcolor: theme.background, bordercolor: theme.faint },
    dragmode: "zoom",
    bargap: 0.35,
    xaxis: id === "coverage"
      ? { ...axis, tick0: 1, dtick: Math.max(1, Math.ceil(bars / 12)), tickformat: "d", fixedrange: true, showgrid: false }
      : { ...axis, nticks: 6, tickformat: "~s", hoverformat: ",d" },
    yaxis: { ...axis, nticks: 5, ...(log ? decades(traces) : {}), ...(id === "coverage" ? { rangemode: "tozero" } : {}) },
  };
}
