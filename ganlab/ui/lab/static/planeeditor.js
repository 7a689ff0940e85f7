// The editor of one side, for ellipses: two standard deviations and an angle, of few digits.

import { NumberBox, plain } from "./controls.js";
import { Editor } from "./editor.js";

const DIGITS = 4;

/** Shows few digits of a number that has more; what is typed counts as typed. */
class ShortBox extends NumberBox {
  write(value) {
    super.write(value);
    this.input.value = plain(Number(value.toPrecision(DIGITS)));
  }
}

export class PlaneEditor extends Editor {
  get Box() {
    return ShortBox;
  }
}
