// Entry of the live component.

import { App } from "./app.js";
import { Hosts } from "./hosts.js";
import { stylesheet } from "./styles.js";

const hosts = new Hosts((host, component) => new App(host, component));

export async function mount(component) {
  await stylesheet(component.data.assets);
  return hosts.mount(component);
}
