// People who may sign in, and what each may do and see.

import { whyFailed } from "../core/acts.js";
import { access, ask, send } from "../core/connection.js";
import { useForm } from "../core/form.js";
import { html, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { say } from "../core/messages.js";
import { inTurn } from "../core/order.js";
import { useStore } from "../core/store.js";
import { Field } from "./field.js";
import { CameraChoice, ROLES, RoleChoice } from "./rights_fields.js";
import { Empty, Failed, Loading, useAnswer } from "./parts.js";
import { Wrong } from "./said.js";
import { Table } from "./table.js";

export function Users() {
  const { value, error, again } = useAnswer(() => ask("users"), []);
  const { name: own } = useStore(access);
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} />`;
  const users = value;
  return html`<section>
    ${!users.length && html`<${Empty} title=${t("users.none")} />`}
    ${users.length > 0 && html`<${Table} heads=${[t("enter.name"), t("users.role"), t("nav.cameras"), ""]}>
      ${users.map((/** @type {any} */ user) => html`<${UserRow} key=${user.name} user=${user} own=${user.name === own} onChanged=${again} />`)}<//>`}
    <${AddUser} onAdded=${again} />
  </section>`;
}

const changeInTurn = inTurn();

/** @param {{user: any, own: boolean, onChanged: () => void}} props */
function UserRow({ user, own, onChanged }) {
  const path = `users/${encodeURIComponent(user.name)}`;
  const change = (/** @type {object} */ body) => changeInTurn(() => ask(path, { method: "PATCH", body }))
    .catch((error) => say(whyFailed(error), { lasting: true })).then(onChanged); // what was refused is shown as it is
  const remove = () => {
    if (confirm(t("users.remove_sure", { name: user.name }))) send(path, undefined, "DELETE").then(onChanged, (error) => say(whyFailed(error), { lasting: true }));
  };
  return html`<tr><th scope="row">${user.name}</th>
    <td><select aria-label=${t("users.role")} disabled=${own} value=${user.role} onChange=${(/** @type {any} */ event) => change({ role: event.target.value })}>
      ${ROLES.map((role) => html`<option key=${role} value=${role} selected=${role === user.role}>${t(`role.${role}`)}</option>`)}</select></td>
    <td>${user.cameras ? user.cameras.join(", ") : t("users.all")}</td>
    <td>${!own && html`<button type="button" onClick=${remove}>${t("action.remove")}</button>`}</td></tr>`;
}

/** @param {{onAdded: () => void}} props */
function AddUser({ onAdded }) {
  const [cameras, setCameras] = useState(/** @type {string[] | null} */ (null));
  const form = useForm(async (event) => {
    const { name, password, role } = event.target.elements;
    await send("users", { name: name.value.trim(), password: password.value, role: role.value, cameras });
    event.target.reset();
    setCameras(null);
    onAdded();
  });
  return html`<form class="card fields" onSubmit=${form.submit}><h2>${t("users.add")}</h2>
    <div class="columns">
      <${Field} label=${t("enter.name")} ...${form.field("name")} required maxlength="64" autocomplete="off" />
      <${Field} label=${t("enter.password")} ...${form.field("password")} type="password" required minlength="10" autocomplete="new-password" />
      <${RoleChoice} />
    </div>
    <${CameraChoice} chosen=${cameras} onChange=${setCameras} />
    <${Wrong} text=${form.error} />
    <footer><button type="submit" class="main" disabled=${form.busy}>${t("users.add")}</button></footer>
  </form>`;
}
