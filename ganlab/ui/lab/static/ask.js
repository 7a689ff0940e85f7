// Asks the server's calculator (`/api/divergences`): one question in flight, the newest state next, and again after a
// lost connection. Nothing is computed in the browser.
//
//   const calculator = new Calculator({
//     url: socketAddress(data.socket),                     // socket.js
//     onAnswer: ({ info, tensors }, asked) => …,   // in an animation frame: set marks, paint. `asked` is ask's 2nd argument
//     onError: ({ code, text, … }, asked) => …,    // the question was wrong; the socket stays open
//     onState: (state) => …,                       // "open", "lost" (trying again), "closed" ({ reason }: for good)
//   });
//   calculator.ask({ type: "line", p: "normal(0,1)", … }, { at: event.timeStamp });
//   calculator.end();
//
// Pointer-to-paint times (ms, the last 2,000) and the number of updates are in window.__ganlabLab for benchmarks.

import { parseFrame } from "./frame.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;
const PATIENCE = 15000; // an answer that has not come in this time never will
const KEEP = 2000;

const seen = (window.__ganlabLab ??= { latencies: [], updates: 0 });

export class Calculator {
  constructor({ url, onAnswer, onError, onState = () => {} }) {
    Object.assign(this, { url, onAnswer, onError, onState, wait: FIRST_WAIT, next: null, asked: null, ended: false });
    this.open();
  }

  open() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.onState("open");
      this.send();
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket && !this.ended) this.receive(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.socket) this.lost(code, reason);
    };
  }

  ask(question, about = {}) {
    this.next = { question, about };
    this.send();
  }

  send() {
    if (this.asked || !this.next || this.socket.readyState !== WebSocket.OPEN) return;
    this.asked = this.next;
    this.next = null;
    this.socket.send(JSON.stringify(this.asked.question));
    const { socket } = this;
    this.watchdog = setTimeout(() => socket.close(), PATIENCE);
  }

  receive(data) {
    clearTimeout(this.watchdog);
    this.wait = FIRST_WAIT;
    const { about } = this.asked ?? { about: {} };
    this.asked = null;
    if (typeof data === "string") this.onError(JSON.parse(data), about);
    else {
      this.answer = { data, about };
      this.animation ??= requestAnimationFrame(() => this.show());
    }
    this.send();
  }

  /** One frame at most per animation frame; an older one that was not painted is not missed. */
  show() {
    this.animation = null;
    const { data, about } = this.answer;
    if (this.ended) return;
    this.onAnswer(parseFrame(data), about);
    seen.updates += 1;
    if (about.at === undefined) return;
    const channel = new MessageChannel(); // its message comes after the paint
    channel.port1.onmessage = () => {
      seen.latencies.push(performance.now() - about.at);
      if (seen.latencies.length > KEEP) seen.latencies.splice(0, KEEP / 2);
    };
    channel.port2.postMessage(null);
  }

  lost(code, reason) {
    clearTimeout(this.watchdog);
    if (this.ended) return;
    this.next ??= this.asked; // it was not answered
    this.asked = null;
    if (code === 1008 || code === 1003 || code === 1009) {
      this.ended = true;
      this.onState("closed", { reason: reason || String(code) });
      return;
    }
    this.onState("lost", { reason });
    this.timer = setTimeout(() => this.open(), this.wait * (0.75 + 0.5 * Math.random()));
    this.wait = Math.min(LONGEST_WAIT, 2 * this.wait);
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    if (this.animation) cancelAnimationFrame(this.animation);
    this.socket.close();
  }
}
