// What "Two densities" and "In the plane" have in common. The state lives here while something is dragged or typed, and in
// the address bar as soon as it rests: the page gets it, writes the address, and hands it back.
//
// A subclass makes, before it calls `begin`: root (element), stage (destroy()), editors, controls, readings, and puts
// `notice` into the root. It has charts (of a download) and
//
//   forget()                      another state: what is in view is to be fitted anew
//   request({ final, all, at })   asks about the state; `final`: it rests, `all`: nothing is being dragged
//   receive(frame, about)         takes and paints an answer; calls `emit(about)` for one of a state that may rest
//   setTheme(theme), paint()

import { Calculator } from "./ask.js";
import { el, setText, translator } from "./dom.js";
import { figure } from "./exporting.js";
import { socketAddress } from "./socket.js";
import { readTheme } from "./theme.js";
import { Undo, undoKey } from "./undo.js";

export const SIDES = ["p", "q"];
const WAITING = 400; // ms without an answer until that is said
let instances = 0;

export class Dragging {
  constructor(host, { data }, families) {
    Object.assign(this, { host, data, families, version: 0, mine: new Set() });
    this.t = translator(data.texts);
    this.name = `${Date.now().toString(36)}-${(instances += 1)}`;
    this.adopt(data.state);
    this.undo = new Undo(this.state);
    this.notice = el("p", { class: "gl-notice", role: "status", hidden: true, "data-testid": "lab-notice" });
  }

  /** On the page, connected, and asked for the first time. */
  begin(component) {
    this.outer = el("div", { class: "gl-host" }, [this.root]);
    this.host.append(this.outer);
    this.calculator = this.connect("", { onState: (state, how) => this.connection(state, how) });
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.waiting = setTimeout(() => this.answered || this.tell(this.t("computing")), WAITING);
    this.configure(component, true);
  }

  connect(query, more = {}) {
    return new Calculator({
      url: socketAddress(this.data.socket) + query, onAnswer: (frame, about) => this.receive(frame, about), onError: (error, about) => this.refuse(error, about), ...more,
    });
  }

  /** What the controls do. */
  reactions() {
    return {
      change: (patch, how) => this.change(patch, how),
      type: (side, text, how) => this.type(side, text, how),
      swap: () => this.change({ p: this.state.q, q: this.state.p }),
      undo: (step) => this.restore(this.undo.go(step)),
      reset: () => this.restore(this.known(this.data.reset)),
      figure: ({ white }) => this.figure(white),
      values: () => this.readings.table(this.fields()),
    };
  }

  // ------------------------------------------------------------ the page's state

  /** A state as the page has it (texts with their components) becomes ours (components). */
  adopt(given) {
    this.state = this.known(given);
    this.given = JSON.stringify(given);
  }

  known({ components, ...fields }) {
    return { ...fields, p: this.families.known(components.p), q: this.families.known(components.q) };
  }

  /** Runs at every rerun of the page and every change of theme. */
  configure(component, first = false) {
    const { data } = component;
    Object.assign(this, { component, data, theme: readTheme(this.host) });
    this.root.dataset.dark = String(this.theme.dark);
    this.setTheme(this.theme);
    // The state from before is news as well, once the page has heard of a newer one: somebody went back.
    const news = !first && (data.heard !== this.heard || JSON.stringify(data.state) !== this.given);
    this.heard = data.heard;
    const ours = news && this.mine.has(data.echo); // what we said ourselves
    if (ours) this.given = JSON.stringify(data.state);
    else if (news) {
      this.adopt(data.state);
      this.forget();
      this.undo.push(this.state);
    }
    if (first || (news && !ours)) this.changed({ all: true });
    this.paint();
  }

  /** The state as the page and the calculator know it. */
  fields() {
    return { ...this.state, p: this.families.text(this.state.p), q: this.families.text(this.state.q) };
  }

  // ------------------------------------------------------------ changes

  /** Something was moved: shown at once, asked about; `final` when it rests, so that it goes into the address. */
  change(patch, { final = true, at } = {}) {
    this.state = { ...this.state, ...patch };
    this.changed({ final, at });
  }

  changed({ final = false, all = final, at }) {
    this.version += 1;
    this.show();
    if (final) this.rest = this.version;
    this.request({ final, all, at });
  }

  /** What the state says without asking anybody. */
  show() {
    const fields = this.fields();
    for (const side of SIDES) this.editors[side].set(this.state[side], fields[side]);
    this.controls.set(this.state, this.undo);
    this.readings.configure(this.state);
  }

  restore(state) {
    if (!state) return;
    this.state = state;
    this.forget();
    this.changed({ final: true });
  }

  key(event) {
    const step = undoKey(event);
    if (!step || !this.host.isConnected || !this.root.offsetParent) return;
    event.preventDefault();
    this.restore(this.undo.go(step));
  }

  // ------------------------------------------------------------ answers

  refuse(error, about) {
    const side = about.side ?? (SIDES.includes(error.field) ? error.field : null);
    const { text } = error;
    if (side) this.editors[side].complain({ text, position: about.side ? error.position : null }, about.text ?? "");
    else this.tell(this.t("refused", { reason: text }));
  }

  connection(state, how) {
    if (state === "open") this.tell(this.answered ? "" : this.t("computing"));
    else this.tell(state === "lost" ? this.t("reconnecting") : this.t("closed", { reason: how.reason }));
  }

  /** What has come to rest and could be computed goes to the page, and can be undone: address and table agree. */
  emit({ version = 0 }) {
    if (!this.rest || version < this.rest) return;
    this.rest = 0;
    this.undo.push(this.state);
    this.controls.undoable(this.undo);
    const stamp = `${this.name}-${this.version}`;
    this.mine.add(stamp);
    this.component.setTriggerValue("changed", { stamp, state: this.fields() });
  }

  tell(text) {
    this.notice.hidden = !text;
    setText(this.notice, text);
  }

  // ------------------------------------------------------------ in a file, and gone

  figure(white) {
    const { p, q } = this.fields();
    return figure(this.charts, { title: `P = ${p}   Q = ${q}`, theme: this.theme, white });
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey);
    clearTimeout(this.waiting);
    this.calculator.end();
    this.stage.destroy();
    this.outer.remove();
  }
}
