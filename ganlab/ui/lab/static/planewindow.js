// Which part of the plane is on screen: it grows while something is dragged past an edge, and fits itself at rest.
//
//   const view = new PlaneWindow(stage);
//   view.asked                       // [left, right, bottom, top] for a question; nulls until the first answer
//   view.within({ x, y })            // the place, at most a step past the edge; the window grows with it
//   view.fit(auto)                   // takes what the server says fits, unless what is shown does well
//   view.differs(window)             // whether a picture was computed for another window
//   view.forget()                    // the next answer says what fits

const STRETCH = 0.012; // of the window, with every move past its edge
const ROOM = 0.08; // of what fits: so much may be cut off before the window changes
const FULL = 0.5; // of the window: what fits may not take less

/** Whether two windows differ by more than rounding. */
const apart = (one, other) => one.some((value, k) => Math.abs(value - other[k]) > 1e-6 * (one[1] - one[0]));

export class PlaneWindow {
  constructor(stage) {
    this.stage = stage;
    this.wanted = null;
  }

  get asked() {
    return this.wanted ? this.stage.window : [null, null, null, null];
  }

  forget() {
    this.wanted = null;
  }

  set(window) {
    this.wanted = window;
    this.stage.setWindow(window);
  }

  differs(window) {
    return apart(window, this.stage.window);
  }

  within({ x, y }) {
    const [left, right, bottom, top] = this.stage.window;
    const step = STRETCH * (right - left);
    const { view } = this.stage.chart;
    const near = (scale, low, high, value) => (value < low || value > high ? scale.rounded(Math.max(low - step, Math.min(high + step, value))) : value);
    const place = { x: near(view.x, left, right, x), y: near(view.y, bottom, top, y) };
    const grown = [Math.min(left, place.x), Math.max(right, place.x), Math.min(bottom, place.y), Math.max(top, place.y)];
    if (this.differs(grown)) this.set(grown);
    return place;
  }

  /** Whether the window changed: when it did not hold both distributions, or held much besides. */
  fit(auto) {
    if (this.wanted) {
      const [left, right, bottom, top] = this.wanted;
      const room = ROOM * (auto[1] - auto[0]);
      const holds = left <= auto[0] + room && right >= auto[1] - room && bottom <= auto[2] + room && top >= auto[3] - room;
      if (holds && auto[1] - auto[0] > FULL * (right - left)) return false;
    }
    this.set(auto);
    return true;
  }
}
