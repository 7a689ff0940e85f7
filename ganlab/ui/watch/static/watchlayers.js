// Which layers to ask for: while it moves all of them, while nothing moves hardly any, and those that never change once.

const STILL_EVERY = 5; // requests while nothing moves, of which one asks for all layers

export class WatchLayers {
  constructor() {
    this.moving = [];
    this.once = [];
    this.every = {};
    this.restart();
  }

  /** What to ask for from now on; the names in `once` until they came, those in `every` once in so many ms. */
  set(names, { once = [], every = {} } = {}) {
    this.once = once;
    this.every = every;
    this.moving = names.filter((name) => !once.includes(name));
    this.restart();
  }

  /** Another run, or the same one from its beginning. */
  restart() {
    this.came = new Set();
    this.asked = [];
    this.stamp = null; // of the latest frame
    this.shown = null; // of the latest with all layers
    this.at = {}; // when those of `every` were asked for
    this.wake();
  }

  /** Something was done to the run: look at once. */
  wake() {
    this.still = 0; // frames in a row that said nothing new
    this.at = {};
  }

  next(visible) {
    this.whole = visible && (this.stamp !== this.shown || this.still % STILL_EVERY === 0);
    const missing = visible ? this.once.filter((name) => !this.came.has(name)) : [];
    this.asked = this.whole ? [...this.due(performance.now()), ...missing] : missing;
    return this.asked;
  }

  /** While nothing moves all of them, so that they are of the same moment. */
  due(now) {
    const names = this.moving.filter((name) => this.still > 0 || !(now - this.at[name] < this.every[name]));
    for (const name of names) this.at[name] = now;
    return names;
  }

  /** Layers in `pending` are being worked out, and are asked for again. */
  received({ step, state, seed, done, pending = [] }) {
    const stamp = `${step} ${state} ${seed} ${done}`;
    this.still = stamp === this.stamp ? this.still + 1 : 0;
    this.stamp = stamp;
    if (this.whole) this.shown = stamp;
    for (const name of this.asked) { // not every run has every layer: asked for once is enough
      if (this.once.includes(name) && !pending.includes(name)) this.came.add(name);
    }
  }
}
