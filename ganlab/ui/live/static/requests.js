// Which layers to ask for in the next frame, and how soon: no more than can be seen.

const SOONEST = 28; // ms between frames; the trainer needs the machine too
const STILL = 250; // while nothing moves
const SLOW = 90; // while it runs so slowly that most frames would be equal
const UNSEEN = 250; // while the stage is scrolled away
const EVERY = { field: 66, manifold: 66, arrows: 66, curves: 66, map: 100, coverage: 125 };
// Layers of the stage that are drawn from tensors of another layer.
export const NEEDS = { contour: "field", d: "curves" };

export class Requests {
  constructor() {
    this.restart();
  }

  /** Another run, or the same one from its beginning. */
  restart() {
    this.last = {};
    this.asked = [];
    this.haveReal = false;
    this.interval = SOONEST;
    this.step = null;
  }

  /** Something was done to the run: look at once. */
  wake() {
    this.interval = SOONEST;
    this.last = {};
  }

  layers(now, { shown, visible, compact }) {
    const wanted = new Set(visible ? [...shown].map((name) => NEEDS[name] ?? name) : []);
    if (this.haveReal) wanted.delete("real");
    if (!compact) wanted.add("coverage").add("history");
    const asked = [...wanted].filter((name) => !(now - this.last[name] < EVERY[name]));
    for (const name of asked) this.last[name] = now;
    this.asked = asked;
    return asked;
  }

  received({ info, tensors }, visible) {
    if (tensors.has("real")) this.haveReal = true;
    const moved = info.step !== this.step;
    this.step = info.step;
    if (!visible) this.interval = UNSEEN;
    else if (moved) this.interval = SOONEST;
    else this.interval = Math.min(info.state === "running" ? SLOW : STILL, this.interval * 1.5);
  }
}
