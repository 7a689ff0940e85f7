// The page "Clinic": a disease and its treatments, ten seeds of each (see watch.js for what `api` has).
//
// One row for each arm: a picture of one seed's samples, the verdict as a sentence, and a cell for each reading
// (cliniccell.js). Below them how the modes came and went. What a frame says is read by clinicmodel.js.

import { count } from "./format.js";
import { button, el, setText } from "./dom.js";
import { Course } from "./cliniccourse.js";
import { Exports } from "./clinicexport.js";
import { METRICS, Model } from "./clinicmodel.js";
import { ArmRow } from "./clinicrow.js";
import { stylesheet } from "./styles.js";

export async function start(api) {
  const { assets } = api.data;
  await Promise.all([stylesheet(assets, "lab.css"), stylesheet(assets, "clinic.css")]);
  const view = new ClinicView(api);
  api.layers(Model.LAYERS);
  api.onFrame((info, tensors) => view.take(info, tensors));
  api.onData(() => view.configure());
  api.onTheme((theme) => view.setTheme(theme));
  api.onClear(() => view.clear());
  api.onEnd(() => view.destroy());
}

class ClinicView {
  constructor(api) {
    Object.assign(this, { api, t: api.t });
    const { t } = this;
    this.waiting = el("p", { class: "clinic-empty", role: "status", text: t("clinic_waiting"), "data-testid": "clinic-waiting" });
    this.when = el("p", { class: "clinic-when", role: "status", "data-testid": "clinic-when" });
    this.table = el("div", { class: "clinic-table", "data-testid": "clinic-arms" });
    this.course = new Course({ t });
    this.exports = new Exports({ t, model: () => this.model });
    this.cancel = button("gl-quiet", { label: t("clinic_cancel"), tip: t("clinic_cancel_tip"), iconName: "close", testid: "clinic-cancel", onclick: () => api.send({ type: "stop" }) });
    this.root = el("div", { class: "clinic lab gl", "data-testid": "clinic", hidden: true }, [
      el("div", { class: "clinic-top" }, [this.when, el("div", { class: "gl-group" }, [this.cancel, this.exports.box])]), this.legend(), this.table, this.course.box,
    ]);
    api.host.append(this.waiting, this.root);
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.root);
    this.configure();
  }

  legend() {
    const { t } = this;
    const item = (name) => el("span", { class: `clinic-key clinic-key-${name}` }, [el("i"), t(`clinic_key_${name}`)]);
    this.bandKey = item("band");
    return el("p", { class: "clinic-legend" }, [...["mean", "seed", "perfect"].map(item), this.bandKey]);
  }

  /** Other arms: other rows. */
  configure() {
    const { data } = this.api;
    const shape = JSON.stringify(data.arms);
    if (shape !== this.shape) {
      this.model = new Model(data);
      this.rows = data.arms.map((arm) => new ArmRow({ t: this.t, arm, data, host: this.root }));
      const head = el("div", { class: "clinic-head", "aria-hidden": "true" }, [
        el("span"), el("span", { text: this.t("clinic_treatment") }), ...METRICS.map((name) => el("span", { text: this.t(`clinic_${name}_head`) })),
      ]);
      this.bandKey.hidden = !data.arms.some(({ papers }) => papers.length);
      this.table.replaceChildren(head, ...this.rows.map(({ box }) => box));
      this.root.hidden = true;
    }
    this.shape = shape;
    this.model.configure(data);
    this.show();
  }

  take(info, tensors) {
    this.model.take(info, tensors);
    this.show();
  }

  show() {
    const { model } = this;
    const seen = model.ready || !this.root.hidden;
    this.waiting.hidden = seen;
    this.root.hidden = !seen;
    this.root.toggleAttribute("data-stale", !model.ready);
    if (!model.ready) return; // what is there stays until there is something new, so that the page does not jump
    setText(this.when, this.said());
    this.cancel.hidden = model.info.at >= model.info.steps;
    this.rows.forEach((row, index) => row.take(model.arms[index], model));
    this.course.take(model);
    this.paint();
  }

  said() {
    const { info } = this.model;
    const values = { step: count(info.at), total: count(info.steps), seeds: info.seeds.length };
    return this.t(info.at >= info.steps ? "clinic_over" : "clinic_so_far", values);
  }

  paint() {
    const { theme } = this.api;
    if (this.root.hidden) return;
    for (const row of this.rows) row.paint(theme);
    this.course.paint(theme);
  }

  setTheme() {
    this.paint();
  }

  clear() {
    this.model.clear();
    this.show();
  }

  destroy() {
    this.resized.disconnect();
    this.course.destroy();
    this.root.remove();
    this.waiting.remove();
  }
}
