// Charts of the tests: what the component gives them, as text.

import { el, setText } from "./dom.js";

export function start(api) {
  const line = el("p", { "data-testid": "probe" });
  const seen = { frames: 0, clears: 0, datas: 0, themes: 0, names: [], once: 0 };
  api.host.append(line, el("button", { text: api.t("probe_button"), "data-testid": "probe-button", onclick: () => api.emit("event", { clicked: true }) }));
  const show = () => setText(line, JSON.stringify({
    ...seen, data: api.data, rows: api.history.length, step: api.info?.step ?? null, dark: api.theme.dark,
  }));
  api.layers(["fake", "real", "history"], { once: ["real"] });
  api.onFrame((info, tensors) => {
    seen.frames += 1;
    if (tensors.size) seen.names = [...tensors.keys()];
    if (tensors.has("real")) seen.once += 1;
    show();
  });
  api.onClear(() => { seen.clears += 1; show(); });
  api.onData(() => { seen.datas += 1; show(); });
  api.onTheme(() => { seen.themes += 1; show(); });
  if (api.data.fail) throw new Error("these charts fail");
}
