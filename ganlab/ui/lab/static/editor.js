// The components of P or of Q as numbers, and as text: what the chart's handles do, typed.
//
//   const editors = Editor.pair({ t, families,             // { p, q }
//     change: ({ [side]: components }, { final }) => …,      // numbers, weights, families, more or fewer components
//     type: (side, text, { final }) => … });                 // the text form; the server says what it means, or what is wrong
//   editors.p.set(components, text);
//   editors.p.complain({ text, position }, typed);           // under the text: what is wrong, and where

import { button, el } from "./dom.js";
import { Choice, NumberBox } from "./controls.js";
import { added, removed, reweighted } from "./families.js";

const MOST = 6; // components that the page offers; a link may bring more

export class Editor {
  static pair({ t, families, change, type }) {
    return Object.fromEntries(["p", "q"].map((side) => [side, new this({
      side, t, families, onChange: (components, how) => change({ [side]: components }, how), onText: (text, how) => type(side, text, how),
    })]));
  }

  constructor({ side, t, families, onChange, onText }) {
    Object.assign(this, { side, t, families, onChange, onText, shape: "", rows: [], components: [] });
    this.list = el("div", { class: "lab-components" });
    this.add = button("gl-quiet", { label: t("add_component"), tip: t("add_component_tip"), testid: `lab-add-${side}`, onclick: () => this.grow() });
    this.text = el("input", {
      type: "text", class: "lab-text", autocomplete: "off", spellcheck: "false", "aria-label": t("as_text", { side: side.toUpperCase() }), "data-testid": `lab-text-${side}`,
      oninput: () => this.typed(false), onchange: () => this.typed(true), onkeydown: (event) => event.key === "Escape" && this.restore(),
    });
    this.wrong = el("div", { class: "lab-wrong lab-wide", role: "alert", hidden: true, "data-testid": `lab-wrong-${side}` });
    const title = el("h3", {}, [el("span", { class: `lab-dot lab-dot-${side}` }), el("span", { text: t(`side_${side}`) })]);
    this.box = el("fieldset", { class: "lab-side", "aria-label": t(`side_${side}`), "data-testid": `lab-side-${side}` }, [
      el("div", { class: "lab-side-head" }, [title, this.add]), this.list, el("label", { class: "lab-field" }, [el("span", { text: t("text_form") }), this.text]), this.wrong,
    ]);
  }

  set(components, text) {
    this.components = components;
    const shape = JSON.stringify(components.map(({ family }) => [family, components.length > 1]));
    if (shape !== this.shape) this.renew();
    this.shape = shape;
    this.rows.forEach((row, k) => row.set(components[k]));
    this.add.hidden = components.length >= MOST;
    this.canonical = text;
    if (document.activeElement !== this.text || this.text.value === this.offered) this.restore();
  }

  /** The text as the numbers say it; a text that is just being typed stays. */
  restore() {
    this.offered = this.canonical;
    if (this.text.value !== this.canonical) this.text.value = this.canonical;
    this.praise();
  }

  typed(final) {
    this.offered = null;
    const text = this.text.value.trim();
    if (text !== this.canonical) this.onText(text, { final });
    else {
      this.praise();
      if (final) this.onChange(this.components, { final }); // it was understood while it was typed: now it rests
    }
  }

  /** Names of what went wrong, with the place marked in what was typed. */
  complain({ text, position }, typed) {
    this.trouble = typed ? "text" : "numbers";
    this.text.setAttribute("aria-invalid", "true");
    const parts = [el("span", { text })];
    if (Number.isInteger(position)) {
      const start = Math.max(0, position - 14);
      const here = typed[position] ?? " ";
      parts.push(el("code", {}, [start ? "…" : "", typed.slice(start, position), el("mark", { text: here === " " ? "\u00a0" : here }), typed.slice(position + 1, position + 14)]));
      parts.push(el("span", { text: this.t("position", { n: position + 1 }) }));
    }
    this.wrong.replaceChildren(...parts);
    this.wrong.hidden = false;
  }

  /** The numbers can be computed (again). */
  settle() {
    if (this.trouble === "numbers") this.praise();
  }

  praise() {
    this.trouble = null;
    this.wrong.hidden = true;
    this.text.removeAttribute("aria-invalid");
  }

  // ------------------------------------------------------------ components

  renew() {
    const { components } = this;
    const held = document.activeElement?.dataset?.testid; // a box that is being used keeps the focus
    this.rows = components.map((component, k) => this.row(component, k, components.length > 1));
    this.list.replaceChildren(...this.rows.map(({ box }) => box));
    if (held) this.list.querySelector(`[data-testid="${CSS.escape(held)}"]`)?.focus();
  }

  row(component, k, many) {
    const { t, side, families } = this;
    const what = t("component", { side: side.toUpperCase(), n: k + 1 });
    const options = [...families.rows.values()].map(({ key, label }) => [key, label]);
    const family = new Choice({ label: `${what}: ${t("family")}`, visible: "", options, testid: `lab-family-${side}${k}`, onChange: (key) => this.put(k, families.recast(this.components[k], key), true) });
    const boxes = families.get(component).parameters.map((parameter) => [parameter.name, this.number(what, k, parameter)]);
    const weight = many ? this.weight(what, k) : null;
    const away = many ? button("gl-quiet lab-away", { tip: t("remove_component", { name: what }), iconName: "close", testid: `lab-remove-${side}${k}`, onclick: () => this.onChange(removed(this.components, k), { final: true }) }) : null;
    const box = el("div", { class: "lab-component", role: "group", "aria-label": what }, [
      family.box, ...boxes.map(([, one]) => one.box), ...(many ? [weight.box, away] : []), ...boxes.map(([, one]) => one.wrong), ...(many ? [weight.wrong] : []),
    ]);
    const set = (now) => {
      family.set(now.family);
      for (const [name, one] of boxes) one.set(now.values[name]);
      weight?.set(now.weight);
    };
    return { box, set };
  }

  get Box() {
    return NumberBox;
  }

  number(what, k, { name, label, about, low, high, whole, step = 0.1 }) {
    const put = (value, final) => this.put(k, this.families.with(this.components[k], { [name]: value }), final);
    const one = new this.Box({
      t: this.t, label: `${what}: ${about}`, visible: label, low, high, whole, step, testid: `lab-${name}-${this.side}${k}`,
      onInput: (value) => put(value, false), onCommit: (value) => put(value, true),
    });
    one.box.title = about;
    return one;
  }

  weight(what, k) {
    const put = (value, final) => this.onChange(reweighted(this.components, k, value), { final });
    return new NumberBox({
      t: this.t, label: `${what}: ${this.t("weight")}`, visible: this.t("weight"), low: 0.01, high: 0.99, step: 0.05, testid: `lab-weight-${this.side}${k}`,
      onInput: (value) => put(value, false), onCommit: (value) => put(value, true),
    });
  }

  put(k, component, final) {
    this.onChange(this.components.map((one, j) => (j === k ? component : one)), { final });
  }

  grow() {
    const { components, families } = this;
    const last = components.at(-1);
    const centre = families.centre(last);
    const width = families.edge(last) - centre;
    const fresh = Number.isFinite(centre) ? families.moved(last, centre + (Number.isFinite(width) ? 2.5 * width : 2)) : last;
    this.onChange(added(components, fresh), { final: true });
  }
}
