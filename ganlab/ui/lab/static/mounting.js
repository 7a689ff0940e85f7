// Mounts one component of a page about divergences. Streamlit calls the entry again at every rerun and change of theme.
//
//   export const mount = mounter(App);
//
// App: constructor(host, component), configure(component) (the same, with new data), destroy().
// When texts or assets change, the App is made anew.

import { stylesheet } from "./styles.js";

export function mounter(App) {
  const apps = new Map(); // host element -> { app, made }
  const unmount = (host) => {
    apps.get(host)?.app.destroy();
    apps.delete(host);
  };
  return async function mount(component) {
    const host = component.parentElement;
    const { assets, texts } = component.data;
    await Promise.all([stylesheet(assets), stylesheet(assets, "lab.css")]);
    const made = JSON.stringify([assets, texts]);
    if (apps.has(host) && apps.get(host).made !== made) unmount(host);
    if (apps.has(host)) apps.get(host).app.configure(component);
    else if (host.isConnected) apps.set(host, { app: new App(host, component), made });
    // Streamlit may call the clean-up of a superseded call while the component is still there.
    return () => setTimeout(() => host.isConnected || unmount(host));
  };
}
