// How the modes came and went: for every arm the mean over its seeds, moment by moment.

import { el } from "./dom.js";
import { Line } from "./marks.js";
import { Chart } from "./plot.js";
import { INK } from "./cliniccell.js";
import { code, fixed } from "./clinicwords.js";
import { colour } from "./svg.js";

const DASHES = [null, "7 3", "2 3", "9 3 2 3", "12 4", "4 4", "1 4", "6 2 1 2 1 2"];
const HEIGHT = 230;

export class Course {
  constructor({ t }) {
    this.t = t;
    this.lines = [];
    this.chart = new Chart({
      label: t("clinic_course"), height: HEIGHT, x: { label: t("clinic_step_axis") }, y: { label: t("clinic_modes_axis") },
      readout: (x) => this.read(x), testid: "clinic-course",
    });
    this.box = el("div", { class: "clinic-course" }, [el("h3", { text: t("clinic_course") }), this.chart.box]);
  }

  take(model) {
    const { arms, info, total, cured } = model;
    if (arms.length !== this.lines.length || arms.some((arm, k) => arm.text !== this.lines[k].name || INK[code(arm, cured)] !== this.lines[k].role)) this.build(arms, cured);
    this.state = arms.map((arm) => ({ arm, ...model.course(arm.index) }));
    this.state.forEach(({ steps, means }, k) => this.lines[k].set(steps, means));
    this.chart.setView({ x: [0, Math.max(1, info.steps)], y: [0, total * 1.04] });
  }

  /** Colours are those of the verdicts, so lines of one colour differ in their dashes. */
  build(arms, cured) {
    for (const line of this.lines) line.node.remove();
    this.chart.marks = [];
    const seen = {};
    this.lines = arms.map((arm) => {
      const role = INK[code(arm, cured)];
      seen[role] = (seen[role] ?? -1) + 1;
      return this.chart.add(new Line({ name: arm.text, label: arm.name, colour: role, width: arm.index ? 2 : 3, dash: DASHES[seen[role] % DASHES.length] }));
    });
  }

  read(x) {
    if (!this.state?.[0]?.steps.length) return null;
    const { steps } = this.state[0];
    const nearest = steps.reduce((best, step, k) => (Math.abs(step - x) < Math.abs(steps[best] - x) ? k : best), 0);
    const rows = this.state.map(({ arm, means }, k) => ({ label: arm.name, text: fixed(means[nearest], 1), colour: colour(this.chart.theme, this.lines[k].role) }));
    return { title: this.t("clinic_at_step", { n: steps[nearest] }), rows };
  }

  paint(theme) {
    if (theme !== this.theme) this.chart.setTheme(theme);
    this.theme = theme;
    this.chart.resize();
    this.chart.paint();
  }

  destroy() {
    this.chart.destroy();
  }
}
