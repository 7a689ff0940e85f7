// Keyboard: space plays and pauses, left, down and right arrow take one step of D, of G, of both.

const ACTIONS = { " ": "toggle", ArrowLeft: "d", ArrowDown: "g", ArrowRight: "both" };
// Whoever is typing, or moving a slider or a list, needs these keys.
const TAKEN = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=slider], [role=listbox],"
  + " [role=combobox], [role=radiogroup], [role=tablist], [role=menu], [role=grid], [role=spinbutton], dialog, [role=dialog]";
const PRESSED = "button, a[href], summary, [role=button]"; // these take the space bar

/** `act(action)` says whether it could act; `actions` names what each key does. Returns what ends it. */
export function listenToKeys(act, actions = ACTIONS) {
  const listen = (event) => {
    const action = actions[event.key];
    if (!action || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || target.closest(TAKEN) || target.isContentEditable) return;
    if (action === "toggle" && (event.repeat || target.closest(PRESSED))) return;
    if (act(action)) event.preventDefault();
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
