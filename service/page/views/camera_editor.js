// One camera: what is set of it, its zones, how many false alarms it may raise.

import { whyFailed } from "../core/acts.js";
import { ask, may, send } from "../core/connection.js";
import { offers } from "../core/features.js";
import { useForm } from "../core/form.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras } from "../core/live.js";
import { say } from "../core/messages.js";
import { saveAsRead } from "../core/order.js";
import { address, go } from "../core/router.js";
import { useStore } from "../core/store.js";
import { Field } from "./field.js";
import { CameraBackground } from "./camera_background.js";
import { CameraBudget } from "./camera_budget.js";
import { CameraDrift } from "./camera_drift.js";
import { pause } from "./camera_pause.js";
import { Failed, Loading, useAnswer } from "./parts.js";
import { awayText } from "./tile.js";
import { ZoneEditor } from "./zone_editor.js";
import { Wrong } from "./said.js";

/** @param {{name: string}} props */
export function CameraEditor({ name }) {
  const path = `cameras/${encodeURIComponent(name)}`;
  const facts = useStore(cameras, (all) => all.find((each) => each.name === name));
  const { value, error, again, set } = useAnswer(() => ask(path), [name]);
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} />`;
  return html`<article class="work">
    <header><a class="back" href=${address(["cameras"])}>${t("nav.cameras")}</a><h1>${name}</h1>
      <${CameraState} facts=${facts} />
      <span class="acts"><a class="button" href=${address(["watch", name])}>${t("cameras.look")}</a>
        ${facts && may("operate") && html`<button type="button" onClick=${() => pause(name, !facts.paused)}>${t(facts.paused ? "cameras.resume" : "cameras.pause")}</button>`}
        ${may("administer") && value.origin === "api" && html`<button type="button" onClick=${() => remove(name, path)}>${t("action.remove")}</button>`}</span></header>
    ${offers("/cameras/{name}/zones") && html`<${ZoneEditor} name=${name} />`}
    ${offers("/cameras/{name}/calibration") && html`<${CameraBudget} name=${name} />`}
    ${offers("/cameras/{name}/drift") && html`<${CameraDrift} name=${name} />`}
    <${SettingsForm} detail=${value} path=${path} onSaved=${set} />
    ${offers("/cameras/{name}/background") && may("administer") && html`<${CameraBackground} name=${name} path=${path} stills=${Boolean(value.settings.stills)} />`}
  </article>`;
}

/** @param {{facts: any}} props what is known of the camera's state; nothing until it is listed */
function CameraState({ facts }) {
  if (!facts) return html`<p class="state" role="status" data-state="connecting">${t("camera.connecting")}</p>`;
  return html`<p class="state" role="status" data-state=${facts.state}>${awayText(facts) ?? t("camera.live")}</p>`;
}

/** @param {string} name @param {string} path */
async function remove(name, path) {
  if (!confirm(t("cameras.remove_sure", { name }))) return;
  try {
    await send(path, undefined, "DELETE");
    go(address(["cameras"]));
  } catch (error) {
    say(whyFailed(error), { lasting: true });
  }
}

/** Settings that people change most; the site's file has all. */
const NUMBERS = ["threshold", "priority", "stride"];

/** @param {{detail: any, path: string, onSaved: (detail: any) => void}} props */
function SettingsForm({ detail, path, onSaved }) {
  const { settings, origin } = detail;
  const mayChange = may("administer");
  const form = useForm(async (event) => {
    const { elements } = event.target;
    /** @type {Record<string, unknown>} */
    const changes = {};
    for (const each of NUMBERS) {
      const text = elements[each]?.value.trim();
      const wanted = text === "" ? null : Number(text);
      if (elements[each] && wanted !== (settings[each] ?? null)) changes[each] = wanted;
    }
    if (elements.stills && elements.stills.checked !== settings.stills) changes.stills = elements.stills.checked;
    const source = elements.source?.value.trim();
    if (origin === "api" && source && source !== settings.source) changes.source = source;
    onSaved(await saveAsRead(detail, {
      save: (version) => ask(path, { method: "PATCH", body: { ...changes, expected: version } }),
      again: () => ask(path),
      part: (read) => [...NUMBERS, "stills", "source"].map((each) => read.settings[each]),
    }));
    say(t("action.saved"));
  });
  // Default values: the camera's state changes while somebody types, which must not undo it.
  return html`<section><h2>${t("nav.settings")}</h2><form class="card fields" onSubmit=${form.submit}>
    ${settings.source && html`<${Field} label=${t("cameras.source")} hint=${origin === "api" ? "" : t("cameras.from_file")} ...${form.field("source")}
      readonly=${origin !== "api" || !mayChange} defaultValue=${settings.source} spellcheck="false" />`}
    <div class="columns">${NUMBERS.filter((each) => each in settings).map((each) => html`<${Field} key=${each} label=${t(`setting.${each}`)} ...${form.field(each)}
      inputmode="decimal" readonly=${!mayChange} defaultValue=${settings[each] ?? ""} placeholder=${t("setting.default")} />`)}</div>
    ${"stills" in settings && html`<div><label class="radio"><input type="checkbox" name="stills" defaultChecked=${settings.stills}
        disabled=${origin !== "api" || !mayChange} aria-describedby="stills-text" />${t("setting.stills")}</label>
      <p id="stills-text" class="quiet">${t("setting.stills_text")}</p></div>`}
    <${Wrong} text=${form.error} />
    ${mayChange && html`<footer><button type="submit" disabled=${form.busy}>${t("action.save")}</button></footer>`}
  </form></section>`;
}
