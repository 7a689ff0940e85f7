// All readings of a map as they come: [moment, cell, seed, metric], and some samples of each GAN at each moment.

export const METRICS = ["modes", "high_quality", "reverse_kl", "distance", "spread", "loss_d", "loss_g", "grad_d", "grad_g"];
const WIDTH = METRICS.length;
const FIRST = 3; // columns before the metrics: moment, cell, seed

export class PhaseModel {
  /** `cells` x `seeds`; `dim` of the data, `refused` cells that cannot be trained. */
  constructor({ cells, seeds, dim, refused }) {
    Object.assign(this, { cells, seeds, dim, refused });
    this.begin([]);
  }

  /** Nothing read yet; `schedule`: the steps at which all are read. */
  begin(schedule) {
    this.schedule = schedule;
    const size = schedule.length * this.cells * this.seeds;
    this.readings = new Float32Array(size * WIDTH).fill(NaN);
    this.known = new Uint8Array(size);
    this.points = null;
    this.latest = new Int16Array(this.cells * this.seeds).fill(-1); // moment of the latest reading of each GAN
    this.count = 0;
    this.version = (this.version ?? 0) + 1;
  }

  /** Rows of a frame and the points that belong to them; `from` is the number of the first. */
  add({ data, shape: [rows, width] }, points, from) {
    if (from === 0 && this.count) this.begin(this.schedule);
    for (let row = 0; row < rows; row += 1) {
      const [moment, cell, seed] = data.subarray(row * width, row * width + FIRST);
      const place = this.place(moment, cell, seed);
      this.readings.set(data.subarray(row * width + FIRST, (row + 1) * width), place * WIDTH);
      this.known[place] = 1;
      this.latest[cell * this.seeds + seed] = moment;
      if (points?.shape[0] === rows) this.keep(points, row, place);
    }
    this.count = from + rows;
    if (rows) this.version += 1;
  }

  keep({ data, shape: [, n, dim] }, row, place) {
    const size = n * dim;
    this.points ??= { data: new Uint8Array(this.known.length * size), n, size };
    this.points.data.set(data.subarray(row * size, (row + 1) * size), place * size);
  }

  place(moment, cell, seed) {
    return (moment * this.cells + cell) * this.seeds + seed;
  }

  /** The moment that is shown of a GAN: the one asked for, or its latest (null). */
  moment(cell, seed, asked) {
    return asked ?? this.latest[cell * this.seeds + seed];
  }

  isRead(moment, cell, seed) {
    return moment >= 0 && this.known[this.place(moment, cell, seed)] === 1;
  }

  value(moment, cell, seed, metric) {
    return moment < 0 ? NaN : this.readings[this.place(moment, cell, seed) * WIDTH + METRICS.indexOf(metric)];
  }

  /** Diverged: read, and nothing there is a number. */
  isLost(moment, cell, seed) {
    return this.isRead(moment, cell, seed) && Number.isNaN(this.value(moment, cell, seed, "distance"));
  }

  samples(moment, cell, seed) {
    if (!this.points || moment < 0) return null;
    const { data, size } = this.points;
    const place = this.place(moment, cell, seed);
    return data.subarray(place * size, (place + 1) * size);
  }

  /** Over the seeds of a cell: { state: "unread" | "refused" | "lost" | "read", mean, error, n, lost }. */
  cell(cell, metric, asked) {
    if (this.refused.has(cell)) return { state: "refused", mean: NaN, error: NaN, n: 0, lost: 0 };
    const found = [];
    let [read, lost] = [0, 0];
    for (let seed = 0; seed < this.seeds; seed += 1) {
      const moment = this.moment(cell, seed, asked);
      if (!this.isRead(moment, cell, seed)) continue;
      read += 1;
      if (this.isLost(moment, cell, seed)) lost += 1;
      const value = this.value(moment, cell, seed, metric);
      if (!Number.isNaN(value)) found.push(value);
    }
    const state = !read ? "unread" : lost === read ? "lost" : "read";
    return { state, lost, ...summary(found) };
  }

  /** The steps that all have reached, and the moment of the latest. */
  get complete() {
    let least = this.schedule.length - 1;
    for (let gan = 0; gan < this.latest.length; gan += 1) {
      if (!this.refused.has(Math.floor(gan / this.seeds))) least = Math.min(least, this.latest[gan]);
    }
    return least;
  }

  /** Low and high of a metric over all means so far, without the outermost 2 %. */
  range(metric, positive) {
    const key = `${metric} ${this.version} ${positive}`;
    if (this.ranged?.key === key) return this.ranged.range;
    const means = [];
    for (let moment = 0; moment < this.schedule.length; moment += 1) {
      for (let cell = 0; cell < this.cells; cell += 1) {
        const { mean } = this.cell(cell, metric, moment);
        if (Number.isFinite(mean) && (!positive || mean > 0)) means.push(mean);
      }
    }
    means.sort((a, b) => a - b);
    const at = (share) => means[Math.round(share * (means.length - 1))];
    const range = means.length ? [at(0.02), at(0.98)] : null;
    this.ranged = { key, range };
    return range;
  }
}

/** Mean and standard error s/√n; NaN for the error of fewer than two, or where something is infinite. */
export function summary(values) {
  const n = values.length;
  if (!n) return { mean: NaN, error: NaN, n };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2 || !Number.isFinite(mean)) return { mean, error: NaN, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (n - 1) / n), n };
}
