// What the frames of a study say (ganlab/live/study_run.py), as the charts need it: plain arrays, in the unit that the page
// shows, NaN where nothing is yet.

import { unitText } from "./digits.js";
import { number } from "./frame.js";
import { tame } from "./samplesaxes.js";
import { because } from "./reasons.js";

const MEASURES = ["value", "low", "high", "aim"];
const NONE = [];

export class Model {
  static LAYERS = ["samples", "ladder", "redraws", "null", "scan"];

  static ONCE = ["samples"];

  constructor(data, t) {
    this.t = t;
    this.configure(data);
    this.clear();
  }

  configure(data) {
    this.data = data;
    this.points = this.read ? this.pointsOf(this.read) : null;
  }

  /** Another study: what is shown is no longer true. */
  clear() {
    Object.assign(this, { info: null, read: null, points: null, scan: null, test: null, ladder: {}, drawn: {}, index: new Map() });
  }

  get ready() {
    return Boolean(this.info && this.points && this.ladder.value);
  }

  take(info, tensors) {
    this.info = info;
    this.index = new Map(info.names.map((name, k) => [name, k]));
    const read = (name) => tensors.get(name)?.data;
    if (tensors.has("real")) {
      this.read = Object.fromEntries(["real", "fake", "grid", "p", "q"].map((name) => [name, read(name) ?? NONE]));
      this.points = this.pointsOf(this.read);
    }
    for (const measure of MEASURES) {
      if (tensors.has(`ladder_${measure}`)) this.ladder[measure] = tensors.get(`ladder_${measure}`);
      if (tensors.has(`redraws_${measure}`)) this.drawn[measure] = tensors.get(`redraws_${measure}`);
    }
    if (tensors.has("scan_value") && !this.scan) this.scan = this.scanOf(read);
    if (tensors.has("null") && info.test && this.test?.name !== info.test.name) this.test = testOf(info.test, tensors.get("null").data);
  }

  // ------------------------------------------------------------ parts of it

  /** What lies in view: a family says itself, of a file it is all but the outermost points. */
  pointsOf({ real, fake, grid, p, q }) {
    const { dim, n, files, bounds } = this.data;
    const views = [[real, files[0]], [fake, files[1]]].filter(([, file]) => file).map(([flat]) => extent(flat, dim));
    if (bounds) views.push(bounds);
    const view = Array.from({ length: dim }, (_, k) => [Math.min(...views.map((one) => one[k][0])), Math.max(...views.map((one) => one[k][1]))]);
    return { real, fake, grid, p, q, bounds: view, sizes: files.map((size) => (size ? Math.min(size, n) : n)) };
  }

  scanOf(read) {
    const [bandwidths, values, exact] = ["bandwidth", "value", "exact"].map((name) => [...(read(`scan_${name}`) ?? NONE)]);
    return { bandwidths, values, exact, median: read("scan_median")[0], chosen: read("scan_chosen")[0] };
  }

  /** One estimator's row of a group of arrays [E, …]. */
  row(group, measure, name) {
    const found = group[measure];
    const k = this.index.get(name);
    if (!found || k === undefined || k >= found.shape[0]) return NONE;
    const length = found.shape[1];
    return Array.from(found.data.subarray(k * length, (k + 1) * length));
  }

  // ------------------------------------------------------------ in the unit that is shown

  factor(units) {
    return units === "nats" && this.data.units === "bits" ? 1 / Math.LN2 : 1;
  }

  unit(units) {
    return units === "x" ? "" : unitText(this.t, units, this.data.units);
  }

  get rungs() {
    return this.info.rungs;
  }

  get n() {
    return this.info.rungs.at(-1);
  }

  get redrawn() {
    return this.info.redrawn;
  }

  get redraws() {
    return this.info.steps;
  }

  /** Whether every redraw takes all the points of two files, so that nothing varies. */
  get frozen() {
    const { files, n } = this.data;
    return files.every((size) => size > 0 && size <= n);
  }

  get picked() {
    return this.data.test;
  }

  get permutations() {
    return this.data.permutations;
  }

  /** The exact value of a divergence: NaN where nobody knows it, Infinity with its reason where it is infinite. */
  target({ name, units }) {
    const found = this.info.exact[name];
    const unknown = this.data.files.some(Boolean);
    const value = found ? number(found.value) : NaN;
    const why = found?.reason && !Number.isFinite(value) ? because(this.t, found.reason) : null;
    return { exact: value * this.factor(units), unit: this.unit(units), why, pending: !found && !unknown };
  }

  /** All there is of one estimator. */
  series({ name, units }, exact) {
    const factor = this.factor(units);
    const scaled = (group, measure) => this.row(group, measure, name).map((value) => value * factor);
    const [values, lows, highs, aims] = MEASURES.map((measure) => scaled(this.ladder, measure));
    const [redraws, ...ends] = MEASURES.map((measure) => scaled(this.drawn, measure));
    const statistic = (key) => this.frozen && key !== "mean" ? NaN : number(this.info.statistics[key]?.[this.index.get(name)]) * (key === "coverage" || key === "infinite" ? 1 : factor);
    const aim = statistic("aim");
    const { covered, intervals } = coverage(ends);
    const last = values.length - 1;
    return {
      values, lows, highs, aims, redraws, redrawn: { lows: ends[0], highs: ends[1], aims: ends[2] },
      mean: statistic("mean"), sd: statistic("sd"), bias: statistic("bias"), rmse: statistic("rmse"), aim: Math.abs(aim - exact) <= 1e-6 * Math.abs(exact) ? NaN : aim,
      covered, intervals, value: values[last], low: lows[last], high: highs[last],
    };
  }

  /** Remarks on an estimator, those that say the same of several n in one: [{ rungs, why }]. */
  remarks(name) {
    const found = new Map();
    for (const remark of this.info.remarks) {
      if (remark.estimator !== name) continue;
      const why = because(this.t, remark);
      found.set(why, [...(found.get(why) ?? []), remark.n]);
    }
    return [...found].map(([why, rungs]) => ({ rungs, why }));
  }
}

function testOf({ name, statistic, p_value: pValue, n_used: n, m_used: m }, nulls) {
  return { name, statistic: number(statistic), pValue: number(pValue), used: [n, m], nulls: Array.from(nulls) };
}

/** How many of the intervals hold what they are for, of those that have ends and an aim. */
function coverage([lows, highs, aims]) {
  let [covered, intervals] = [0, 0];
  aims.forEach((aim, k) => {
    if (!Number.isFinite(lows[k]) || !Number.isFinite(highs[k]) || Number.isNaN(aim)) return;
    intervals += 1;
    if (lows[k] <= aim && aim <= highs[k]) covered += 1;
  });
  return { covered, intervals };
}

/** Low and high per axis of points [n·d], with a margin; far outliers left outside. */
function extent(flat, dim) {
  return Array.from({ length: dim }, (_, axis) => {
    const values = tame(Array.from({ length: flat.length / dim }, (__, k) => flat[k * dim + axis]), 6);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = 0.08 * (high - low) || 0.5;
    return [low - margin, high + margin];
  });
}
