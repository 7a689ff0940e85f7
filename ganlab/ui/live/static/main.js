// Entry of the live component. Streamlit calls `mount` again at every rerun and change of theme.

import { App } from "./app.js";
import { listenToKeys } from "./keys.js";
import { stylesheet } from "./styles.js";

const apps = new Map(); // host element -> App, the one used last at the end
let stopKeys = null;

export async function mount(component) {
  const host = component.parentElement;
  await stylesheet(component.data.assets);
  let app = apps.get(host);
  if (app?.outdated(component.data)) {
    unmount(host);
    app = null;
  }
  if (app) app.configure(component);
  else create(host, component);
  // Streamlit may call the clean-up of a superseded call while the component is still there.
  return () => setTimeout(() => host.isConnected || unmount(host));
}

function create(host, component) {
  if (!host.isConnected) return;
  const app = new App(host, component);
  const use = () => {
    if (apps.get(host) !== app) return;
    apps.delete(host);
    apps.set(host, app);
  };
  app.root.addEventListener("pointerdown", use);
  app.root.addEventListener("focusin", use);
  apps.set(host, app);
  stopKeys ??= listenToKeys(act);
}

/** Keys go to the component that is on screen and was used last. */
function act(action) {
  const app = [...apps.values()].reverse().find(({ stage }) => stage.visible);
  return app ? app.act(action) : false;
}

function unmount(host) {
  apps.get(host)?.destroy();
  apps.delete(host);
  if (apps.size) return;
  stopKeys?.();
  stopKeys = null;
}
