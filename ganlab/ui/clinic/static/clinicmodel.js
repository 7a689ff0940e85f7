// What the latest frame of a clinic says, ready to be drawn: one entry for each arm, the untreated one first.
//
//   model.take(info, tensors)   -> whether there are readings
//   model.arms   [{ index, name, about, band, values: { modes: [..S], … }, lost: [..S], estimates, effects, points }]
//
// `info.findings` has means, standard errors and intervals (ganlab/trials/clinic_findings.py): nothing is computed here.

import { number } from "./frame.js";

export const METRICS = ["modes", "high_quality", "reverse_kl"];
const LAYERS = ["seeds", "points", "course"];

export class Model {
  static LAYERS = LAYERS;

  constructor(data) {
    this.clear();
    this.configure(data);
  }

  configure(data) {
    this.data = data;
  }

  clear() {
    Object.assign(this, { info: null, tensors: new Map(), arms: [], ready: false });
  }

  take(info, tensors) {
    this.info = info;
    for (const [name, tensor] of tensors) this.tensors.set(name, tensor);
    const findings = info.findings ?? [];
    this.ready = findings.length > 0 && findings.length === this.data.arms.length && this.tensors.has("values");
    if (this.ready) this.arms = this.data.arms.map((arm, index) => this.arm(arm, index, findings[index]));
    return this.ready;
  }

  arm(arm, index, finding) {
    return {
      ...arm, index,
      losing: finding.losing,
      estimates: plain(finding.estimates),
      effects: finding.effects ? plain(finding.effects) : null,
      ...this.seeds(index),
      points: this.points(index),
    };
  }

  /** Readings of each seed by metric, and which seeds were lost. */
  seeds(index) {
    const { data, shape } = this.tensors.get("values");
    const [, seeds, metrics] = shape;
    const start = index * seeds;
    const values = Object.fromEntries(METRICS.map((name, m) => [name, Array.from({ length: seeds }, (_, s) => data[(start + s) * metrics + m])]));
    return { values, lost: [...this.tensors.get("lost").data.slice(start, start + seeds)] };
  }

  /** Samples of one seed as [x, y, x, y, …] in 0 … 255 over the frame; null for data on the line. */
  points(index) {
    const tensor = this.tensors.get("points");
    if (!tensor || tensor.shape[2] !== 2) return null;
    const size = tensor.shape[1] * 2;
    return tensor.data.subarray(index * size, (index + 1) * size);
  }

  /** Mean number of modes of an arm at every moment so far: { steps, means }. */
  course(index) {
    const tensor = this.tensors.get("course");
    if (!tensor) return { steps: [], means: [] };
    const [moments, arms] = tensor.shape;
    const means = Array.from({ length: moments }, (_, m) => tensor.data[m * arms + index]);
    return { steps: this.info.schedule.slice(0, moments), means };
  }

  get seedNumbers() {
    return this.info.seeds;
  }

  get total() {
    return this.info.scales.modes.best;
  }

  get cured() {
    return this.info.cured * this.total;
  }
}

/** Numbers that travelled as text ("nan", "inf") back to numbers, two levels deep. */
function plain(groups) {
  return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, Object.fromEntries(
    Object.entries(group).map(([key, value]) => [key, key === "verdict" ? value : number(value)]),
  )]));
}
