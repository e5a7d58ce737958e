// Watches an address for a few seconds, and says what it gives, or why it gives nothing.

import { whyFailed } from "../core/acts.js";
import { ask } from "../core/connection.js";
import { html, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { Said, Wrong } from "./said.js";

/** @param {{settings: () => object, onOpen: (asked: object) => void, onChoose: (source: string) => void}} props */
export function Probe({ settings, onOpen, onChoose }) {
  const [state, set] = useState(/** @type {any} */ (null));
  const run = async () => {
    set({ busy: true });
    const asked = settings();
    try {
      const found = await ask("cameras/probe", { method: "POST", body: asked });
      // Of another address by now the answer says nothing.
      if (JSON.stringify(asked) !== JSON.stringify(settings())) return set(null);
      set({ found });
      if (found.source.reason === "open") onOpen(asked);
    } catch (error) {
      set({ error: whyFailed(error) });
    }
  };
  return html`<div class="probe">
    <button type="button" onClick=${run} disabled=${state?.busy}>${t(state?.busy ? "probe.running" : "probe.run")}</button>
    <${Wrong} text=${state?.error} />
    ${state?.found && html`<${Found} report=${state.found} onChoose=${onChoose} />`}
  </div>`;
}

/** @param {{report: any, onChoose: (source: string) => void}} props */
function Found({ report: { source, substreams, recommended }, onChoose }) {
  const smaller = recommended && recommended !== source.address ? recommended : null;
  const open = source.reason === "open";
  return html`<p role="status" class=${open ? "right" : "wrong"}>${open ? `${t("probe.good")} ${facts(source)}` : t("probe.bad")}${" "}<${Said} text=${source.text} /></p>
    ${substreams.length > 0 && html`<p class="quiet">${t("probe.others")}</p><ul class="found">${substreams.map((/** @type {any} */ each) => html`<li key=${each.address}>
      <span><code>${each.address}</code> <small>${each.reason === "open" ? facts(each) : html`<${Said} text=${each.text} plain />`}</small></span>
      ${each.address === smaller && !each.address.replace("://***@", "").includes("***") && html`<button type="button" onClick=${() => onChoose(each.address)}>${t("probe.take")}</button>`}
    </li>`)}</ul>`}
    ${smaller && html`<p class="quiet">${t("probe.smaller")}</p>`}`;
}

/** @param {any} source */
const facts = (source) => [
  source.width_px ? `${source.width_px} × ${source.height_px}` : null,
  source.fps ? t("probe.fps", { fps: Math.round(source.fps) }) : null,
  source.codec,
].filter(Boolean).join(" · ");
