// The first start, in three steps: a password, a camera, a test; it ends with somebody on the screen.

import { access, ask, begin, postponeSetup, send, signedIn, skipSetup } from "../core/connection.js";
import { offers } from "../core/features.js";
import { useForm } from "../core/form.js";
import { html, useEffect, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras } from "../core/live.js";
import { address, go } from "../core/router.js";
import { useStore } from "../core/store.js";
import { CameraForm } from "./camera_add.js";
import { Field } from "./field.js";
import { OutputForm, TestOutput } from "./outputs.js";
import { Said, Wrong } from "./said.js";

/** @param {{first?: boolean}} props */
export function Setup({ first }) {
  const { name, open } = useStore(access);
  const [step, setStep] = useState(first && !name ? 1 : 2);
  const count = useStore(cameras, (all) => all.length);
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => title.current?.focus(), [step]);
  const [added, setAdded] = useState(/** @type {string | null} */ (null));
  // A site that has cameras was left for a moment; an empty one still needs its first.
  const withoutPassword = () => {
    postponeSetup();
    setStep(2);
  };
  const finish = async () => {
    // One camera is shown large: whoever set it up wants to see that it sees.
    const names = await ask("cameras").then((all) => all.map((/** @type {any} */ each) => each.name), () => []);
    go(address(names.length === 1 || added ? ["watch", added ?? names[0]] : ["watch"]));
    if (first) begin();
  };
  return html`<div class="lonely setup">
    <img src="page/icon.svg" alt="" width="48" height="48" />
    <ol class="steps" aria-label=${t("setup.steps")}>${[1, 2, 3].map((each) => html`<li key=${each}
      aria-current=${each === step ? "step" : undefined} data-done=${each < step}>${t(`setup.step${each}`)}</li>`)}</ol>
    <h1 tabindex="-1" ref=${title}>${t(`setup.title${step}`)}</h1>
    ${step === 1 && html`<${Password} onDone=${() => setStep(2)} />
      ${open && html`<button type="button" class="quiet" onClick=${count ? skipSetup : withoutPassword}>${t("setup.not_now")}</button>
        <p class="quiet">${t("setup.not_now_text")}</p>`}`}
    ${step === 2 && html`<p>${t("setup.camera_text")}</p><${CameraForm} onAdded=${(/** @type {string} */ camera) => { setAdded(camera); setStep(3); }} />
      <button type="button" class="quiet" onClick=${() => setStep(3)}>${t(count ? "setup.next" : "setup.later")}</button>`}
    ${step === 3 && html`${added && html`<${FirstPicture} name=${added} />`}<${Test} />
      <button type="button" class="main" onClick=${finish}>${t("setup.finish")}</button>`}
  </div>`;
}

/** @param {{onDone: () => void}} props */
function Password({ onDone }) {
  const { tokenNeeded } = useStore(access);
  const form = useForm(async (event) => {
    const { name, password, token } = event.target.elements;
    const body = { name: name.value.trim(), password: password.value, ...(token?.value ? { token: token.value.trim() } : {}) };
    signedIn(await send("setup", body));
    access.set((before) => ({ ...before, state: "setup", sessions: true, setupNeeded: false }));
    onDone();
  });
  return html`<form class="card" onSubmit=${form.submit}>
    <p class="quiet">${t("setup.password_text")}</p>
    ${tokenNeeded && html`<${Field} label=${t("setup.token")} hint=${t("setup.token_hint")} ...${form.field("token")} required autocomplete="off" />`}
    <${Field} label=${t("enter.name")} ...${form.field("name")} required autocomplete="username" />
    <${Field} label=${t("enter.password")} hint=${t("setup.password_hint")} ...${form.field("password")} type="password" required minlength="10" autocomplete="new-password" />
    <${Wrong} text=${form.error} />
    <button type="submit" class="main" disabled=${form.busy}>${t("setup.next")}</button>
  </form>`;
}

const LOOKS_EVERY_MS = 1000;

/** Says when the camera that was just added gives pictures. @param {{name: string}} props */
function FirstPicture({ name }) {
  const [camera, set] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const look = () => ask("cameras").then((all) => set(all.find((/** @type {any} */ each) => each.name === name)), () => {});
    look();
    const timer = setInterval(look, LOOKS_EVERY_MS);
    return () => clearInterval(timer);
  }, [name]);
  const live = camera?.state === "live";
  return html`<p role="status" class=${live ? "right" : "quiet"}>${t(live ? "setup.pictures" : "setup.connecting", { camera: name })}
    ${!live && camera?.reason && html` <${Said} text=${camera.reason} />`}</p>`;
}

function Test() {
  const [name, setName] = useState(/** @type {string | null} */ (null));
  const [reached, setReached] = useState(false);
  if (!offers("/outputs")) return html`<p>${t("setup.browser_text")}</p>`;
  return html`<p>${t(reached ? "setup.reached" : "setup.test_text")}</p>
    ${name ? html`<p class="acts"><${TestOutput} name=${name} onReached=${() => setReached(true)} /></p>` : html`<${OutputForm} aside onAdded=${setName} />`}`;
}
