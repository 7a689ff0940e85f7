// Mixtures in the plane as lists of components { family, weight, values }, and how an ellipse is dragged.
//
// A Gaussian's values are { x, y, s1, s2, angle }: centre, standard deviations along its two axes, and the direction of
// the first in degrees. s1 and s2 are names, not an order: an axis that is dragged past the other keeps its name. Other
// families (ring, moons …) have no place of their own; their parameters are typed.
//
//   const families = new PlaneFamilies(data.families);          // ganlab.ui.lab.plane_families.described()
//   families.known(components)                                    // from the server's { mean, cov } to ellipses
//   families.text(components)                                     // "0.3*normal([0,0],1)+0.7*ring(8,radius=1,std=0.01)"
//   families.isEllipse(component)
//   covarianceOf(values)                                          // [[a, b], [b, c]]
//   gripOf(values, "s1", gap)                                     // the end of an axis: two deviations and a gap away
//   families.gripped(component, "s1", { x, y }, gap)              // the component with that end there
//
// Nothing here changes its arguments.

import { clamp, decimal, Families } from "./families.js";

const ELLIPSE = "normal_2d";
export const RADIUS = 2; // standard deviations at which an ellipse is drawn
const RATIO = 1000; // of the axes: a covariance in a text loses its rank beyond
const DEGREES = 180 / Math.PI;
const DIGITS = 7; // of a covariance in a text, relative to its smaller axis
const tidy = (value, digits) => Number(value.toPrecision(digits));

export class PlaneFamilies extends Families {
  isEllipse(component) {
    return component.family === ELLIPSE;
  }

  known(components) {
    return components.map((one) => (this.isEllipse(one) && "mean" in one.values ? { ...one, values: ellipseOf(one.values) } : one));
  }

  term(component) {
    return this.isEllipse(component) ? termOf(component.values) : super.term(component);
  }

  // ------------------------------------------------------------ what the editor asks for

  /** Where a new component is put: beside the last one, along x; a Gaussian in any case. */
  centre(component) {
    return this.isEllipse(component) ? component.values.x : 0;
  }

  edge(component) {
    return this.isEllipse(component) ? component.values.x + component.values.s1 : 0;
  }

  moved(component, x) {
    return this.isEllipse(component) ? this.placed(component, { x: tidy(x, 3), y: component.values.y }) : this.fresh(ELLIPSE, component.weight);
  }

  recast(component, key) {
    return key === component.family ? component : this.fresh(key, component.weight);
  }

  /** Some values changed; the other axis follows where a covariance could not hold both. */
  with(component, values) {
    const next = super.with(component, values);
    if (!this.isEllipse(next)) return next;
    const { s1, s2 } = next.values;
    const other = "s1" in values ? "s2" : "s1";
    const axis = other === "s1" ? s2 : s1;
    next.values[other] = clamp(next.values[other], axis / RATIO, axis * RATIO);
    next.values.angle = foldAngle(next.values.angle);
    return next;
  }

  // ------------------------------------------------------------ dragging

  bound(component, name) {
    return this.get(component).parameters.find((row) => row.name === name);
  }

  placed(component, place) {
    const within = (name) => clamp(place[name], this.bound(component, name).low, this.bound(component, name).high);
    return this.with(component, { x: within("x"), y: within("y") });
  }

  /** The end of an axis is dragged: it gives the axis its length and turns the ellipse. */
  gripped(component, axis, { x, y }, gap) {
    const { values } = component;
    const [dx, dy] = [x - values.x, y - values.y];
    const distance = Math.hypot(dx, dy);
    if (!(distance > 0)) return component;
    const { low, high } = this.bound(component, axis);
    const length = clamp((distance - gap) / RADIUS, Math.max(low, gap / 20), high);
    const angle = axis === "s1" ? Math.atan2(dy, dx) : Math.atan2(-dx, dy);
    return this.with(component, { [axis]: tidy(length, 4), angle: Math.round(10 * angle * DEGREES) / 10 });
  }
}

/** In (−180, 180]. Half a turn is the same ellipse, but the handle that is held must not jump to its other end. */
function foldAngle(degrees) {
  const folded = tidy(degrees - 360 * Math.ceil((degrees - 180) / 360), 12);
  return folded === -180 ? 180 : folded + 0;
}

/** Unit vector at an angle in degrees; exact along the axes. */
export function directionOf(angle) {
  const quarter = ((angle % 360) + 360) % 360;
  if (quarter % 90 === 0) return [[1, 0], [0, 1], [-1, 0], [0, -1]][quarter / 90];
  return [Math.cos(angle / DEGREES), Math.sin(angle / DEGREES)];
}

/** `cov` as a text has it: a standard deviation, one per axis, or a matrix. */
function ellipseOf({ mean: [x, y], cov }) {
  if (typeof cov === "number") return { x, y, s1: cov, s2: cov, angle: 0 };
  if (typeof cov[0] === "number") return { x, y, s1: cov[0], s2: cov[1], angle: 0 };
  const [[a, b], [, c]] = cov;
  const middle = (a + c) / 2;
  const half = Math.hypot((a - c) / 2, b);
  // The smaller eigenvalue as determinant over the larger: less is lost where an ellipse is thin.
  const [first, second] = [middle + half, (a * c - b * b) / (middle + half)].map(Math.sqrt);
  if (half < 1e-12 * middle) return { x, y, s1: first, s2: first, angle: 0 };
  return { x, y, s1: first, s2: second, angle: foldAngle((Math.atan2(2 * b, a - c) / 2) * DEGREES) };
}

export function covarianceOf({ s1, s2, angle }) {
  const [cos, sin] = directionOf(angle);
  const [p, q] = [s1 * s1, s2 * s2];
  return [[p * cos * cos + q * sin * sin, (p - q) * cos * sin], [(p - q) * cos * sin, p * sin * sin + q * cos * cos]];
}

export function gripOf({ x, y, s1, s2, angle }, axis, gap) {
  const [cos, sin] = directionOf(angle);
  const reach = RADIUS * (axis === "s1" ? s1 : s2) + gap;
  return axis === "s1" ? { x: x + reach * cos, y: y + reach * sin } : { x: x - reach * sin, y: y + reach * cos };
}

function termOf({ x, y, s1, s2, angle }) {
  const mean = `[${decimal(x)},${decimal(y)}]`;
  if (s1 === s2) return `normal(${mean},${decimal(s1)})`;
  if (angle % 180 === 0) return `normal(${mean},[${decimal(s1)},${decimal(s2)}])`;
  if (angle % 90 === 0) return `normal(${mean},[${decimal(s2)},${decimal(s1)}])`;
  const places = clamp(Math.ceil(DIGITS - 2 - 2 * Math.log10(Math.min(s1, s2))), 2, 14);
  const [[a, b], [, c]] = covarianceOf({ s1, s2, angle }).map((row) => row.map((value) => decimal(Number(value.toFixed(places)))));
  return `normal(${mean},[[${a},${b}],[${b},${c}]])`;
}
