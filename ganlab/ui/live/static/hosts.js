// The components on a page, one per host element. Streamlit calls an entry again at every rerun and change of theme.
//
//   const hosts = new Hosts((host, component) => new App(host, component));
//   export const mount = (component) => hosts.mount(component);
//
// App: root (element), visible, configure(component), outdated(data), act(action) -> acted?, destroy().

import { listenToKeys } from "./keys.js";

export class Hosts {
  constructor(make) {
    this.make = make;
    this.apps = new Map(); // host element -> App, the one used last at the end
    this.stopKeys = null;
  }

  mount(component) {
    const host = component.parentElement;
    if (this.apps.get(host)?.outdated(component.data)) this.unmount(host);
    const app = this.apps.get(host);
    if (app) app.configure(component);
    else if (host.isConnected) this.create(host, component);
    // Streamlit may call the clean-up of a superseded call while the component is still there.
    return () => setTimeout(() => host.isConnected || this.unmount(host));
  }

  create(host, component) {
    const app = this.make(host, component);
    const use = () => {
      if (this.apps.get(host) !== app) return;
      this.apps.delete(host);
      this.apps.set(host, app);
    };
    app.root.addEventListener("pointerdown", use);
    app.root.addEventListener("focusin", use);
    this.apps.set(host, app);
    this.stopKeys ??= listenToKeys((action) => this.act(action));
  }

  /** Keys go to the component that is on screen and was used last. */
  act(action) {
    const app = [...this.apps.values()].reverse().find(({ visible }) => visible);
    return app ? app.act(action) : false;
  }

  unmount(host) {
    this.apps.get(host)?.destroy();
    this.apps.delete(host);
    if (this.apps.size) return;
    this.stopKeys?.();
    this.stopKeys = null;
  }
}
