// The page "In the plane". The state lives here while something is dragged or typed, and in the address bar as soon as it
// rests: the page gets it, writes the address, and hands it back.
//
// A question names the parts of the answer that are wanted. While something moves, the picture is asked for with every
// move and the values of the table only now and then (`VALUES`), without slow ones; at rest first the picture, then all.

import { Calculator, socketAddress } from "./ask.js";
import { translator } from "./dom.js";
import { reweighted } from "./families.js";
import { mounter } from "./mounting.js";
import { Pace } from "./pace.js";
import { PlaneDesk } from "./planedesk.js";
import { PlaneFamilies } from "./planefamilies.js";
import { PlaneWindow } from "./planewindow.js";
import { stylesheet } from "./styles.js";
import { readTheme } from "./theme.js";
import { Undo, undoKey } from "./undo.js";

const VALUES = { least: 120, share: 6 }; // ms between values in a drag, and at least that many times what they take
const CELLS = { moving: 96, still: 160 };
const WAITING = 400; // ms without an answer until that is said
const SIDES = ["p", "q"];
let instances = 0;

class Plane {
  constructor(host, component) {
    this.host = host;
    this.data = component.data;
    this.t = translator(this.data.texts);
    this.families = new PlaneFamilies(this.data.families);
    this.name = `${Date.now().toString(36)}-${(instances += 1)}`;
    this.version = 0;
    this.mine = new Set();
    this.pace = new Pace();
    this.valued = { at: 0, seconds: 0.02 };
    this.adopt(this.data.state);
    this.undo = new Undo(this.state);
    this.desk = new PlaneDesk({ t: this.t, data: this.data, families: this.families, undo: this.undo, on: this.reactions() });
    this.host.append(this.desk.outer);
    this.window = new PlaneWindow(this.desk.stage);
    this.calculator = new Calculator({
      url: socketAddress(this.data.socket),
      onAnswer: (frame, about) => this.receive(frame, about),
      onError: (error, about) => this.refuse(error, about),
      onState: (state, how) => this.connection(state, how),
    });
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.waiting = setTimeout(() => this.answered || this.desk.tell(this.t("computing")), WAITING);
    this.configure(component, true);
  }

  reactions() {
    return {
      change: (patch, how) => this.change(patch, how),
      drag: (move) => this.drag(move),
      turn: (theta, how) => this.turn(theta, how),
      type: (side, text, how) => this.type(side, text, how),
      swap: () => this.change({ p: this.state.q, q: this.state.p }),
      undo: (step) => this.restore(this.undo.go(step)),
      reset: () => this.restore(this.known(this.data.reset)),
      redraw: () => this.change({ seed: this.state.seed + 1 }),
      point: () => this.point(),
      size: () => this.window.wanted && this.ask(this.picture()),
    };
  }

  // ------------------------------------------------------------ the page's state

