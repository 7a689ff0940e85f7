// SVG elements and the colours that charts use by name.

import { fieldTable, rgb } from "./theme.js";

const SPACE = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, children = []) {
  const node = document.createElementNS(SPACE, tag);
  set(node, attributes);
  node.append(...children);
  return node;
}

/** Sets attributes that differ; null takes one away. */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

// Wong's colour-blind safe palette; on a dark page lighter shades of the same hues.
const FIXED = {
  positive: ["#009e73", "#34c79b"],
  negative: ["#cc79a7", "#e09cc4"],
  sky: ["#56b4e9", "#56b4e9"],
  purple: ["#7a4fa3", "#b794e0"],
};

/** A colour by role (p, q, m, positive, negative, warning, text, muted, faint …), or any CSS colour. */
export function colour(theme, role) {
  if (role === "p") return rgb(theme.real);
  if (role === "q") return rgb(theme.fake);
  if (role === "m" || role === "text") return theme.text;
  if (role === "warning") return rgb(theme.warning);
  if (role in FIXED) return FIXED[role][theme.dark ? 1 : 0];
  return theme[role] ?? role;
}

/** A colour [r, g, b] for each byte, as 256 packed little-endian words. */
export function colourTable(of) {
  return Uint32Array.from({ length: 256 }, (_, value) => {
    const [r, g, b] = of(value);
    return 0xff000000 | (b << 16) | (g << 8) | r;
  });
}

/** The theme of a white page, for downloads; the rest as it is here. */
export function lightTheme(theme) {
  return {
    ...theme, dark: false, background: "rgb(255,255,255)", plot: "rgb(255,255,255)", text: "rgb(31,41,51)",
    muted: "rgb(96,105,115)", faint: "rgb(220,224,228)", halo: "rgba(255,255,255,0.85)", real: [0, 114, 178], fake: [213, 94, 0], field: fieldTable(false),
  };
}

const pen = document.createElement("canvas").getContext("2d");

/** Width of a text in pixels, without asking the layout. */
export function textWidth(text, size, font) {
  pen.font = `${size}px ${font}`;
  return pen.measureText(text).width;
}
