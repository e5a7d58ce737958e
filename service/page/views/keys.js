// Keys for programs: each is shown once, when it is made.

import { whyFailed } from "../core/acts.js";
import { ask, send } from "../core/connection.js";
import { useForm } from "../core/form.js";
import { html, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { shortTime, startOfDay } from "../core/time.js";
import { say } from "../core/messages.js";
import { Field } from "./field.js";
import { CameraChoice, RoleChoice } from "./rights_fields.js";
import { Empty, Failed, Loading, useAnswer } from "./parts.js";
import { Wrong } from "./said.js";
import { Table } from "./table.js";

export function Keys() {
  const { value, error, again } = useAnswer(() => ask("keys"), []);
  const [made, setMade] = useState(/** @type {string | null} */ (null));
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} />`;
  const keys = value;
  const remove = (/** @type {string} */ id) => send(`keys/${encodeURIComponent(id)}`, undefined, "DELETE").then(again, (problem) => say(whyFailed(problem), { lasting: true }));
  return html`<section>
    ${made && html`<p class="card made" role="status">${t("keys.once")}<code>${made}</code></p>`}
    ${!keys.length && html`<${Empty} title=${t("keys.none")} />`}
    ${keys.length > 0 && html`<${Table} heads=${[t("enter.name"), t("users.role"), t("nav.cameras"), t("keys.until"), ""]}>
      ${keys.map((/** @type {any} */ key) => html`<tr key=${key.id}><th scope="row">${key.name}</th><td>${t(`role.${key.role}`)}</td>
        <td>${key.cameras ? key.cameras.join(", ") : t("users.all")}</td><td>${key.expires_at ? shortTime(key.expires_at, siteNow()) : t("none")}</td>
        <td><button type="button" onClick=${() => remove(key.id)}>${t("action.remove")}</button></td></tr>`)}<//>`}
    <${AddKey} onMade=${(/** @type {string} */ key) => { setMade(key); again(); }} />
  </section>`;
}

/** @param {{onMade: (key: string) => void}} props */
function AddKey({ onMade }) {
  const [cameras, setCameras] = useState(/** @type {string[] | null} */ (null));
  const form = useForm(async (event) => {
    const { name, role, until } = event.target.elements;
    const body = { name: name.value.trim(), role: role.value, cameras, expires_at: until.value ? startOfDay(until.value) : null };
    onMade((await send("keys", body)).key);
    event.target.reset();
    setCameras(null);
  }, { expires_at: "until" });
  return html`<form class="card fields" onSubmit=${form.submit}><h2>${t("keys.add")}</h2>
    <div class="columns"><${Field} label=${t("enter.name")} ...${form.field("name")} required maxlength="64" />
      <${RoleChoice} /><${Field} label=${t("keys.until")} ...${form.field("until")} type="date" /></div>
    <${CameraChoice} chosen=${cameras} onChange=${setCameras} />
    <${Wrong} text=${form.error} />
    <footer><button type="submit" class="main" disabled=${form.busy}>${t("keys.add")}</button></footer></form>`;
}
