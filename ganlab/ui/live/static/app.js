// One mounted component: asks for frames, hands them to stage, charts and status, and commands to the run.

import { Charts } from "./charts.js";
import { el, translator } from "./dom.js";
import { FrameLoop } from "./frameloop.js";
import { History } from "./history.js";
import { Layers } from "./layers.js";
import { Notices } from "./notices.js";
import { Requests } from "./requests.js";
import { Stage } from "./stage.js";
import { Status } from "./status.js";
import { readTheme } from "./theme.js";
import { Toolbar } from "./toolbar.js";

const TEXT_EVERY = 120; // ms between changes of the numbers: faster ones cannot be read

export class App extends FrameLoop {
  constructor(host, component) {
    super();
    this.host = host;
    this.data = component.data;
    this.t = translator(this.data.texts);
    this.history = new History();
    this.requests = new Requests();
    this.painted = { count: 0, since: performance.now(), text: 0 };
    this.build();
    this.configure(component);
  }

  build() {
    const { t, data } = this;
    const theme = readTheme(this.host);
    this.stage = new Stage({ t, onResize: () => this.repaint() });
    this.layers = new Layers({ t, names: data.all_layers, shown: data.layers, theme, onChange: () => this.changeLayers() });
    this.toolbar = new Toolbar({ t, send: (command) => this.command(command), emit: (name, value) => this.component.setTriggerValue(name, value) });
    this.status = new Status({ t, canvas: this.stage.canvas });
    this.notices = new Notices({ t, onRenew: () => this.component.setTriggerValue("renew", true) });
    this.charts = data.compact ? null : new Charts({ t, assets: data.assets, onFailure: () => this.notices.show("charts", t("charts_failed")) });
    const left = el("div", { class: "gl-left" }, [this.stage.box, this.layers.box]);
    this.root = el("section", { class: "gl", "data-testid": "ganlab-live" }, [
      this.notices.box, this.toolbar.box, this.status.line, this.toolbar.caption,
      el("div", { class: "gl-summary" }, [this.status.cards, this.status.diagnosis]),
      el("div", { class: "gl-main" }, [left, ...(this.charts ? [this.charts.box] : [])]),
    ]);
    this.root.classList.toggle("gl-compact", data.compact);
    this.layers.box.hidden = data.compact;
    this.outer = el("div", { class: "gl-host" }, [this.root]);
    this.host.append(this.outer);
  }

  /** Runs at every rerun of the page and every change of theme: takes over what differs and leaves the rest. */
  configure(component) {
    const { data } = component;
    this.component = component;
    if (String(data.layers) !== String(this.data.layers)) this.layers.set(data.layers);
    this.data = data;
    const theme = readTheme(this.host);
    this.layers.setTheme(theme);
    this.toolbar.configure(data);
    this.status.configure(data);
    this.charts?.setTheme(theme);
    this.stage.configure({ ...data, theme, t: this.t, layers: this.layers.on });
    this.connect();
    this.repaint();
  }

  /** What cannot be changed in place. */
  outdated({ texts, dim, compact, assets }) {
    const { data } = this;
    return JSON.stringify([texts, dim, compact, assets]) !== JSON.stringify([data.texts, data.dim, data.compact, data.assets]);
  }

  forget() {
    this.history.clear();
    this.requests.restart();
    this.stage.clear();
    this.charts?.clear();
    this.notices.forget();
    this.frame = null; // one that waits to be painted is of the old run
    this.last = { step: -1 };
  }

  get bar() {
    return this.toolbar;
  }

  get visible() {
    return this.stage.visible;
  }

  get interval() {
    return this.requests.interval;
  }

  wake() {
    this.requests.wake();
  }

  question() {
    return this.requests.layers(this.asked, { shown: this.layers.on, visible: this.visible, compact: this.data.compact });
  }

  paintFrame(frame) {
    this.take(frame);
    const now = performance.now();
    if (this.visible) this.stage.paint();
    this.charts?.paint(now);
    this.text(frame, now);
  }

  take(frame) {
    const { info, tensors } = frame;
    if (info.state === "stopped") return this.stopped(frame);
    if (info.step < this.last.step || (this.last.seed ?? info.seed) !== info.seed) this.beginAgain();
    this.last = info;
    this.layers.answered(this.requests.asked, tensors);
    this.requests.received(frame, this.stage.visible);
    if (tensors.has("history")) this.history.add(info.history_columns, tensors.get("history"), info.history_from);
    this.stage.update(frame);
    this.charts?.update(frame, this.history);
    this.toolbar.update(info);
    this.notices.fromFrame(info);
  }

  /** The last words of a run: the picture stays, the readings are those it ended with. */
  stopped({ info }) {
    this.requests.received({ info, tensors: new Map() }, this.stage.visible);
    this.toolbar.update(info);
    this.notices.fromFrame(info);
  }

  /** The run went back to an earlier step: what we hold of its course is no longer true. */
  beginAgain() {
    this.history.clear();
    this.requests.restart();
    this.charts?.clear();
  }

  text(frame, now) {
    this.painted.count += 1;
    const over = now - this.painted.since;
    if (over >= 1000) {
      this.status.showFps((1000 * this.painted.count) / over);
      Object.assign(this.painted, { count: 0, since: now });
    }
    if (now - this.painted.text < TEXT_EVERY && frame.info.state === this.painted.state) return;
    Object.assign(this.painted, { text: now, state: frame.info.state });
    this.status.update(frame, now);
  }

  changeLayers() {
    this.requests.wake();
    this.stage.configure({ ...this.data, theme: this.stage.painter.theme, t: this.t, layers: this.layers.on });
    this.repaint();
    this.schedule(0);
  }

  /** Without a new frame: size, theme, layers or pointer changed. */
  repaint() {
    this.again ??= requestAnimationFrame(() => {
      this.again = null;
      if (!this.gone) this.stage.paint();
    });
  }

  /** A key was pressed: true if we could act on it. */
  act(action) {
    if (!this.data.control) return false;
    if (action === "toggle") this.toolbar.toggle();
    else if (this.data.compact) return false;
    else this.toolbar.step(action);
    return true;
  }

  destroy() {
    super.destroy();
    this.charts?.destroy();
    this.stage.destroy();
    this.outer.remove();
  }
}
