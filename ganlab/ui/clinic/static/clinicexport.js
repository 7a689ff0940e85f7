// Results to take away: every seed as CSV, means as a Markdown table.

import { button, el, setText } from "./dom.js";
import { saveTable } from "./exporting.js";
import { METRICS } from "./clinicmodel.js";
import { UNITS, code, fixed, gapText, meanText, signed } from "./clinicwords.js";

const SAID = 2500; // ms

/** One row for each arm and seed. A seed that was lost counts as the worst there is, and says so. */
export function seedRows({ arms, info }) {
  const head = ["disease", "arm", "treatment", "seed", "step", ...METRICS, "lost"];
  const why = ["", "diverged", "no sample of high quality"];
  const rows = arms.flatMap((arm) => arm.lost.map((lost, k) => [
    info.disease, arm.name, arm.text, info.seeds[k], info.at, ...METRICS.map((name) => Number(arm.values[name][k].toPrecision(7))), why[lost],
  ]));
  return [head, ...rows];
}

/** Mean ± standard error of every arm, and what its treatment did; a perfect sampler in the last row. */
export function markdown(t, { arms, info, total, cured }) {
  const head = ["clinic_arm", "clinic_modes", "clinic_high_quality", "clinic_reverse_kl", "clinic_diverged", "clinic_change", "clinic_better", "clinic_verdict"].map((key) => t(key));
  const rows = arms.map((arm) => [arm.name, ...METRICS.map((name) => meanText(name, arm.estimates[name])), String(arm.estimates.modes.diverged), ...change(t, arm, cured)]);
  const perfect = METRICS.map((name) => {
    const { factor, unit } = UNITS[name];
    return `${fixed(factor * info.perfect[name], name === "reverse_kl" ? 4 : 1)}${unit}`;
  });
  rows.push([t("clinic_perfect"), ...perfect, "", "", "", ""]);
  const about = t("clinic_table_about", { total, seeds: info.seeds.length, first: info.seeds[0], last: info.seeds.at(-1), step: info.at });
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return `${about}\n\n${[head, head.map(() => "---"), ...rows].map(line).join("\n")}\n`;
}

function change(t, arm, cured) {
  if (!arm.effects) return ["", "", t("clinic_code_untreated")];
  const { difference, low, high, better, n } = arm.effects.modes;
  return [`${gapText(t, difference)} (${signed(low, 1)} … ${signed(high, 1)})`, t("clinic_of", { k: better, n }), t(`clinic_code_${code(arm, cured)}`)];
}

export class Exports {
  constructor({ t, model }) {
    Object.assign(this, { t, model });
    this.said = el("span", { class: "gl-said", role: "status" });
    const make = (name, act) => button("gl-quiet", { label: t(`clinic_${name}`), tip: t(`clinic_${name}_tip`), iconName: null, testid: `clinic-${name}`, onclick: act });
    this.box = el("div", { class: "clinic-exports gl-group" }, [
      make("csv", () => saveTable(`clinic-${model().info.disease}`, seedRows(model()))),
      make("markdown", () => this.saveMarkdown()),
      make("copy", () => this.copy()),
      this.said,
    ]);
  }

  saveMarkdown() {
    const address = URL.createObjectURL(new Blob([markdown(this.t, this.model())], { type: "text/markdown;charset=utf-8" }));
    const link = el("a", { href: address, download: `clinic-${this.model().info.disease}.md` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  async copy() {
    const text = markdown(this.t, this.model());
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      window.prompt(this.t("clinic_copy_failed"), text); // no clipboard outside https
      return;
    }
    setText(this.said, this.t("clinic_copied"));
    setTimeout(() => setText(this.said, ""), SAID);
  }
}
