// Colours: fixed ones for real, generated and warnings, the rest from Streamlit's theme.

export const REAL = [0, 114, 178]; // #0072B2
export const FAKE = [213, 94, 0]; // #D55E00
export const WARNING = [230, 159, 0]; // #E69F00
// Pure vermillion and blue are dark on a dark page; lines get a lighter shade of the same hue there.
const ON_DARK = { real: [64, 160, 220], fake: [240, 128, 48] };

export const rgb = ([r, g, b]) => `rgb(${r},${g},${b})`;
export const rgba = ([r, g, b], alpha) => `rgba(${r},${g},${b},${alpha})`;
const mix = (a, b, share) => a.map((value, k) => Math.round(value + (b[k] - value) * share));

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** Any CSS colour as [r, g, b]. */
function parse(colour, fallback) {
  if (!colour) return fallback;
  probe.canvas.width = probe.canvas.height = 1;
  probe.fillStyle = "#000";
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** D in 0..255 to RGBA, as 256 packed little-endian words; strongest tints stay pale enough for points on top. */
export function fieldTable(dark) {
  const middle = dark ? [20, 22, 28] : [255, 255, 255];
  const table = new Uint32Array(256);
  for (let value = 0; value < 256; value += 1) {
    const side = (value - 127.5) / 127.5;
    const [r, g, b] = mix(middle, side > 0 ? REAL : FAKE, 0.52 * Math.abs(side) ** 0.85);
    table[value] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
  return table;
}

export function readTheme(node) {
  const style = getComputedStyle(node);
  const read = (name) => style.getPropertyValue(name).trim();
  const background = parse(read("--st-background-color"), [255, 255, 255]);
  const text = parse(read("--st-text-color"), [49, 51, 63]);
  const [r, g, b] = background;
  const dark = 0.299 * r + 0.587 * g + 0.114 * b < 128;
  return {
    dark,
    background: rgb(background),
    plot: dark ? "rgb(20,22,28)" : "rgb(255,255,255)",
    text: rgb(text),
    muted: rgb(mix(text, background, 0.38)),
    faint: rgb(mix(text, background, 0.84)),
    halo: dark ? "rgba(0,0,0,0.55)" : "rgba(255,255,255,0.85)",
    real: dark ? ON_DARK.real : REAL,
    fake: dark ? ON_DARK.fake : FAKE,
    warning: WARNING,
    font: read("--st-font") || "sans-serif",
    field: fieldTable(dark),
  };
}
