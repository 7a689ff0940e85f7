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
//   layers(names, { once, every })   what to ask for with every frame; `once`: layers that never change, asked for until
//                    they came; `every`: {name: ms} for those that need not be in every frame
//   send(command)    to the run (docs/architecture.md); false where that cannot be
//   emit(name, value)    to the page: "new_seed", "renew" or "event"
//   onFrame((info, tensors) => …)   a frame is to be painted; tensors: Map(name -> { data, shape })
//   onData((data) => …)             the page was run again with other data
//   onTheme((theme) => …)           light, dark, or other colours
//   onClear(() => …)                another run, or the same one from its beginning: what was drawn is no longer true
//   onEnd(() => …)                  the component goes away
//
// `start` may return a promise. All of the handlers are optional, and each may be set once.

import { Hosts } from "./hosts.js";
import { stylesheet } from "./styles.js";
import { Watch } from "./watchloop.js";

const preloaded = new Set();
const modulesOf = new Map(); // entry -> module
const hosts = new Hosts((host, component) => new Watch(host, component, modulesOf.get(component.data.entry)));

/** Streamlit calls this again at every rerun of the page and every change of theme. */
export async function mount(component) {
  const { assets, entry, modules } = component.data;
  preload(assets, modules);
  const [module] = await Promise.all([import(`./${entry}`), stylesheet(assets), stylesheet(assets, "watch.css")]);
  modulesOf.set(entry, module);
  return hosts.mount(component);
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
