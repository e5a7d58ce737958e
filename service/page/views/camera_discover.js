// Asks the local network which cameras there are.

import { whyFailed } from "../core/acts.js";
import { send } from "../core/connection.js";
import { html, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { address } from "../core/router.js";
import { Wrong } from "./said.js";

/** @param {{onChoose: (found: any) => void}} props */
export function Discover({ onChoose }) {
  const [state, set] = useState(/** @type {{busy?: boolean, found?: any[], error?: string} | null} */ (null));
  const run = async () => {
    set({ busy: true });
    try {
      set({ found: await send("cameras/discover") });
    } catch (error) {
      set({ error: whyFailed(error) });
    }
  };
  return html`<div class="probe">
    <button type="button" onClick=${run} disabled=${state?.busy}>${t(state?.busy ? "discover.running" : "discover.run")}</button>
    <p class="quiet" role="status">${said(state)}</p>
    <${Wrong} text=${state?.error} />
    ${state?.found && state.found.length > 0 && html`<ul class="found">${state.found.map((each) => html`<li key=${each.address}>
      <span><b>${each.name || each.address}</b> <small>${[each.hardware, each.name && each.address].filter(Boolean).join(" · ")}</small></span>
      ${each.camera ? html`<a href=${address(["cameras", each.camera])}>${t("discover.known", { name: each.camera })}</a>`
    : html`<button type="button" aria-label=${t("discover.take", { name: each.name || each.address })} onClick=${() => onChoose(each)}>${t("discover.choose")}</button>`}
    </li>`)}</ul>`}
  </div>`;
}

/** @param {{busy?: boolean, found?: any[], error?: string} | null} state */
function said(state) {
  if (state?.found) return state.found.length ? t("discover.found", { count: state.found.length }) : t("discover.none");
  return state?.busy || state?.error ? "" : t("discover.text");
}
