// What the charts draw, in bounded memory: when the buffer is full, every second point of its older half goes.

export const LIMIT = 1000;

export class History {
  constructor(limit = LIMIT) {
    this.limit = limit;
    this.clear();
  }

  clear() {
    this.columns = {};
    this.length = 0;
    this.since = 0; // rows of the run that we hold or have thinned away
    this.version = 0;
  }

  /** Takes rows of a frame: `names` of the columns, a flat float array, and the run's index of the first row. */
  add(names, { data, shape: [rows, width] }, from) {
    if (from < this.since) {
      this.clear(); // the run started again
      if (from > 0) return; // and these are not its first rows: ask from the beginning
    }
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < width; column += 1) this.column(names[column]).push(data[row * width + column]);
      this.length += 1;
      if (this.length > this.limit) this.thin();
    }
    this.since = from + rows;
    if (rows) this.version += 1;
  }

  column(name) {
    this.columns[name] ??= [];
    return this.columns[name];
  }

  thin() {
    const half = this.length >> 1;
    for (const [name, values] of Object.entries(this.columns)) {
      this.columns[name] = values.filter((_, index) => index >= half || index % 2 === 0);
    }
    this.length -= half >> 1;
  }
}
