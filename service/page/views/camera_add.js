// Adds a camera: what its address gives is tried before it is kept.

import { ask, send } from "../core/connection.js";
import { whyFailed } from "../core/acts.js";
import { offers } from "../core/features.js";
import { useForm } from "../core/form.js";
import { html, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { address, go } from "../core/router.js";

/** @param {{onAdded?: (name: string) => void}} props */
export function CameraAdd({ onAdded }) {
  return html`<article class="work narrow">
    <header><a class="back" href=${address(["cameras"])}>${t("nav.cameras")}</a><h1>${t("cameras.add")}</h1></header>
    <${CameraForm} onAdded=${onAdded ?? ((/** @type {string} */ name) => go(address(["cameras", name])))} />
  </article>`;
}

/** @param {{onAdded: (name: string) => void}} props */
export function CameraForm({ onAdded }) {
  const fields = useRef(/** @type {HTMLFormElement | null} */ (null));
  const value = (/** @type {string} */ name) => /** @type {any} */ (fields.current?.elements.namedItem(name))?.value.trim() ?? "";
  const settings = () => ({ source: value("source"), ...(value("transport") ? { transport: value("transport") } : {}) });
  const form = useForm(async () => {
    await send("cameras", { name: value("name"), ...settings() });
    onAdded(value("name"));
  });
  return html`<form ref=${fields} class="card fields" onSubmit=${form.submit}>
    <label>${t("cameras.name")}
      <input name="name" required maxlength="64" pattern="([a-z0-9]|-)+" placeholder="gate" aria-invalid=${form.wrong("name")} />
      <small>${t("cameras.name_hint")}</small></label>
    <label>${t("cameras.source")}
      <input name="source" required autocomplete="off" spellcheck="false" placeholder="rtsp:${"//"}user:password@10.0.0.7/stream" aria-invalid=${form.wrong("source")} />
      <small>${t("cameras.source_hint")}</small></label>
    <label>${t("cameras.transport")}<select name="transport">
      <option value="">${t("cameras.transport_auto")}</option><option value="tcp">TCP</option><option value="udp">UDP</option></select></label>
    ${offers("/cameras/probe") && html`<${Probe} settings=${settings} />`}
    ${form.error && html`<p class="wrong" role="alert" lang="en">${form.error}</p>`}
    <footer><button type="submit" class="main" disabled=${form.busy}>${t("cameras.add")}</button></footer>
  </form>`;
}

/** Says what an address gives, or why it gives nothing. @param {{settings: () => object}} props */
function Probe({ settings }) {
  const [state, set] = useState(/** @type {any} */ (null));
  const run = async () => {
    set({ busy: true });
    try {
      set({ found: await ask("cameras/probe", { method: "POST", body: settings() }) });
    } catch (error) {
      set({ error: whyFailed(error) });
    }
  };
  return html`<div class="probe">
    <button type="button" onClick=${run} disabled=${state?.busy}>${t(state?.busy ? "probe.running" : "probe.run")}</button>
    ${state?.error && html`<p class="wrong" role="alert" lang="en">${state.error}</p>`}
    ${state?.found && html`<${Found} found=${state.found} />`}
  </div>`;
}

/** @param {{found: any}} props */
function Found({ found }) {
  const good = found.ok ?? found.opened ?? found.reason === null;
  const size = found.width_px ? `${found.width_px} × ${found.height_px}` : null;
  const facts = [size, found.fps ? t("probe.fps", { fps: Math.round(found.fps) }) : null, found.codec].filter(Boolean).join(" · ");
  return html`<p role="status" class=${good ? "right" : "wrong"} lang="en">
    ${good ? t("probe.good") : found.reason ?? found.detail ?? ""} ${facts} ${found.remedy ?? ""}</p>
    ${(found.notes ?? []).map((/** @type {string} */ note) => html`<p key=${note} lang="en">${note}</p>`)}`;
}
