// Small bars under a stage: what share of the samples each mode gets, and a mark at the share it should get.

import { el } from "./dom.js";
import { rgb } from "./theme.js";

const HEIGHT = 26; // pixels
const TOP = 2; // times the true weight that a bar can show
const SHARPEST = 2;

export class Shares {
  constructor({ t }) {
    this.canvas = el("canvas", { class: "cmp-shares-canvas" });
    this.box = el("div", { class: "cmp-shares", role: "img", title: t("cmp_shares_tip"), "aria-label": t("cmp_shares_tip"), hidden: true }, [this.canvas]);
  }

  setTheme(theme) {
    this.theme = theme;
    this.paint();
  }

  show(share, weights) {
    Object.assign(this, { share, weights });
    this.box.hidden = false;
    this.paint();
  }

  clear() {
    this.share = null;
    this.box.hidden = true;
  }

  paint() {
    const { canvas, share, weights, theme } = this;
    const width = this.box.clientWidth;
    if (!share || !theme || !width) return;
    const sharp = Math.min(SHARPEST, window.devicePixelRatio || 1);
    const [columns, rows] = [Math.round(width * sharp), HEIGHT * sharp];
    if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
    const context = canvas.getContext("2d");
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    const slot = width / share.length;
    const bar = Math.max(1, slot * 0.72);
    for (let k = 0; k < share.length; k += 1) {
      const left = k * slot + (slot - bar) / 2;
      const height = (HEIGHT * Math.min(TOP, share[k] / weights[k])) / TOP;
      context.fillStyle = rgb(theme.fake);
      context.fillRect(left, HEIGHT - height, bar, height);
      context.fillStyle = rgb(theme.real);
      context.fillRect(left, HEIGHT - HEIGHT / TOP - 1, bar, 2);
    }
  }
}
