// A style sheet, once per page and version.

import { el } from "./dom.js";

const sheets = new Map();

export function stylesheet(assets, name = "live.css") {
  const href = `${assets}/${name}`;
  if (!sheets.has(href)) {
    sheets.set(href, new Promise((resolve) => {
      const link = el("link", { rel: "stylesheet", href });
      link.onload = resolve;
      link.onerror = resolve; // plain, but usable
      document.head.append(link);
    }));
  }
  return sheets.get(href);
}
