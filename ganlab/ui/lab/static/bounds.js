// The inequalities between the values: left ≤ right, with both numbers, and how much of the right side the left one is.

import { el, setText } from "./dom.js";
import { digits } from "./digits.js";
import { formula } from "./formula.js";
import { number } from "./frame.js";

export class Bounds {
  /** `rows`: [{ name, label, formula, source }]. */
  constructor({ t, rows }) {
    Object.assign(this, { t, rows: new Map(rows.map((row) => [row.name, row])), lines: new Map(), order: "" });
    this.list = el("ul", { class: "lab-bounds" });
    this.empty = el("p", { class: "lab-said", text: t("no_bounds") });
    this.box = el("section", { "data-testid": "lab-bounds" }, [el("h3", { text: t("bounds") }), this.list, this.empty]);
  }

  line({ label, formula: text, source }) {
    const holds = el("span", { class: "lab-holds" });
    const [a, b] = [el("b", {}), el("b", {})];
    const bar = el("span", { class: "lab-bar", "aria-hidden": "true" }, [el("i", {})]);
    const node = el("li", { title: source }, [
      el("span", { class: "lab-inequality" }, [formula(text)]), el("span", { class: "lab-sides" }, [holds, " ", a, " ≤ ", b]), bar, el("small", { text: label }),
    ]);
    return { node, holds, a, b, bar: bar.firstChild };
  }

  /** `bounds`: [{ name, left, right, units, holds }], in nats; unless they are the `whole` list, others stay. */
  take(bounds, whole = true) {
    const order = bounds.map(({ name }) => name).join();
    if (order !== this.order && whole) {
      this.order = order;
      for (const bound of bounds) if (!this.lines.has(bound.name)) this.lines.set(bound.name, this.line(this.rows.get(bound.name)));
      this.list.replaceChildren(...bounds.map(({ name }) => this.lines.get(name).node));
      this.empty.hidden = bounds.length > 0;
    }
    for (const { name, left, right, units, holds } of bounds.filter((bound) => this.lines.has(bound.name))) this.fill(this.lines.get(name), number(left), number(right), units, holds);
  }

  fill(line, a, b, units, holds) {
    setText(line.a, digits(a, 4));
    setText(line.b, `${digits(b, 4)}${units === "nats" ? `\u00a0${this.t("nats")}` : ""}`);
    setText(line.holds, holds ? "✓" : "✗");
    line.node.dataset.holds = String(holds);
    const share = b === Infinity ? (a === Infinity ? 1 : 0) : b > 0 ? a / b : 1;
    line.bar.style.width = `${(100 * Math.max(0, Math.min(1, share))).toFixed(1)}%`;
  }
}
