// Mixtures as lists of components { family, weight, values: { name: number } }, and how components are dragged.
//
//   const families = new Families(data.families);            // ganlab.ui.lab.handles.described()
//   families.text(components)                                // "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"
//   families.centre(c), families.edge(c)                     // where the two handles stand on the axis; NaN without
//   families.moved(c, x), families.widened(c, x)             // the component with that handle at x
//   reweighted(components, k, weight)                        // component k gets it, the others share the rest as before
//
// Weights always sum to 1. Nothing here changes its arguments.

const LEAST = 0.01; // share below which a component cannot be dragged
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const tidy = (value) => Number(value.toPrecision(10));

/** As Python prints it in a canonical text: the shortest decimal, exponents without a plus. */
export const decimal = (value) => String(value).replace("e+", "e");

export class Families {
  constructor(rows) {
    this.rows = new Map(rows.map((row) => [row.key, row]));
  }

  /** What the server says of components, as they are dragged. */
  known(components) {
    return components;
  }

  get(component) {
    return this.rows.get(component.family);
  }

  text(components) {
    return components.map((component) => (components.length > 1 ? `${decimal(component.weight)}*` : "") + this.term(component)).join("+");
  }

  term(component) {
    const { name, parameters } = this.get(component);
    const values = parameters.map(({ name: key, keyword }) => `${keyword ? `${key}=` : ""}${decimal(component.values[key])}`);
    return `${name}(${values.join(",")})`;
  }

  fresh(key, weight) {
    const values = Object.fromEntries(this.rows.get(key).parameters.map((row) => [row.name, row.default]));
    return { family: key, weight, values };
  }

  /** Another family at the same place and of the same width, as far as it can be. */
  recast(component, key) {
    const before = [this.centre(component), this.edge(component)];
    let after = this.fresh(key, component.weight);
    if (Number.isFinite(before[0])) after = this.moved(after, before[0]);
    if (Number.isFinite(before[1]) && before[1] > before[0]) {
      const centre = this.centre(after);
      after = this.widened(after, centre + (before[1] - before[0]));
    }
    return after;
  }

  // ------------------------------------------------------------ where the handles stand

  centre(component) {
    const rules = this.get(component)?.handles;
    if (!rules) return NaN;
    const place = rules.centre.reduce((sum, name) => sum + component.values[name], 0) / rules.centre.length;
    return rules.log ? Math.exp(place) : place;
  }

  edge(component) {
    const rules = this.get(component)?.handles;
    if (!rules?.width.length) return NaN;
    const { values } = component;
    if (rules.kind === "ends") return values[rules.width.at(-1)];
    const width = rules.kind === "rate" ? 1 / values[rules.width[0]] : values[rules.width[0]];
    const place = rules.centre.reduce((sum, name) => sum + values[name], 0) / rules.centre.length;
    return rules.log ? Math.exp(place + width) : place + width;
  }

  // ------------------------------------------------------------ dragging

  moved(component, x) {
    const rules = this.get(component).handles;
    const here = rules.centre.reduce((sum, name) => sum + component.values[name], 0) / rules.centre.length;
    const wanted = rules.log ? Math.log(Math.max(x, 1e-12)) : x;
    const [low, high] = this.slack(component, rules.moves);
    const step = clamp(wanted - here, low, high);
    return this.with(component, Object.fromEntries(rules.moves.map((name) => [name, component.values[name] + step])));
  }

  /** How far all of these may move together within their bounds. */
  slack(component, names) {
    const rows = this.get(component).parameters.filter(({ name }) => names.includes(name));
    return [
      Math.max(...rows.map(({ name, low }) => low - component.values[name])),
      Math.min(...rows.map(({ name, high }) => high - component.values[name])),
    ];
  }

  widened(component, x) {
    const { handles: rules, parameters } = this.get(component);
    if (!rules.width.length) return component;
    if (rules.kind === "ends") return this.stretched(component, x, rules.width);
    const [name] = rules.width;
    const { low, high } = parameters.find((row) => row.name === name);
    const place = rules.centre.reduce((sum, key) => sum + component.values[key], 0) / rules.centre.length;
    const width = rules.log ? Math.log(Math.max(x, 1e-12)) - place : x - place;
    const least = rules.kind === "rate" ? 1 / high : low;
    const value = Math.max(width, least);
    return this.with(component, { [name]: clamp(rules.kind === "rate" ? 1 / value : value, low, high) });
  }

  /** The last end at x, the first as far on the other side of their middle, the others in proportion. */
  stretched(component, x, names) {
    const { values } = component;
    const [first, last] = [values[names[0]], values[names.at(-1)]];
    const middle = (first + last) / 2;
    const bound = this.get(component).parameters.find(({ name }) => name === names[0]);
    const room = Math.min(bound.high - middle, middle - bound.low);
    const half = clamp(x - middle, 1e-3, room);
    const factor = half / ((last - first) / 2);
    return this.with(component, Object.fromEntries(names.map((name) => [name, middle + factor * (values[name] - middle)])));
  }

  with(component, values) {
    const tidied = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tidy(value)]));
    return { ...component, values: { ...component.values, ...tidied } };
  }
}

// ---------------------------------------------------------------- weights

/** Component k with this share; the others keep their proportions. */
export function reweighted(components, k, weight) {
  if (components.length < 2) return components;
  const share = clamp(weight, LEAST, 1 - LEAST * (components.length - 1));
  const rest = components.reduce((sum, one, j) => (j === k ? sum : sum + one.weight), 0);
  return normalised(components.map((one, j) => ({ ...one, weight: j === k ? share : (one.weight * (1 - share)) / rest })), k);
}

/** Shares of few digits that sum to 1: what rounding leaves goes to another component than k. */
function normalised(components, k = -1) {
  if (components.length === 1) return [{ ...components[0], weight: 1 }];
  const total = components.reduce((sum, { weight }) => sum + weight, 0);
  const rounded = components.map((one) => ({ ...one, weight: Math.max(1e-4, Number((one.weight / total).toFixed(4))) }));
  const other = rounded.reduce((best, one, j) => (j !== k && (best < 0 || one.weight > rounded[best].weight) ? j : best), -1);
  const rest = rounded.reduce((sum, { weight }, j) => (j === other ? sum : sum + weight), 0);
  rounded[other].weight = Number((1 - rest).toFixed(4));
  return rounded;
}

/** With one more, which gets an equal share. */
export function added(components, component) {
  const share = 1 / (components.length + 1);
  const smaller = components.map((one) => ({ ...one, weight: one.weight * (1 - share) }));
  return normalised([...smaller, { ...component, weight: share }]);
}

export function removed(components, k) {
  return normalised(components.filter((_, j) => j !== k));
}
