// Form controls of the pages about divergences. All follow the page's state with `set(value)` and speak up by callback;
// none keeps a state of its own, except what is just being typed.
//
//   const mean = new NumberBox({ t, label: "mean", low: -1000, high: 1000, step: 0.1,
//                                onInput: (value) => …,      // with every key that leaves an allowed number
//                                onCommit: (value) => … });  // Enter, or the box is left
//   mean.set(0.5);                                           // follows, unless somebody types in it just now
//   Nonsense stays as typed, with what is allowed under it; nothing is changed. Escape takes it back.
//   Texts used: `number_needed`, `whole_needed` with {low} and {high}.
//
//   new Choice({ label, options: [[value, text], …], onChange })      a drop-down list
//   new Slider({ label, low, high, log: true, step, format, onInput, onCommit })
//   new Toggle({ label, onChange })                                     on or off
//   new Segments({ label, options, onChange })                          one of a few, as buttons

import { el, setText } from "./dom.js";

let count = 0;
const unique = (prefix) => `${prefix}-${(count += 1)}`;

/** A number as it stands in a box: as many digits as it has, at most ten. */
export const plain = (value) => String(Number(Number(value).toPrecision(10)));

/** What somebody typed as a number; NaN where it is none. A comma or a full-width digit is understood. */
export function typed(text) {
  const tidy = text.normalize("NFKC").trim().replace("−", "-").replace(/^([^.,]*),([^.,]*)$/, "$1.$2");
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(tidy) ? Number(tidy) : NaN;
}

export class NumberBox {
  constructor({ t, label, visible = label, low, high, step = 0.1, whole = false, testid, onInput, onCommit = onInput }) {
    Object.assign(this, { t, low, high, step, whole, onInput, onCommit, value: NaN, changed: false });
    const wrong = unique("lab-wrong");
    this.input = el("input", {
      type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", class: "lab-number", "aria-label": label,
      "aria-describedby": wrong, "data-testid": testid,
      oninput: () => this.read(false), onchange: () => this.read(true), onblur: () => this.settle(), onkeydown: (event) => this.key(event),
    });
    this.wrong = el("span", { class: "lab-wrong", id: wrong, role: "alert", hidden: true });
    this.box = el("label", { class: "lab-field" }, [...(visible ? [el("span", { text: visible })] : []), this.input, this.wrong]);
  }

  set(value) {
    if (value === this.value && !this.bad) return;
    if (this.bad && value === this.value && this.editing) return;
    if (this.editing && typed(this.input.value) === value) this.value = value;
    else if (!this.editing || !this.bad) this.write(value);
  }

  get editing() {
    return document.activeElement === this.input;
  }

  write(value) {
    this.value = value;
    this.input.value = plain(value);
    this.complain(false);
  }

  allowed(value) {
    return value >= this.low && value <= this.high && (!this.whole || Number.isInteger(value));
  }

  read(final) {
    const value = typed(this.input.value);
    const good = this.allowed(value);
    const unfinished = /^[-+−]?\d*[.,]?\d*([eE][-+−]?)?$/.test(this.input.value.trim()) && Number.isNaN(value);
    this.complain(!good && (final || !unfinished));
    if (!good) return;
    if (value !== this.value) {
      this.value = value;
      this.changed = true;
      this.onInput(value);
    }
    if (final && this.changed) {
      this.changed = false;
      this.onCommit(value);
    }
  }

  complain(bad) {
    this.bad = bad;
    this.wrong.hidden = !bad;
    this.input.setAttribute("aria-invalid", String(bad));
    if (bad) setText(this.wrong, this.t(this.whole ? "whole_needed" : "number_needed", { low: plain(this.low), high: plain(this.high) }));
  }

  /** Left: what is good stands as a number is written; nonsense stays to be put right. */
  settle() {
    if (!this.bad) this.write(this.value);
  }

  key(event) {
    if (event.key === "Escape") this.write(this.value);
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!direction || !Number.isFinite(this.value)) return;
    event.preventDefault();
    const step = (this.whole ? 1 : this.step) * (event.shiftKey ? 10 : 1) * direction;
    const value = Number(Math.max(this.low, Math.min(this.high, this.value + step)).toPrecision(10));
    this.write(value);
    this.changed = true;
    this.onInput(value);
  }
}

export class Choice {
  constructor({ label, visible = label, options, testid, onChange }) {
    const list = options.map(([value, text]) => el("option", { value, text }));
    this.input = el("select", { class: "lab-choice", "aria-label": label, "data-testid": testid, onchange: () => onChange(this.input.value) }, list);
    this.box = el("label", { class: "lab-field" }, [...(visible ? [el("span", { text: visible })] : []), this.input]);
  }

  set(value) {
    if (this.input.value !== value) this.input.value = value;
  }
}

export class Slider {
  constructor({ label, visible = label, low, high, log = false, step, format = plain, testid, onInput, onCommit }) {
    Object.assign(this, { low, high, log, format });
    const ends = [this.position(low), this.position(high)];
    this.input = el("input", {
      type: "range", class: "gl-slider", min: ends[0], max: ends[1], step: step ?? (ends[1] - ends[0]) / 200, "aria-label": label, "data-testid": testid,
      oninput: () => onInput(this.read()), onchange: () => onCommit(this.read()),
    });
    this.output = el("output", { class: "lab-output" });
    this.box = el("label", { class: "lab-slider" }, [el("span", { text: visible }), this.input, this.output]);
  }

  position(value) {
    return this.log ? Math.log10(value) : value;
  }

  read() {
    const raw = Number(this.input.value);
    const value = this.log ? Number((10 ** raw).toPrecision(3)) : Number(raw.toPrecision(6));
    this.show(value);
    return Math.max(this.low, Math.min(this.high, value));
  }

  show(value) {
    setText(this.output, this.format(value));
    this.input.setAttribute("aria-valuetext", this.output.textContent);
  }

  set(value) {
    if (document.activeElement !== this.input || this.last !== value) this.input.value = this.position(value);
    this.last = value;
    this.show(value);
  }
}

export class Toggle {
  constructor({ label, tip, testid, onChange }) {
    this.input = el("input", { type: "checkbox", "data-testid": testid, onchange: () => onChange(this.input.checked) });
    this.box = el("label", { class: "gl-chip", title: tip }, [this.input, el("span", { text: label })]);
  }

  set(value) {
    this.input.checked = value;
  }
}

export class Segments {
  constructor({ label, options, testid, onChange }) {
    const name = unique("lab-segments");
    this.inputs = options.map(([value]) => el("input", { type: "radio", name, value, "data-testid": `${testid}-${value}`, onchange: () => onChange(value) }));
    const parts = options.map(([, text], k) => el("label", {}, [this.inputs[k], el("span", { text })]));
    this.box = el("div", { class: "lab-segments", role: "radiogroup", "aria-label": label, "data-testid": testid }, parts);
  }

  set(value) {
    for (const input of this.inputs) input.checked = input.value === value;
  }
}
