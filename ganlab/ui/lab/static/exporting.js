// Downloads: a figure as SVG that needs nothing else, the same as PNG, values as CSV.
//
//   figure([chart, other], { title, theme, white: true })  -> text of an SVG with the charts under each other
//   await picture(svgText, 2)                              -> PNG blob at twice the size
//   csv([["divergence", "value"], ["KL", 0.3]])            -> text
//   saveTable("name", rows)                                -> name.csv, with the mark by which Excel knows UTF-8
//   exportButtons({ t, name, figure: ({ white }) => svgText, values: () => rows })   -> element with three buttons
//
// Charts carry all their style in attributes, so a copy of their nodes is complete; handles and crosshair stay out.

import { button, el } from "./dom.js";
import { colour, lightTheme, svg } from "./svg.js";

const TITLE = 26;

export function figure(charts, { title = "", theme, white = true }) {
  const used = white ? lightTheme(theme) : theme;
  const shown = charts.filter(({ box }) => box.isConnected && box.clientWidth > 0);
  const width = Math.max(...shown.map(({ size }) => size[0]));
  const parts = [];
  let top = title ? TITLE : 6;
  for (const chart of shown) {
    parts.push(svg("g", { transform: `translate(0 ${top})` }, copy(chart, used, theme)));
    top += chart.size[1];
  }
  const root = svg("svg", { width, height: top, viewBox: `0 0 ${width} ${top}` }, [
    svg("rect", { width, height: top, fill: used.background }),
    ...(title ? [svg("text", { x: 8, y: 18, "font-family": used.font, "font-size": 13, fill: colour(used, "text") }, [title])] : []),
    ...parts,
  ]);
  return new XMLSerializer().serializeToString(root);
}

/** The nodes of a chart, painted in another theme and back again before anybody sees it. */
function copy(chart, theme, before) {
  chart.setTheme(theme);
  chart.paint();
  const clone = chart.svg.cloneNode(true);
  chart.setTheme(before);
  chart.paint();
  for (const part of clone.querySelectorAll("[data-part=handles], [data-part=over], [display=none]")) part.remove();
  for (const node of clone.querySelectorAll("[tabindex]")) for (const name of ["tabindex", "role", "class"]) node.removeAttribute(name);
  return [...clone.childNodes];
}

export async function picture(text, scale = 2) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width * scale, height: image.height * scale });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

export function csv(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function save(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const address = URL.createObjectURL(blob);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

export function saveTable(name, rows) {
  save(`${name}.csv`, `\ufeff${csv(rows)}`, "text/csv;charset=utf-8");
}

/** Texts: `download`, and `download_csv`, `_png`, `_svg`, `_white`, each with `_tip`. On a dark page (the root's
 *  data-dark is "true") there is a box to choose between white and the dark of the page. */
export function exportButtons({ t, name, figure: draw, values }) {
  const paper = el("input", { type: "checkbox", checked: true, "data-testid": "lab-download-white" });
  const white = () => paper.checked || !paper.closest("[data-dark=true]");
  const make = (kind, act) => button("gl-quiet", {
    label: t(`download_${kind}`), tip: t(`download_${kind}_tip`), iconName: null, testid: `lab-download-${kind}`, onclick: act,
  });
  return el("div", { class: "lab-downloads gl-group", role: "group", "aria-label": t("download") }, [
    make("csv", () => saveTable(name, values())),
    make("png", async () => save(`${name}.png`, await picture(draw({ white: white() })), "image/png")),
    make("svg", () => save(`${name}.svg`, draw({ white: white() }), "image/svg+xml")),
    el("label", { class: "gl-chip lab-white", title: t("download_white_tip") }, [paper, el("span", { text: t("download_white") })]),
  ]);
}
