// The editor of one side, for ellipses: two standard deviations and an angle, named as they are written, of few digits.

import { NumberBox, plain } from "./controls.js";
import { Editor } from "./editor.js";

const SIGNS = { s1: "σ₁", s2: "σ₂" };
const DIGITS = 4;

/** Shows few digits of a number that has more; what is typed counts as typed. */
class ShortBox extends NumberBox {
  write(value) {
    super.write(value);
    this.input.value = plain(Number(value.toPrecision(DIGITS)));
  }
}

export class PlaneEditor extends Editor {
  number(what, k, { name, about, low, high, whole, step }) {
    const put = (value, final) => this.put(k, this.families.with(this.components[k], { [name]: value }), final);
    const one = new ShortBox({
      t: this.t, label: `${what}: ${about}`, visible: name === "angle" ? this.t("angle") : SIGNS[name] ?? name, low, high, whole, step, testid: `lab-${name}-${this.side}${k}`,
      onInput: (value) => put(value, false), onCommit: (value) => put(value, true),
    });
    one.box.title = about;
    return one;
  }
}
