// Adds a camera: what its address gives is tried before it is kept.

import { may, send } from "../core/connection.js";
import { offers } from "../core/features.js";
import { useForm } from "../core/form.js";
import { html, useRef } from "../core/html.js";
import { t } from "../core/language.js";
import { readCameras } from "../core/live.js";
import { address, go } from "../core/router.js";
import { Discover } from "./camera_discover.js";
import { Probe } from "./camera_probe.js";
import { Field } from "./field.js";
import { NoRights } from "./parts.js";
import { Wrong } from "./said.js";

/** @param {{onAdded?: (name: string) => void}} props */
export function CameraAdd({ onAdded }) {
  return html`<article class="work narrow">
    <header><a class="back" href=${address(["cameras"])}>${t("nav.cameras")}</a><h1>${t("cameras.add")}</h1></header>
    ${may("administer") ? html`<${CameraForm} onAdded=${onAdded ?? ((/** @type {string} */ name) => go(address(["cameras", name])))} />`
    : html`<${NoRights} />`}
  </article>`;
}

/** @param {{onAdded: (name: string) => void}} props */
export function CameraForm({ onAdded }) {
  const fields = useRef(/** @type {HTMLFormElement | null} */ (null));
  const field = (/** @type {string} */ name) => /** @type {any} */ (fields.current?.elements.namedItem(name));
  const value = (/** @type {string} */ name) => field(name)?.value.trim() ?? "";
  const settings = () => ({ source: value("source"), ...(value("transport") ? { transport: value("transport") } : {}) });
  const tried = useRef("");
  const enter = (/** @type {KeyboardEvent} */ event) => {
    /** @type {HTMLButtonElement | null | undefined} */
    const button = /** @type {any} */ ([...fields.current?.querySelectorAll(".probe > button") ?? []].pop()); // the first one looks for cameras
    const isInput = event.target instanceof HTMLInputElement;
    // Nobody adds by Enter what gave no pictures yet: it is tried first.
    if (event.key !== "Enter" || !isInput || !button || !value("source") || tried.current === JSON.stringify(settings())) return;
    event.preventDefault();
    button.click();
  };
  const form = useForm(async () => {
    await send("cameras", { name: value("name"), ...settings() });
    await readCameras(); // whoever looks at it next finds it
    onAdded(value("name"));
  });
  const fill = (/** @type {string} */ name, /** @type {string} */ source) => {
    if (name && !value("name")) field("name").value = name;
    field("source").value = source;
    field("source").focus();
  };
  return html`<form ref=${fields} class="card fields" onSubmit=${form.submit} onKeyDown=${enter}>
    ${offers("/cameras/discover") && html`<${Discover} onChoose=${(/** @type {any} */ found) => fill(slug(found.name), `rtsp:${"//"}${found.address}/`)} />`}
    <${Field} label=${t("cameras.name")} hint=${t("cameras.name_hint")} ...${form.field("name")} required maxlength="64" pattern="([a-z0-9]|-)+" placeholder="gate" />
    <${Field} label=${t("cameras.source")} hint=${t("cameras.source_hint")} ...${form.field("source")} required autocomplete="off" spellcheck="false"
      placeholder="rtsp:${"//"}user:password@10.0.0.7/stream" />
    <label>${t("cameras.transport")}<select name="transport">
      <option value="">${t("cameras.transport_auto")}</option><option value="tcp">TCP</option><option value="udp">UDP</option></select></label>
    ${offers("/cameras/probe") && html`<${Probe} settings=${settings} onOpen=${(/** @type {object} */ asked) => { tried.current = JSON.stringify(asked); }}
      onChoose=${(/** @type {string} */ source) => fill("", withLogin(source, value("source")))} />`}
    <${Wrong} text=${form.error} />
    <footer><button type="submit" class="main" disabled=${form.busy}>${t("cameras.add")}</button></footer>
  </form>`;
}

/** Addresses come back without user and password: those that were typed stay. @param {string} source @param {string} typed */
function withLogin(source, typed) {
  const login = /^\w+:\/\/([^/@]*@)/.exec(typed)?.[1] ?? "";
  return source.replace(/^(\w+:\/\/)(?:[^/@]*@)?/, (_whole, scheme) => `${scheme}${login}`);
}

/** What a camera calls itself, as a name of ours. @param {string} name */
const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);