  /** A state as the page has it (texts with their components) becomes ours (ellipses). */
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
    this.component = component;
    this.data = data;
    this.desk.setTheme(readTheme(this.host));
    let news = first;
    if (!first && JSON.stringify(data.state) !== this.given) {
      if (this.mine.has(data.echo)) this.given = JSON.stringify(data.state); // what we said ourselves
      else {
        this.adopt(data.state);
        this.window.forget();
        this.undo.push(this.state);
        news = true;
      }
    }
    if (news) this.changed({ all: true });
    this.desk.paint();
  }

  /** The state as the page and the calculator know it. */
  fields() {
    return { ...this.state, p: this.families.text(this.state.p), q: this.families.text(this.state.q) };
  }

  // ------------------------------------------------------------ questions

  picture() {
    return ["fields", "slices", ...(this.state.lines ? ["transport"] : [])];
  }

  /** Whether values are worth asking for in the middle of a drag. */
  due() {
    const { at, seconds } = this.valued;
    return performance.now() - at > Math.max(VALUES.least, VALUES.share * 1000 * seconds);
  }

  /** What a question that still waits was asked for is asked with this one. */
  ask(parts, about = {}, patch = {}) {
    const waiting = this.calculator?.next?.question.parts ?? [];
    const [left, right, bottom, top] = this.window.asked;
    const { probe } = this.desk;
    const question = {
      type: "plane", ...this.fields(), left, right, bottom, top, x: probe.place[0], y: probe.place[1], cells: this.still ? CELLS.still : CELLS.moving,
      skip: this.still ? [] : this.pace.late(this.state.show), ...patch,
      parts: [...new Set([...waiting, ...parts, ...(probe.on ? ["point"] : [])])],
    };
    this.calculator?.ask(question, { ...about, version: this.version });
  }

  /** The point under the pointer, when nothing else is under way: it must not take the place of another question. */
  point() {
    const { next, asked, animation } = this.calculator;
    if (!next && !asked && !animation) this.ask(["point"]);
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
    this.still = all;
    this.owes = all;
    this.ask([...this.picture(), ...(!all && this.due() ? ["values"] : [])], { at });
  }

  show() {
    this.desk.show(this.state, this.fields());
  }

  drag({ side, k, what, x, y, weight, gap, phase, at }) {
    if (phase === "start" || (phase === "end" && !this.dragged)) return;
    this.dragged = phase !== "end";
    if (phase === "end") {
      this.change({});
      return;
    }
    const { families } = this;
    const parts = this.state[side];
    const next = () => (what === "centre" ? families.placed(parts[k], this.window.within({ x, y })) : families.gripped(parts[k], what, { x, y }, gap));
    const moved = what === "weight" ? reweighted(parts, k, weight) : parts.map((one, j) => (j === k ? next() : one));
    this.change({ [side]: moved }, { final: false, at });
  }

  /** Only the slice changes; the rest is asked for when it rests. */
  turn(theta, { phase, at }) {
    if (phase === "start" || (phase === "end" && !this.dragged)) return;
    this.dragged = phase !== "end";
    if (phase === "end") {
      this.change({ theta });
      return;
    }
    this.state = { ...this.state, theta };
    this.version += 1;
    this.show();
    this.ask(["slices"], { at });
  }

  /** The picture alone: it comes at once, and says whether the text can be read. */
  type(side, text, { final }) {
    this.version += 1;
    this.ask(this.picture(), { side, text, final }, { [side]: text, left: null, right: null, bottom: null, top: null });
  }

  restore(state) {
    if (!state) return;
    this.state = state;
    this.window.forget();
    this.changed({ final: true });
  }

  key(event) {
    const step = undoKey(event);
    if (!step || !this.host.isConnected || !this.desk.root.offsetParent) return;
    event.preventDefault();
    this.restore(this.undo.go(step));
  }

  // ------------------------------------------------------------ answers

  receive(frame, about) {
    const { info } = frame;
    const { desk } = this;
    this.answered = true;
    if (about.side) this.understood(about, info);
    if ((!desk.dragging || !this.window.wanted) && this.window.fit(info.auto)) desk.refit(this.state);
    desk.tell("");
    if (info.values) {
      this.valued = { at: performance.now(), seconds: info.seconds };
      this.pace.note(info.values);
    }
    desk.take(frame, this.state, about.version !== this.version);
    desk.paint();
    if (info.values && !desk.dragging) this.emit(about);
    this.next(info, about);
  }

  /** What is still missing: the picture of a window that has changed, the values at rest, the point looked at. */
  next({ window }, { version }) {
    const { probe } = this.desk;
    if (window && this.window.differs(window)) this.ask(this.picture());
    else if (this.owes && version === this.version) {
      this.owes = false;
      this.ask(["values"]);
    } else if (probe.waits) this.point();
  }


  /** A text was typed and could be read: now it is the state. */
  understood({ side, final, version }, info) {
    if (version !== this.version) return; // something else has moved since
    this.state = { ...this.state, [side]: this.families.known(info.components[side]) };
    this.window.forget();
    this.desk.editors[side].praise();
    this.changed({ final, all: true });
  }

  refuse(error, about) {
    const side = about.side ?? (SIDES.includes(error.field) ? error.field : null);
    if (side) this.desk.editors[side].complain({ text: error.text, position: about.side ? error.position : null }, about.text ?? "");
    else this.desk.tell(this.t("refused", { reason: error.text }));
  }

  connection(state, how) {
    if (state === "open") this.desk.tell(this.answered ? "" : this.t("computing"));
    else this.desk.tell(state === "lost" ? this.t("reconnecting") : this.t("closed", { reason: how.reason }));
  }

  /** What has come to rest, with its values, goes to the page and can be undone: address and table agree. */
  emit({ version = 0 }) {
    if (!this.rest || version < this.rest) return;
    this.rest = 0;
    this.undo.push(this.state);
    this.desk.controls.undoable(this.undo);
    const stamp = `${this.name}-${this.version}`;
    this.mine.add(stamp);
    this.component.setTriggerValue("changed", { stamp, state: this.fields() });
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey);
    clearTimeout(this.waiting);
    this.calculator.end();
    this.desk.destroy();
  }
}

const start = mounter(Plane);

export async function mount(component) {
  await stylesheet(component.data.assets, "plane.css");
  return start(component);
}
