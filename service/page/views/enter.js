// Asks for a name and a password, or for the site's key.

import { access, ask, begin, send, setUp, signedIn, useKey } from "../core/connection.js";
import { whyFailed } from "../core/acts.js";
import { html, useEffect, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { useStore } from "../core/store.js";
import { Field } from "./field.js";

export function Enter() {
  const { state, refused, sessions, setupNeeded } = useStore(access);
  const [byKey, setByKey] = useState(state === "key");
  return html`<main class="lonely">
    <img src="page/icon.svg" alt="" width="48" height="48" />
    ${byKey ? html`<${KeyForm} refused=${refused} />` : html`<${SignIn} />`}
    ${sessions && html`<button type="button" class="quiet" onClick=${() => setByKey(!byKey)}>
      ${t(byKey ? "enter.by_name" : "enter.by_key")}</button>`}
    ${setupNeeded && html`<button type="button" class="quiet" onClick=${setUp}>${t("enter.set_up")}</button>`}
  </main>`;
}

/** @param {{refused: boolean}} props */
function KeyForm({ refused }) {
  const [tried, setTried] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => input.current?.focus(), []);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    useKey(input.current?.value ?? "");
    const right = await ask("session").then(() => true, () => false);
    setTried(!right);
    if (right) begin();
  };
  const wrong = tried || refused;
  return html`<form class="card" onSubmit=${submit}>
    <h1>${t("enter.key_title")}</h1>
    <${Field} label=${t("enter.key")} place=${input} type="password" autocomplete="current-password" required fault=${wrong ? t("enter.key_wrong") : ""} />
    <button type="submit" class="main">${t("enter.open")}</button>
  </form>`;
}

function SignIn() {
  const [error, setError] = useState("");
  const name = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => name.current?.focus(), []);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const { name: who, password } = event.target.elements;
    try {
      signedIn(await send("session", { name: who.value, password: password.value }));
    } catch (problem) {
      setError(/** @type {any} */ (problem).status === 401 ? t("enter.wrong") : whyFailed(problem));
      password.value = "";
      password.focus();
    }
  };
  return html`<form class="card" onSubmit=${submit}>
    <h1>${t("enter.title")}</h1>
    <${Field} label=${t("enter.name")} place=${name} name="name" autocomplete="username" required />
    <${Field} label=${t("enter.password")} name="password" type="password" autocomplete="current-password" required fault=${error} />
    <button type="submit" class="main">${t("enter.sign_in")}</button>
  </form>`;
}
