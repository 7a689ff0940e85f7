// Small helpers to build the page without markup in strings: text from frames only ever becomes textContent.

export function el(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Text by key, with {name} filled in; the fallback serves codes that a newer server may send. */
export function translator(texts) {
  return (key, values = {}, fallback = key) => {
    const text = texts[key] ?? fallback;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
}

/** Sets text only where it changes: an untouched node costs no layout. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const ICONS = {
  play: ["M7 4.5v15l12.5-7.5z", true],
  pause: ["M6.5 5h4v14h-4zM13.5 5h4v14h-4z", true],
  restart: ["M4 4.5v5h5M4.6 9.5a8 8 0 1 1-.6 4"],
  dice: ["M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM8.5 8.5h.01M15.5 15.5h.01M12 12h.01M15.5 8.5h.01M8.5 15.5h.01"],
  link: ["M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1"],
  step: ["M6 5v14l9-7zM18 5v14"],
  first: ["M18 5v14l-9-7zM6 5v14"],
  earlier: ["M15 5l-8 7 8 7"],
  later: ["M9 5l8 7-8 7"],
  last: ["M6 5v14l9-7zM18 5v14"],
  open: ["M14 5h5v5M19 5l-8 8M11 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-5"],
  undo: ["M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4"],
  close: ["M6 6l12 12M18 6L6 18"],
};

export function icon(name) {
  const [path, filled] = ICONS[name];
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const shape = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", filled ? "gl-icon gl-filled" : "gl-icon");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export function button(className, { label, tip, iconName, testid, onclick }) {
  const children = iconName ? [icon(iconName)] : [];
  if (label) children.push(el("span", { text: label }));
  return el("button", {
    type: "button", class: `gl-button ${className}`, title: tip, "aria-label": tip ?? label,
    "data-testid": testid, onclick,
  }, children);
}
