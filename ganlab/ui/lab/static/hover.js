// The crosshair and the small card with the values at x, under the mouse, a finger, or moved with the arrow keys.

import { el } from "./dom.js";
import { set, svg } from "./svg.js";

export class Hover {
  constructor(chart) {
    this.chart = chart;
    this.line = svg("path", { fill: "none", "stroke-dasharray": "3 3", display: "none" });
    chart.over.append(this.line);
    this.card = el("div", { class: "lab-readout", hidden: true, "aria-live": "polite" });
    chart.box.append(this.card);
    const { ground } = chart;
    set(ground, { tabindex: 0, role: "img", "aria-label": chart.label });
    chart.svg.addEventListener("pointermove", (event) => this.point(event));
    chart.svg.addEventListener("pointerdown", (event) => this.point(event));
    chart.svg.addEventListener("pointerleave", () => this.leave());
    ground.addEventListener("keydown", (event) => this.key(event));
    ground.addEventListener("blur", () => this.leave());
  }

  point(event) {
    if (!this.chart.view || event.target.closest(".lab-handle")) return this.leave();
    this.pixels = this.chart.pixels(event);
    this.refresh(true);
    return undefined;
  }

  key(event) {
    const step = { ArrowLeft: -4, ArrowRight: 4 }[event.key];
    if (event.key === "Escape") this.leave();
    if (!step || !this.chart.area) return;
    event.preventDefault();
    const { area } = this.chart;
    const [x, y] = this.pixels ?? [(area.left + area.right) / 2, (area.top + area.bottom) / 2];
    this.pixels = [Math.max(area.left, Math.min(area.right, x + step * (event.shiftKey ? 5 : 1))), y];
    this.refresh(true);
  }

  leave() {
    this.pixels = null;
    this.refresh(true);
  }

  /** After new data: the same place, new numbers. */
  refresh(moved = false) {
    const { chart, pixels } = this;
    if (!pixels && !moved) return;
    const { area } = chart;
    const inside = pixels && pixels[0] >= area.left - 1 && pixels[0] <= area.right + 1 && pixels[1] >= area.top && pixels[1] <= area.bottom;
    const found = inside ? chart.read(chart.view.x.value(pixels[0]), chart.view.y.value(pixels[1])) : null;
    this.card.hidden = !found;
    set(this.line, { display: found ? null : "none" });
    if (!found) return;
    set(this.line, { d: `M${Math.round(pixels[0]) + 0.5} ${area.top}V${area.bottom}`, stroke: chart.theme.muted });
    this.card.replaceChildren(
      el("b", { text: found.title }),
      ...found.rows.map(({ label, text, colour }) => el("span", { style: `--lab-ink: ${colour}` }, [el("i", { text: label }), text])),
    );
    const left = pixels[0] > (area.left + area.right) / 2;
    this.card.style.left = left ? "" : `${pixels[0] + 14}px`;
    this.card.style.right = left ? `${chart.size[0] - pixels[0] + 14}px` : "";
    this.card.style.top = `${area.top + 6}px`;
  }
}
