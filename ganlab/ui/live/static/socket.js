// One run's socket: hello first, reconnects with back-off, gives up where the server said no.

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;
const PATIENCE = 10000; // a frame that has not come in this time never will: the socket is dead

/** The address of a socket of this page's server, by its path. */
export function socketAddress(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** 1008 is "policy violation"; 4000-4999 belong to the application. Trying again would get the same answer. */
const refused = (code) => code === 1008 || (code >= 4000 && code < 5000);

export class Channel {
  constructor({ url, token, onFrame, onMessage, onOpen, onLost, onClosed }) {
    Object.assign(this, { url, token, onFrame, onMessage, onOpen, onLost, onClosed });
    this.wait = FIRST_WAIT;
    this.failures = 0;
    this.finished = false;
    this.open();
  }

  open() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", token: this.token }));
      this.onOpen();
    };
    socket.onmessage = ({ data }) => {
      if (this.finished || socket !== this.socket) return;
      if (typeof data === "string") this.onMessage(JSON.parse(data));
      else this.received(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.socket) this.closed(code, reason);
    };
  }

  received(data) {
    clearTimeout(this.watchdog);
    this.wait = FIRST_WAIT;
    this.failures = 0;
    this.onFrame(data);
  }

  closed(code, reason) {
    clearTimeout(this.watchdog);
    if (this.finished) return;
    if (refused(code)) {
      this.finished = true;
      this.onClosed({ code, reason: reason || String(code) });
      return;
    }
    this.failures += 1;
    this.onLost({ failures: this.failures, code, reason });
    this.timer = setTimeout(() => this.open(), this.wait * (0.75 + 0.5 * Math.random()));
    this.wait = Math.min(LONGEST_WAIT, 2 * this.wait);
  }

  get ready() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Sends a command; false when there is no connection. */
  send(command) {
    if (!this.ready) return false;
    this.socket.send(JSON.stringify(command));
    return true;
  }

  ask(layers, since) {
    clearTimeout(this.watchdog);
    const { socket } = this;
    this.watchdog = setTimeout(() => socket.close(), PATIENCE);
    return this.send({ type: "frame", layers, since });
  }

  end() {
    this.finished = true;
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    this.socket.close();
  }
}
