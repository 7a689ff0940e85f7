// What everybody does who watches a run: asks for frames over its socket, one at a time, and tells of what goes wrong.
//
// A subclass has data (socket, token), t, status, notices, bar (resend), history, interval (ms between frames), gone, and
//
//   question() -> layers      what to ask for now
//   wake()                    something was done to the run: look at once
//   forget()                  another run
//   paintFrame(frame)         takes and paints a frame; may throw

import { parseFrame } from "./frame.js";
import { Channel, socketAddress } from "./socket.js";

const BAD_FRAME_WAIT = 1000;
const FULL = 1013; // close codes of the gateway
const UNKNOWN = 4404;
const HOPELESS = 5; // connections lost in a row, after which a new run is offered

export class FrameLoop {
  constructor() {
    this.onVisibility = () => this.ask();
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  connect() {
    const { socket, token } = this.data;
    if (this.channel?.path === socket && this.channel.token === token) return;
    const fresh = this.channel?.path !== socket;
    this.channel?.end();
    if (fresh) this.forget();
    this.waiting = false;
    this.status.showState("connecting");
    this.channel = new Channel({
      url: socketAddress(socket), token,
      onOpen: () => this.opened(),
      onFrame: (buffer) => this.receive(buffer),
      onMessage: (message) => this.answer(message),
      onLost: (how) => this.lost(how),
      onClosed: (how) => this.closed(how),
    });
    this.channel.path = socket;
  }

  opened() {
    this.waiting = false;
    this.bar.resend();
    this.ask();
  }

  lost({ failures, code }) {
    this.waiting = false;
    const text = this.t(code === FULL ? "notice_full" : "reconnecting");
    this.notices.show("connection", text, { lasting: true, renew: failures >= HOPELESS });
    this.status.showState("connecting");
  }

  closed({ code, reason }) {
    this.waiting = false;
    this.status.showState("stopped");
    const text = code === UNKNOWN ? this.t("ended") : this.t("closed", { reason });
    this.notices.show("closed", text, { lasting: true, renew: true });
  }

  command(message) {
    if (!this.channel) return false;
    const sent = this.channel.send(message);
    this.wake();
    this.schedule(0);
    return sent;
  }

  answer({ type, code, text }) {
    if (type !== "error") return;
    // A run that ended says so in its frames, or by closing. Until the page hands over its successor's address, this
    // answer to a request on its way is no news.
    if (code !== "ended") this.notices.show("error", this.t(`notice_${code}`, {}, text || code));
    if (this.waiting) this.again(); // it may have been the answer to our request
  }

  again() {
    this.waiting = false;
    this.schedule(BAD_FRAME_WAIT);
  }

  schedule(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  /** One request at a time, none while the tab is hidden. */
  ask() {
    if (this.waiting || document.hidden || !this.channel?.ready) return;
    this.waiting = true;
    this.asked = performance.now();
    this.channel.ask(this.question(), this.history.since);
  }

  receive(buffer) {
    try {
      this.frame = parseFrame(buffer);
    } catch (error) {
      this.notices.show("frame", this.t("bad_frame", { reason: error.message }));
      this.again();
      return;
    }
    this.animation ??= requestAnimationFrame(() => this.show());
  }

  /** Paints the frame, then asks for the next. */
  show() {
    this.animation = null;
    const { frame } = this;
    if (this.gone || !frame) return;
    this.frame = null;
    this.notices.end("connection");
    this.notices.end("frame");
    try {
      this.paintFrame(frame);
    } finally { // a picture that fails stands still, and the run can still be controlled
      this.waiting = false;
      this.schedule(Math.max(0, this.interval - (performance.now() - this.asked)));
    }
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.channel?.end();
  }
}
