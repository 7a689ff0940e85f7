// Which numbers can be had for every move: those that together take less than a frame.
//
//   const pace = new Pace();
//   pace.note(info.values, key);             // [{ name, seconds }], what each took; `key`: what the time depends on
//   pace.late(names, key, FRAME)             // the slowest of these names: they wait until nothing moves
//
// Rows that nobody has timed yet for this key are taken for quick, except those of `wary`: (name) => seconds.

export const FRAME = 0.015; // seconds for all rows while something moves
export const REST = 0.1; // and when it has come to rest

export class Pace {
  constructor(wary = () => 0) {
    this.wary = wary;
    this.seconds = new Map();
  }

  /** Smoothed, so that a row does not wait because the machine was busy once. */
  note(values, key = "") {
    for (const { name, seconds } of values) {
      const before = this.seconds.get(name + key) ?? seconds;
      this.seconds.set(name + key, Math.min(0.7 * before + 0.3 * seconds, 2 * before + 0.001));
    }
  }

  late(names, key = "", budget = FRAME) {
    const costs = names.map((name) => [this.seconds.get(name + key) ?? this.wary(name), name]).sort(([a], [b]) => b - a);
    let total = costs.reduce((sum, [seconds]) => sum + seconds, 0);
    const late = [];
    for (const [seconds, name] of costs) {
      if (total <= budget) break;
      late.push(name);
      total -= seconds;
    }
    return late;
  }
}
