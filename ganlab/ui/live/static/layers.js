// Which layers the stage shows: check boxes that are its legend as well.

import { el } from "./dom.js";
import { rgb } from "./theme.js";

// Layers that not every run has, and a tensor that tells.
const OPTIONAL = { manifold: "manifold", arrows: "arrows", map: "map_z" };

export class Layers {
  constructor({ t, names, shown, theme, onChange }) {
    this.on = new Set(shown);
    this.boxes = {};
    this.chips = names.map((name) => {
      const box = el("input", {
        type: "checkbox", "data-testid": `ganlab-layer-${name}`,
        onchange: () => {
          if (box.checked) this.on.add(name);
          else this.on.delete(name);
          onChange();
        },
      });
      box.checked = this.on.has(name);
      this.boxes[name] = box;
      const mark = el("span", { class: `gl-mark gl-mark-${name}`, "aria-hidden": "true" });
      return el("label", { class: "gl-chip", title: t(`layer_${name}_tip`, {}, "") }, [box, mark, el("span", { text: t(`layer_${name}`) })]);
    });
    this.box = el("div", { class: "gl-layers", role: "group", "aria-label": t("layers") }, this.chips);
    this.setTheme(theme);
  }

  /** A layer that the run cannot have, such as a grid of noise in many dimensions, loses its box. */
  answered(asked, tensors) {
    for (const [name, tensor] of Object.entries(OPTIONAL)) {
      if (asked.includes(name)) this.boxes[name]?.closest("label").toggleAttribute("hidden", !tensors.has(tensor));
    }
  }

  set(shown) {
    this.on = new Set(shown);
    for (const [name, box] of Object.entries(this.boxes)) box.checked = this.on.has(name);
  }

  setTheme({ real, fake }) {
    this.box.style.setProperty("--gl-real", rgb(real));
    this.box.style.setProperty("--gl-fake", rgb(fake));
  }
}
