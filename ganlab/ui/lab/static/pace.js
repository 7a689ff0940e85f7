// Which numbers can be had for every move: those that together take less than a frame.
//
//   const pace = new Pace();
//   pace.note(info.values);             // [{ name, seconds }], what each took
//   pace.late(names)                    // the slowest of these names: they wait until nothing moves

const FRAME = 0.015; // seconds for all of them

export class Pace {
  constructor() {
    this.seconds = new Map();
  }

  /** Smoothed, so that a row does not wait because the machine was busy once. */
  note(values) {
    for (const { name, seconds } of values) {
      const before = this.seconds.get(name) ?? seconds;
      this.seconds.set(name, Math.min(0.7 * before + 0.3 * seconds, 2 * before + 0.001));
    }
  }

  late(names) {
    const costs = names.map((name) => [this.seconds.get(name) ?? 0, name]).sort(([a], [b]) => b - a);
    let total = costs.reduce((sum, [seconds]) => sum + seconds, 0);
    const late = [];
    for (const [seconds, name] of costs) {
      if (total <= FRAME) break;
      late.push(name);
      total -= seconds;
    }
    return late;
  }
}
