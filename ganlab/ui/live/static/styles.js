// The style sheet, once per page and version.

import { el } from "./dom.js";

const sheets = new Map();

export function stylesheet(assets) {
  if (!sheets.has(assets)) {
    sheets.set(assets, new Promise((resolve) => {
      const link = el("link", { rel: "stylesheet", href: `${assets}/live.css` });
      link.onload = resolve;
      link.onerror = resolve; // plain, but usable
      document.head.append(link);
    }));
  }
  return sheets.get(assets);
}
