// The button that copies an address, and what it says then.
//
//   const link = new CopyLink({ t, testid, address: () => location.href });   // t: link, link_tip, link_copied, link_failed
//   bar.append(...link.parts);

import { button, el, setText } from "./dom.js";

const SAID = 2500; // ms

export class CopyLink {
  constructor({ t, testid, address }) {
    Object.assign(this, { t, address });
    this.button = button("gl-quiet", { label: t("link"), tip: t("link_tip"), iconName: "link", testid, onclick: () => this.copy() });
    this.said = el("span", { class: "gl-said", role: "status" });
    this.parts = [this.button, this.said];
  }

  async copy() {
    const address = this.address();
    try {
      await navigator.clipboard.writeText(address);
    } catch {
      window.prompt(this.t("link_failed"), address); // no clipboard outside https
      return;
    }
    setText(this.said, this.t("link_copied"));
    setTimeout(() => setText(this.said, ""), SAID);
  }
}
