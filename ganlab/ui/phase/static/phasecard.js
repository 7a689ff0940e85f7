// What is known of one cell: mean and error of every metric, the samples of each seed, and the course over steps.

import { drawCourse, drawSamples } from "./phasepictures.js";
import { el, setText } from "./dom.js";
import { count } from "./format.js";
import { METRICS } from "./phasemodel.js";
import { LOOKS, metricName } from "./phasescale.js";

const PICTURE = 92; // CSS pixels
const ROWS = ["modes", "high_quality", "reverse_kl", "distance", "spread", "grad_g", "grad_d", "loss_g", "loss_d"];

export class PhaseCard {
  /** `onOpen(cell, seed)`: a GAN is to be opened on the stage. */
  constructor({ t, data, model, onOpen }) {
    Object.assign(this, { t, data, model, onOpen, shown: null });
    this.title = el("h3", { "aria-live": "polite", "data-testid": "phase-cell" });
    this.note = el("p", { class: "phase-note" });
    this.body = el("tbody");
    this.head = el("th", { scope: "col" });
    this.table = el("table", { class: "phase-table" }, [el("thead", {}, [el("tr", {}, [el("th"), this.head])]), this.body]);
    this.rows = new Map(ROWS.filter((name) => this.has(name)).map((name) => [name, this.row(name)]));
    this.pictures = el("div", { class: "phase-pictures", role: "group", "aria-label": t("phase_samples") }, data.seeds.map((seed, k) => this.picture(seed, k)));
    this.courseTitle = el("p", { class: "phase-small" });
    this.course = el("canvas", { class: "phase-course", "data-testid": "phase-course" });
    this.details = el("div", { class: "phase-details" }, [this.pictures, this.table, el("div", {}, [this.courseTitle, this.course])]);
    this.box = el("section", { class: "phase-card", "data-testid": "phase-card" }, [this.title, this.note, this.details]);
  }

  has(name) {
    return METRICS.includes(name) && (LOOKS[name].needs !== "modes" || this.data.modes);
  }

  row(name) {
    const value = el("td", { "data-testid": `phase-value-${name}` });
    this.body.append(el("tr", { "data-metric": name }, [el("th", { scope: "row", title: this.t(`phase_${name}_tip`), text: metricName(this.t, name, this.data.dim) }), value]));
    return value;
  }

  picture(seed, k) {
    const canvas = el("canvas", { width: PICTURE, height: PICTURE });
    const label = el("span", { text: this.t("phase_seed", { seed }) });
    const button = el("button", { type: "button", class: "phase-picture", "data-testid": `phase-open-${k}`, onclick: () => this.shown !== null && this.onOpen(this.shown, k) }, [canvas, label]);
    return Object.assign(button, { canvas, label });
  }

  /** `cell` null: nothing is pointed at. `view`: metric, moment (null: the latest), theme, control. */
  show(cell, view) {
    this.shown = cell;
    this.details.hidden = cell === null;
    if (cell === null) {
      this.overview(view);
      return;
    }
    const { state, lost } = this.model.cell(cell, view.metric, view.moment);
    setText(this.title, this.where(cell));
    setText(this.note, this.remark(cell, state, lost, view));
    this.details.hidden = state === "refused" || state === "unread";
    if (this.details.hidden) return;
    this.numbers(cell, view);
    this.seeds(cell, view);
    this.draw(cell, view);
  }

  where(cell) {
    const [x, y] = this.data.axes;
    const columns = x.shown.length;
    const parts = [[x, cell % columns], ...(y ? [[y, Math.floor(cell / columns)]] : [])];
    return parts.map(([axis, k]) => `${axis.label} ${axis.shown[k]}`).join(", ");
  }

  /** The best cell of the map as it is shown, and how many are as good. */
  overview({ metric, moment, touch }) {
    const { t, model, data } = this;
    const { better, text } = LOOKS[metric];
    const name = metricName(t, metric, data.dim);
    const cells = Array.from({ length: model.cells }, (_, k) => [k, model.cell(k, metric, moment).mean]).filter(([, mean]) => !Number.isNaN(mean));
    const sign = better === "low" ? -1 : 1;
    const best = cells.reduce((most, one) => (most === null || sign * one[1] > sign * most[1] ? one : most), null);
    const hint = t(touch ? "phase_hint_touch" : "phase_hint");
    setText(this.title, best && better ? t("phase_best", { metric: name, value: text(best[1]) }) : name);
    const equal = best && better ? cells.filter(([, mean]) => mean === best[1]).length : 0;
    const where = equal === 1 ? `${this.where(best[0])}. ` : equal ? `${t("phase_summary", { n: equal, total: model.cells })} ` : "";
    setText(this.note, `${where}${hint}`);
  }

  remark(cell, state, lost, { moment }) {
    const { t, model, data } = this;
    if (state === "refused") return t("phase_not_possible", { reason: data.refused[cell] });
    if (state === "unread") return t("phase_not_read");
    const at = moment ?? Math.max(...data.seeds.map((_, seed) => model.moment(cell, seed, null)));
    const step = count(model.schedule[at]);
    if (state === "lost") return t("phase_all_lost", { step });
    return [t("phase_at", { step }), ...(lost ? [t("phase_some_lost", { n: lost, total: data.seeds.length })] : [])].join(". ");
  }

  numbers(cell, { metric, moment }) {
    const { t, model } = this;
    let most = 0;
    for (const [name, node] of this.rows) {
      const { mean, error, n } = model.cell(cell, name, moment);
      const { text } = LOOKS[name];
      most = Math.max(most, n);
      setText(node, Number.isNaN(mean) ? "–" : Number.isNaN(error) ? text(mean) : `${text(mean)} ± ${text(error)}`);
      node.parentElement.dataset.shown = String(name === metric);
    }
    setText(this.head, most > 1 ? t("phase_mean_n", { n: most }) : t("phase_one_seed"));
  }

  seeds(cell, { metric, moment, theme, control }) {
    const { t, model, data } = this;
    [...this.pictures.children].forEach((button, k) => {
      const at = model.moment(cell, k, moment);
      const lost = model.isLost(at, cell, k);
      const value = model.value(at, cell, k, metric);
      button.hidden = !model.isRead(at, cell, k);
      button.disabled = lost || !control;
      const step = at < 0 ? "" : count(model.schedule[at]);
      button.setAttribute("aria-label", t("phase_open_seed", { seed: data.seeds[k], step }));
      button.title = lost ? t("phase_diverged") : t("phase_open_seed", { seed: data.seeds[k], step });
      setText(button.label, `${t("phase_seed", { seed: data.seeds[k] })}: ${lost ? t("phase_diverged") : LOOKS[metric].text(value)}`);
      drawSamples(button.canvas, { samples: lost ? null : model.samples(at, cell, k), frame: this.frame, truth: data.truth, dim: data.dim, theme, size: PICTURE });
    });
  }

  draw(cell, { metric, moment, theme, scale }) {
    setText(this.courseTitle, this.t("phase_course", { metric: metricName(this.t, metric, this.data.dim) }));
    drawCourse(this.course, { model: this.model, cell, metric, moment, theme, scale });
  }
}
