// Downloads of a map: every reading as CSV, the picture as PNG on white.

import { button, el } from "./dom.js";
import { saveTable } from "./exporting.js";
import { draw, layOut } from "./phasedraw.js";
import { METRICS } from "./phasemodel.js";
import { LOOKS, metricName, scaleOf } from "./phasescale.js";
import { lightTheme } from "./svg.js";

const WIDTH = 720; // CSS pixels of a picture
const SHARP = 2;
const TITLE = 46;

/** Rows of all readings, with the dials as links write them. */
export function table(model, { axes, seeds }) {
  const columns = axes[0].values.length;
  const metrics = METRICS.filter((name) => name);
  const rows = [[...axes.map(({ dial }) => dial), "seed", "step", ...metrics, "diverged"]];
  for (let cell = 0; cell < model.cells; cell += 1) {
    const place = [axes[0].values[cell % columns], ...(axes[1] ? [axes[1].values[Math.floor(cell / columns)]] : [])];
    seeds.forEach((seed, k) => {
      model.schedule.forEach((step, moment) => {
        if (!model.isRead(moment, cell, k)) return;
        const values = metrics.map((name) => model.value(moment, cell, k, name)).map((value) => (Number.isNaN(value) ? "" : value === Infinity ? "inf" : Number(value.toPrecision(7))));
        rows.push([...place, seed, step, ...values, model.isLost(moment, cell, k) ? 1 : 0]);
      });
    });
  }
  return rows;
}

/** The map as it is shown, with what it is of, as a PNG blob. */
export function picture({ t, data, model, metric, moment, theme, step, perfect }) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const light = lightTheme(theme);
  const view = { axes: data.axes, columns: data.axes[0].shown.length, rows: data.axes[1]?.shown.length ?? 1, model, metric, moment, theme: light, scale: scaleOf(metric, model, data, perfect), perfect };
  pen.font = `12px ${light.font}`;
  const layout = layOut(pen, WIDTH, view);
  [canvas.width, canvas.height] = [WIDTH * SHARP, (layout.height + TITLE) * SHARP];
  pen.setTransform(SHARP, 0, 0, SHARP, 0, 0);
  const inner = document.createElement("canvas");
  [inner.width, inner.height] = [WIDTH * SHARP, layout.height * SHARP];
  const innerPen = inner.getContext("2d");
  innerPen.setTransform(SHARP, 0, 0, SHARP, 0, 0);
  draw(innerPen, { ...view, layout, marked: null, chosen: null });
  pen.fillStyle = light.background;
  pen.fillRect(0, 0, WIDTH, layout.height + TITLE);
  pen.drawImage(inner, 0, TITLE, WIDTH, layout.height);
  pen.fillStyle = light.text;
  pen.font = `600 14px ${light.font}`;
  pen.fillText(`${metricName(t, metric, data.dim)}${LOOKS[metric].unit ? ` (${t(LOOKS[metric].unit)})` : ""}, ${t("phase_at", { step })}`, 10, 20);
  pen.fillStyle = light.muted;
  pen.font = `12px ${light.font}`;
  pen.fillText(data.title, 10, 38, WIDTH - 20);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** The two buttons; `current()` gives what `picture` needs. */
export function savingButtons({ t, current }) {
  const make = (kind, act) => button("gl-quiet", { label: t(`download_${kind}`), tip: t(`download_${kind}_tip`), iconName: null, testid: `phase-download-${kind}`, onclick: act });
  return el("div", { class: "gl-group", role: "group", "aria-label": t("download") }, [
    make("csv", () => {
      const { data, model } = current();
      saveTable(data.name, table(model, data));
    }),
    make("png", async () => {
      const now = current();
      save(`${now.data.name}.png`, await picture(now));
    }),
  ]);
}
