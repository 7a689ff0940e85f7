// One watched run: asks for frames, hands them to the page's charts, and commands to the run.

import { el, translator } from "./dom.js";
import { FrameLoop } from "./frameloop.js";
import { History } from "./history.js";
import { Notices } from "./notices.js";
import { readTheme } from "./theme.js";
import { WatchBar } from "./watchbar.js";
import { WatchLayers } from "./watchlayers.js";
import { WatchStatus } from "./watchstatus.js";

const SOONEST = 33; // ms between frames: charts cannot be read faster
const STILL = 400; // while nothing moves
const UNSEEN = 250; // while scrolled away
const SHARE = 0.5; // of the browser's time that painting may take
const HANDLERS = ["Frame", "Data", "Theme", "Clear", "End"];

export class Watch extends FrameLoop {
  constructor(host, component, module) {
    super();
    this.host = host;
    this.component = component;
    this.data = component.data;
    this.t = translator(this.data.texts);
    this.history = new History();
    this.asking = new WatchLayers();
    this.visible = true;
    this.interval = SOONEST;
    this.cost = 0;
    this.handlers = {};
    this.build();
    this.begun = this.begin(module);
  }

  build() {
    const { t } = this;
    this.theme = readTheme(this.host);
    this.bar = new WatchBar({ t, send: (command) => this.command(command), emit: (name, value) => this.emit(name, value) });
    this.status = new WatchStatus({ t });
    this.notices = new Notices({ t, onRenew: () => this.emit("renew", true) });
    this.body = el("div", { class: "gl-watch-body" });
    this.root = el("section", { class: "gl", "data-testid": "ganlab-watch" }, [this.notices.box, this.bar.box, this.status.line, this.body]);
    this.outer = el("div", { class: "gl-host" }, [this.root]);
    this.host.append(this.outer);
    this.seen = new IntersectionObserver(([entry]) => { this.visible = entry.isIntersecting; });
    this.seen.observe(this.root);
  }

  /** The page's charts first, so that they miss no frame. */
  async begin(module) {
    try {
      await module.start(this.api());
    } catch (error) {
      this.notices.show("charts", this.t("charts_failed"));
      throw error;
    } finally {
      this.ready = true;
      if (!this.gone) this.configure(this.component);
    }
  }

  api() {
    const watch = this;
    const api = {
      host: this.body,
      history: this.history,
      t: this.t,
      get data() { return watch.data.data; },
      get theme() { return watch.theme; },
      get info() { return watch.last ?? null; },
      layers: (names, options) => this.asking.set(names, options),
      send: (command) => this.command(command),
      emit: (name, value) => this.emit(name, value),
    };
    for (const name of HANDLERS) api[`on${name}`] = (handler) => { this.handlers[name] = handler; };
    return api;
  }

  command(message) {
    return this.data.control && super.command(message);
  }

  call(name, ...values) {
    this.handlers[name]?.(...values);
  }

  emit(name, value) {
    this.component.setTriggerValue(name, value);
  }

  /** Runs at every rerun of the page and every change of theme: takes over what differs and leaves the rest. */
  configure(component) {
    const before = JSON.stringify(this.data.data);
    const theme = readTheme(this.host);
    const retheme = JSON.stringify(theme) !== JSON.stringify(this.theme);
    Object.assign(this, { component, data: component.data, theme });
    if (!this.ready) return; // `begin` comes back here
    this.bar.configure(this.data);
    if (JSON.stringify(this.data.data) !== before) this.call("Data", this.data.data);
    if (retheme) this.call("Theme", theme);
    this.connect();
  }

  /** What cannot be changed in place. */
  outdated({ texts, entry, assets }) {
    const { data } = this;
    return JSON.stringify([texts, entry, assets]) !== JSON.stringify([data.texts, data.entry, data.assets]);
  }

  /** Another run. */
  forget() {
    const first = this.last === undefined;
    this.notices.forget();
    this.frame = null; // one that waits to be painted is of the old run
    this.last = null;
    if (first) this.asking.restart();
    else this.beginAgain();
  }

  /** The run went back to an earlier step: what we hold of its course is no longer true. */
  beginAgain() {
    this.history.clear();
    this.asking.restart();
    this.call("Clear");
  }

  wake() {
    this.interval = SOONEST;
    this.asking.wake();
  }

  question() {
    return this.asking.next(this.visible);
  }

  paintFrame(frame) {
    const began = performance.now();
    try {
      this.take(frame);
    } finally {
      this.cost = 0.7 * this.cost + 0.3 * (performance.now() - began);
    }
  }

  take({ info, tensors }) {
    this.bar.update(info);
    this.notices.fromFrame(info);
    this.status.update(info);
    if (info.state === "stopped") { // the last words of a run: the picture stays
      this.interval = STILL;
      return;
    }
    if (this.last && this.another(info)) this.beginAgain();
    this.pace(info);
    this.last = info;
    this.asking.received(info);
    if (tensors.has("history")) this.history.add(info.history_columns, tensors.get("history"), info.history_from);
    this.call("Frame", info, tensors);
  }

  /** Whether what we hold of its course is no longer true. A run that can go back and forth says so by its epoch. */
  another({ step, seed, epoch }) {
    const { last } = this;
    return epoch === undefined ? step < last.step || seed !== last.seed : epoch !== last.epoch;
  }

  /** No more frames than can be painted, and few while nothing moves. */
  pace(info) {
    const moved = ["step", "state", "done"].some((name) => info[name] !== this.last?.[name]);
    if (!this.visible) this.interval = UNSEEN;
    else if (moved) this.interval = Math.max(SOONEST, this.cost / SHARE);
    else this.interval = Math.min(STILL, 1.5 * this.interval);
  }

  /** A key was pressed: true if we could act on it. */
  act(action) {
    if (!this.data.control) return false;
    if (action === "toggle") this.bar.toggle();
    else if (action === "both") this.bar.step();
    else return false;
    return true;
  }

  destroy() {
    super.destroy();
    this.seen.disconnect();
    this.call("End");
    this.outer.remove();
  }
}
