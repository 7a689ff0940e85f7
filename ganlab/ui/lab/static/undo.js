// States that can be gone back to: undo and redo, by button and by Ctrl+Z, Ctrl+Shift+Z or Ctrl+Y.

const LONGEST = 200;

export class Undo {
  constructor(state) {
    this.states = [state];
    this.at = 0;
  }

  get state() {
    return this.states[this.at];
  }

  /** What came after an earlier state is given up. */
  push(state) {
    if (JSON.stringify(state) === JSON.stringify(this.state)) return;
    this.states = [...this.states.slice(0, this.at + 1), state].slice(-LONGEST);
    this.at = this.states.length - 1;
  }

  get back() {
    return this.at > 0;
  }

  get forth() {
    return this.at < this.states.length - 1;
  }

  /** -1 or 1; the state there, or null at the end. */
  go(step) {
    const next = this.at + step;
    if (next < 0 || next >= this.states.length) return null;
    this.at = next;
    return this.state;
  }
}

/** -1 for undo, 1 for redo, 0 for any other key; what is typed in a text box has an undo of its own. */
export function undoKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return 0;
  if (event.target.closest?.("input[type=text], textarea, [contenteditable=true]")) return 0;
  const key = event.key.toLowerCase();
  if (key === "y") return 1;
  return key === "z" ? (event.shiftKey ? 1 : -1) : 0;
}
