// The page "In the plane" (see dragging.js for what it has in common with the other one).
//
// A question names the parts of the answer that are wanted. While something moves, the picture is asked for with every
// move and the values of the table only now and then (`VALUES`), without slow ones; at rest first the picture, then all.

import { Dragging } from "./dragging.js";
import { reweighted } from "./families.js";
import { mounter } from "./mounting.js";
import { Pace } from "./pace.js";
import { PlaneDesk } from "./planedesk.js";
import { PlaneFamilies } from "./planefamilies.js";
import { PlaneWindow } from "./planewindow.js";
import { stylesheet } from "./styles.js";

const VALUES = { least: 120, share: 6 }; // ms between values in a drag, and at least that many times what they take
const CELLS = { moving: 96, still: 160 };

class Plane extends Dragging {
  constructor(host, component) {
    super(host, component, new PlaneFamilies(component.data.families));
    this.pace = new Pace();
    this.valued = { at: 0, seconds: 0.02 };
    this.build();
    this.begin(component);
  }

  build() {
    const { t, data, families, notice } = this;
    this.desk = new PlaneDesk({ t, data, families, notice, on: this.reactions() });
    const { root, stage, editors, controls, readings } = this.desk;
    Object.assign(this, { root, stage, editors, controls, readings, window: new PlaneWindow(stage) });
  }

  reactions() {
    return {
      ...super.reactions(),
      drag: (move) => this.drag(move),
      turn: (theta, how) => this.turn(theta, how),
      redraw: () => this.change({ seed: this.state.seed + 1 }),
      point: () => this.point(),
      size: () => this.window.wanted && this.ask(this.picture()),
    };
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
    const waiting = this.calculator.next?.question.parts ?? [];
    const [left, right, bottom, top] = this.window.asked;
    const { probe } = this.desk;
    const question = {
      type: "plane", ...this.fields(), left, right, bottom, top, x: probe.place[0], y: probe.place[1], cells: this.still ? CELLS.still : CELLS.moving,
      skip: this.still ? [] : this.pace.late(this.state.show), ...patch,
      parts: [...new Set([...waiting, ...parts, ...(probe.on ? ["point"] : [])])],
    };
    this.calculator.ask(question, { ...about, version: this.version });
  }

  /** The point under the pointer, when nothing else is under way: it must not take the place of another question. */
  point() {
    const { next, asked, animation } = this.calculator;
    if (!next && !asked && !animation) this.ask(["point"]);
  }

  request({ all, at }) {
    this.still = all;
    this.owes = all;
    this.ask([...this.picture(), ...(!all && this.due() ? ["values"] : [])], { at });
  }

  // ------------------------------------------------------------ changes

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

  forget() {
    this.window.forget();
  }

  // ------------------------------------------------------------ answers

  receive(frame, about) {
    const { info } = frame;
    const { desk } = this;
    this.answered = true;
    if (about.side) this.understood(about, info);
    if ((!desk.dragging || !this.window.wanted) && this.window.fit(info.auto)) desk.refit(this.state);
    this.tell("");
    if (info.values) {
      this.valued = { at: performance.now(), seconds: info.seconds };
      this.pace.note(info.values);
    }
    desk.take(frame, this.state, about.version !== this.version);
    this.paint();
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
    this.forget();
    this.editors[side].praise();
    this.changed({ final, all: true });
  }

  // ------------------------------------------------------------ what is seen

  get charts() {
    return this.desk.charts;
  }

  setTheme(theme) {
    this.desk.setTheme(theme);
  }

  show() {
    super.show();
    this.desk.show(this.state);
  }

  paint() {
    this.desk.paint();
  }

  destroy() {
    super.destroy();
    this.desk.slices.destroy();
  }
}

const start = mounter(Plane);

export async function mount(component) {
  await stylesheet(component.data.assets, "plane.css");
  return start(component);
}
