// Two-sample tests: what the statistic would be if P and Q were the same (labels shuffled), and what was observed.
//
//   const part = new TestPart({ t, data, emit });     // a test that is picked: emit({ test: "energy" })
//   part.take(model); part.box; part.charts; part.table()

import { count } from "./format.js";
import { digits } from "./digits.js";
import { Segments as Choices } from "./controls.js";
import { el, setText } from "./dom.js";
import { Histogram, Rule } from "./marks2.js";
import { Chart } from "./plot.js";
import { roundUp } from "./scale.js";
import { counted, hull, steady } from "./samplesaxes.js";
import { HEAD, record } from "./samplesrecords.js";

const CELLS = 40;
const LEVEL = 0.05;
const HEIGHT = (width) => (width < 480 ? 220 : 250);

/** A p-value to three places, or as a bound. */
function pText(p) {
  if (!Number.isFinite(p)) return "–";
  return p < 0.001 ? p.toExponential(1).replace("-", "−") : p.toFixed(3);
}

/** The range, moved by less than a cell and one cell longer, such that the statistic is where one cell ends. */
function cut([low, high], statistic) {
  const step = (high - low) / CELLS;
  if (!Number.isFinite(statistic)) return [low, high + step];
  const start = statistic - Math.ceil((statistic - low) / step) * step;
  return [start, start + (CELLS + 1) * step];
}

export class TestPart {
  constructor({ t, data, emit }) {
    Object.assign(this, { t, name: "test", title: t("samples_tests"), about: new Map(data.tests.map((row) => [row.name, row])) });
    const options = data.tests.map(({ name }) => [name, t(`samples_test_${name}`)]);
    this.choice = new Choices({ label: t("samples_test"), options, testid: "samples-test", onChange: (test) => emit({ test }) });
    this.chart = new Chart({
      label: t("samples_null"), height: HEIGHT, x: { label: "" }, y: { label: t("samples_permutations") }, readout: (x) => this.read(x), testid: "samples-null",
    });
    this.below = this.chart.add(new Histogram({ name: "null", label: t("samples_null_key"), colour: "sky" }));
    this.beyond = this.chart.add(new Histogram({ name: "beyond", label: t("samples_beyond_key"), colour: "negative", opacity: 0.8 }));
    this.observed = this.chart.add(new Rule({ axis: "x", colour: "text", width: 2.5, dash: null }));
    this.said = el("p", { class: "samples-said", role: "status", "data-testid": "samples-p" });
    this.how = el("p", { class: "samples-note" });
    this.head = el("div", { class: "samples-head" }, [el("h3", { text: this.title })]);
    this.box = el("section", { class: "samples-part", "data-testid": "samples-tests" }, [this.head, this.choice.box, this.chart.box, this.said, this.how]);
    this.charts = [this.chart];
  }

  take({ test, picked, permutations }) {
    if (test === this.test && picked === this.picked) return;
    if (picked !== this.picked) this.view = null;
    Object.assign(this, { test, picked });
    this.choice.set(picked);
    const { statistic = NaN, nulls = [] } = test ?? {};
    this.view = steady(this.view, hull(nulls, [statistic], 0.08));
    const { edges, counts } = counted(nulls, cut(this.view, statistic), CELLS + 1);
    const beyond = counts.map((number, k) => (edges[k + 1] > statistic + 1e-6 * (edges[1] - edges[0]) ? number : 0));
    this.below.set(edges, counts.map((number, k) => number - beyond[k]));
    this.beyond.set(edges, beyond);
    this.observed.set(statistic);
    this.observed.relabel(Number.isFinite(statistic) ? this.t("samples_observed", { value: digits(statistic, 4) }) : "");
    this.chart.setLabel("x", this.t(`samples_statistic_${picked}`));
    this.chart.setView({ x: this.view, y: [0, roundUp(1.1 * Math.max(1, ...counts))] });
    this.tell(permutations);
  }

  tell(permutations) {
    const { t, test, picked } = this;
    const exact = picked === "classifier"; // its p-value is a binomial tail, not a count of shuffles
    this.below.relabel(t(exact ? "samples_null_key_coins" : "samples_null_key"));
    const { method, source } = this.about.get(picked);
    setText(this.how, test ? t("samples_test_how", { method, n: count(test.used[0]), source }) : "");
    if (!test) {
      setText(this.said, t("samples_test_waiting"));
      return;
    }
    const { pValue } = test;
    const values = { p: pText(pValue), k: count(Math.round(pValue * (permutations + 1))), n: count(permutations + 1) };
    setText(this.said, t(`samples_p_${pValue <= LEVEL ? "small" : "large"}${exact ? "_coins" : ""}`, values));
    this.said.dataset.value = String(pValue);
  }

  read(x) {
    const nulls = this.test?.nulls ?? [];
    if (!nulls.length) return null;
    const share = nulls.filter((value) => value >= x).length / nulls.length;
    return { title: digits(x, 3), rows: [{ label: this.t("samples_share_beyond"), text: `${(100 * share).toFixed(1)} %`, colour: "currentColor" }] };
  }

  /** Rows for a CSV file. */
  table() {
    const { test, picked: name } = this;
    const row = (what, value, at = "") => record({ part: "test", name, what, value, at });
    if (!test) return [HEAD];
    return [HEAD, row("statistic", test.statistic), row("p_value", test.pValue), ...test.nulls.map((value, k) => row("null", value, k + 1))];
  }
}
