// Entry of the watch component: any run, followed by charts of the page's own.
//
// The module that the page names (`entry`) exports `start(api)` and draws into `api.host`:
//
//   host             the element that is its own
//   data             what the page gave, as it is now
//   theme            colours (theme.js), as they are now
//   t(key, values)   texts: the component's own and those in `data.texts`
//   info             the scalars of the latest frame; null before the first
//   history          the rows of the layer "history" so far (history.js): `columns[name]`, `length`, `version`
//   layers(names, { once })   what to ask for with every frame; `once`: layers that never change, asked for until they came
//   send(command)    to the run (docs/architecture.md); false where that cannot be
//   emit(name, value)    to the page: "new_seed", "renew" or "event"
//   onFrame((info, tensors) => …)   a frame is to be painted; tensors: Map(name -> { data, shape })
//   onData((data) => …)             the page was run again with other data
//   onTheme((theme) => …)           light, dark, or other colours
//   onClear(() => …)                another run, or the same one from its beginning: what was drawn is no longer true
//   onEnd(() => …)                  the component goes away
//
// `start` may return a promise. All of the handlers are optional, and each may be set once.

import { listenToKeys } from "./keys.js";
import { stylesheet } from "./styles.js";
import { Watch } from "./watchloop.js";

const watches = new Map(); // host element -> Watch, the one used last at the end
const preloaded = new Set();
let stopKeys = null;

/** Streamlit calls this again at every rerun of the page and every change of theme. */
export async function mount(component) {
  const host = component.parentElement;
  const { assets, entry, modules } = component.data;
  preload(assets, modules);
  const [module] = await Promise.all([import(`./${entry}`), stylesheet(assets), stylesheet(assets, "watch.css")]);
  let watch = watches.get(host);
  if (watch?.outdated(component.data)) {
    unmount(host);
    watch = null;
  }
  if (watch) watch.configure(component);
  else create(host, component, module);
  // Streamlit may call the clean-up of a superseded call while the component is still there.
  return () => setTimeout(() => host.isConnected || unmount(host));
}

/** All modules of the entry at once: left to themselves, each level of imports waits for the one above. */
function preload(assets, modules) {
  for (const name of modules) {
    const href = new URL(`${assets}/${name}`, document.baseURI).href;
    if (preloaded.has(href)) continue;
    preloaded.add(href);
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
}

function create(host, component, module) {
  if (!host.isConnected) return;
  const watch = new Watch(host, component, module);
  const use = () => {
    if (watches.get(host) !== watch) return;
    watches.delete(host);
    watches.set(host, watch);
  };
  watch.root.addEventListener("pointerdown", use);
  watch.root.addEventListener("focusin", use);
  watches.set(host, watch);
  stopKeys ??= listenToKeys(act);
}

/** Keys go to the component that is on screen and was used last. */
function act(action) {
  const watch = [...watches.values()].reverse().find(({ visible }) => visible);
  return watch ? watch.act(action) : false;
}

function unmount(host) {
  watches.get(host)?.destroy();
  watches.delete(host);
  if (watches.size) return;
  stopKeys?.();
  stopKeys = null;
}
