// One arm of the clinic: samples of a seed, what it is and what came of it, and its three readings.

import { button, el, setText } from "./dom.js";
import { Cell } from "./cliniccell.js";
import { METRICS } from "./clinicmodel.js";
import { Samples } from "./clinicsamples.js";
import { aside, code, sentence } from "./clinicwords.js";
import { tip } from "./tips.js";

const ENDS = {
  modes: ({ best }) => ["0", String(best)],
  high_quality: () => ["0", "100 %"],
  reverse_kl: ({ worst }) => ["0", worst.toFixed(2)],
};

export class ArmRow {
  constructor({ t, arm, data, host }) {
    Object.assign(this, { t, arm, data, state: null });
    this.samples = new Samples({ label: t("clinic_samples", { name: arm.name }) });
    this.verdict = el("span", { class: "clinic-verdict", "data-testid": "clinic-verdict" });
    this.said = el("p", { class: "clinic-said", "data-testid": "clinic-said" });
    this.aside = el("p", { class: "clinic-aside", "data-testid": "clinic-aside" });
    this.cells = METRICS.map((metric) => new Cell({ t, metric, label: t(`clinic_${metric}`) }));
    this.box = el("section", { class: "clinic-arm", "aria-label": arm.name, "data-testid": "clinic-arm", "data-arm": arm.text }, [
      this.samples.box,
      el("div", { class: "clinic-words" }, [el("div", { class: "clinic-title" }, [this.name(host), this.verdict]), this.said, this.aside, ...this.papers()]),
      ...this.cells.map(({ box }) => box),
    ]);
  }

  /** The name; behind it what it does, its formula and where it comes from. */
  name(host) {
    const { arm, t } = this;
    if (!arm.parts.length) return el("h3", { text: arm.name });
    const opener = button("clinic-name", { label: arm.name, tip: null, iconName: null, testid: "clinic-about" });
    tip(opener, () => arm.parts.flatMap(({ label, about, changes, source }) => [
      el("p", {}, [el("b", { text: label }), about ? ` ${about}` : ""]),
      el("p", {}, [el("code", { text: changes })]),
      ...(source ? [el("p", { class: "clinic-source", text: t("clinic_source", { source }) })] : []),
    ]), host);
    return el("h3", {}, [opener]);
  }

  /** What papers report, in short; opened, each of them with what was different there. */
  papers() {
    const { reported, papers } = this.arm;
    if (!papers.length) return [];
    const list = el("ul", {}, papers.map((text) => el("li", { text })));
    return [el("details", { class: "clinic-papers", "data-testid": "clinic-papers" }, [el("summary", { text: reported }), list])];
  }

  take(state, model) {
    const { t, box } = this;
    const { info } = model;
    this.state = state;
    this.frame = info.frame;
    box.dataset.code = code(state, model.cured);
    setText(this.verdict, t(`clinic_code_${box.dataset.code}`));
    setText(this.said, sentence(t, state, model.total));
    setText(this.aside, aside(t, state));
    for (const cell of this.cells) {
      const { metric } = cell;
      const scale = info.scales[metric];
      cell.set({
        code: box.dataset.code, estimate: state.estimates[metric], values: state.values[metric], lost: state.lost,
        range: [0, Math.max(scale.best, scale.worst)], ends: ENDS[metric](scale), perfect: info.perfect[metric], band: state.bands[metric],
      });
    }
  }

  paint(theme) {
    if (!this.state) return;
    for (const cell of this.cells) cell.paint(theme);
    this.samples.paint(this.state.points, this.frame, this.data.modes, theme);
  }
}
