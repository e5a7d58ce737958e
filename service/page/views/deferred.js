// Views whose scripts come when they are first shown, so that the first view is there sooner.

import { html, useEffect, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { Empty, Loading } from "./parts.js";

/** @type {(() => Promise<unknown>)[]} */
const loads = [];

/**
 * Return a view that loads itself.
 *
 * @param {() => Promise<any>} load its scripts
 * @param {() => any} [Meanwhile]
 */
export function deferred(load, Meanwhile = Loading) {
  /** @type {any} */
  let View = null;
  const ready = async () => { View ??= await load(); };
  loads.push(ready);
  return function Deferred(/** @type {any} */ props) {
    const [state, set] = useState(View ? "ready" : "loading");
    // It may have come since it was drawn: asked again, it is drawn again.
    useEffect(() => { ready().then(() => set("ready"), () => set("failed")); }, []);
    if (View) return html`<${View} ...${props} />`;
    return state === "failed" ? html`<${Missing} />` : html`<${Meanwhile} />`;
  };
}

/** The service is away, or was renewed and has other scripts now. */
const Missing = () => html`<${Empty} title=${t("state.away")}>
  <button type="button" onClick=${() => location.reload()}>${t("action.again")}</button><//>`;

const IDLE_MS = 1500;

/** Load all views while nothing else is to do: they open at once then, though the service be away. */
export function loadDeferred() {
  setTimeout(async () => {
    for (const load of loads) await load().catch(() => {});
  }, IDLE_MS);
}
