// A card that explains: under the pointer, on focus, or after a tap; Escape closes it.
//
//   tip(button, () => [el("p", { text: "…" })], host);     // host: an element with position: relative, the card's room

import { el } from "./dom.js";

const LINGER = 150; // ms to move the pointer from the button into the card
let count = 0;
let open = null;

export function tip(anchor, build, host) {
  const id = `lab-tip-${(count += 1)}`;
  let card = null;
  let timer = 0;
  let pinned = false;
  const hide = () => {
    clearTimeout(timer);
    card?.remove();
    card = null;
    pinned = false;
    anchor.setAttribute("aria-expanded", "false");
    anchor.removeAttribute("aria-describedby");
    if (open === hide) open = null;
  };
  const show = () => {
    clearTimeout(timer);
    if (card) return;
    open?.();
    open = hide;
    card = el("div", { class: "lab-tip", role: "tooltip", id, onpointerenter: () => clearTimeout(timer), onpointerleave: later }, build());
    host.append(card);
    anchor.setAttribute("aria-expanded", "true");
    anchor.setAttribute("aria-describedby", id);
    place(anchor, card, host);
  };
  function later() {
    clearTimeout(timer);
    if (!pinned) timer = setTimeout(hide, LINGER);
  }
  anchor.setAttribute("aria-expanded", "false");
  anchor.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && show());
  anchor.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && later());
  anchor.addEventListener("focus", () => anchor.matches(":focus-visible") && show());
  anchor.addEventListener("blur", () => pinned || later());
  anchor.addEventListener("click", () => {
    if (card && pinned) return hide();
    show();
    pinned = true;
    return undefined;
  });
  anchor.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
}

/** A paragraph of a card, named by a key. */
export const paragraph = (t, key, text) => el("p", {}, [el("b", { text: t(key) }), ` ${text}`]);

/** A tap elsewhere closes what a tap opened. */
document.addEventListener("pointerdown", ({ target }) => {
  if (open && !target.closest?.(".lab-tip, [aria-expanded=true]")) open();
});

function place(anchor, card, host) {
  const [room, at] = [host.getBoundingClientRect(), anchor.getBoundingClientRect()];
  const left = Math.max(4, Math.min(at.left - room.left, room.width - card.offsetWidth - 4));
  const below = at.bottom - room.top + 6;
  const fits = at.bottom + card.offsetHeight + 10 < window.innerHeight;
  card.style.left = `${left}px`;
  card.style.top = fits ? `${below}px` : `${Math.max(0, at.top - room.top - card.offsetHeight - 6)}px`;
}
