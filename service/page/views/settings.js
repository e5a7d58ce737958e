// What one person, and the site, can choose.

import { chime } from "../core/announce.js";
import { access, forgetKey, may, send, setUp, signedIn } from "../core/connection.js";
import { offers } from "../core/features.js";
import { useForm } from "../core/form.js";
import { html, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { say } from "../core/messages.js";
import { prefer, preferences } from "../core/preferences.js";
import { address, usePlace } from "../core/router.js";
import { useStore } from "../core/store.js";
import { Audit } from "./audit.js";
import { Field } from "./field.js";
import { Keys } from "./keys.js";
import { Modes } from "./modes.js";
import { Outputs } from "./outputs.js";
import { Snoozes } from "./snoozes.js";
import { Users } from "./users.js";
import { Wrong } from "./said.js";

/**
 * `named`: for those who are somebody: the first person or key of a site without any shuts all others out.
 *
 * @type {Record<string, {needs?: string, right?: string, named?: boolean, view: any}>}
 */
const TABS = {
  own: { view: Own },
  modes: { needs: "/arming", view: Modes },
  snoozes: { needs: "/snoozes", view: Snoozes },
  outputs: { needs: "/outputs", view: Outputs },
  users: { needs: "/users", right: "administer", named: true, view: Users },
  keys: { needs: "/keys", right: "administer", named: true, view: Keys },
  audit: { needs: "/audit", right: "administer", view: Audit },
  about: { view: About },
};

export function Settings() {
  const { query } = usePlace();
  const { name: who } = useStore(access);
  const shown = Object.entries(TABS).filter(([, tab]) => (
    (!tab.needs || offers(tab.needs)) && may(tab.right ?? "view") && (!tab.named || who !== null)
  ));
  const at = shown.some(([name]) => name === query.get("tab")) ? query.get("tab") ?? "own" : "own";
  const View = TABS[at].view;
  return html`<article class="work settings">
    <header><h1>${t("nav.settings")}</h1></header>
    <nav class="tabs" aria-label=${t("settings.tabs")}>${shown.map(([name]) => html`<a key=${name}
      href=${address(["settings"], { tab: name })} aria-current=${at === name ? "page" : undefined}>${t(`settings.${name}`)}</a>`)}</nav>
    <${View} key=${at} />
  </article>`;
}

function Own() {
  const own = useStore(preferences);
  const who = useStore(access);
  const [refused, setRefused] = useState(false);
  const choice = (/** @type {"language" | "theme"} */ name, /** @type {[string, string][]} */ options) => html`<fieldset>
    <legend>${t(`own.${name}`)}</legend><div class="choices">${options.map(([value, text]) => html`<label key=${value} class="radio">
      <input type="radio" name=${name} value=${value} checked=${own[name] === value} onChange=${() => prefer({ [name]: value })} />${text}</label>`)}</div></fieldset>`;
  const notify = async (/** @type {any} */ event) => {
    const wanted = event.target.checked && "Notification" in window
      && await Notification.requestPermission() === "granted";
    setRefused(event.target.checked && !wanted);
    prefer({ notifications: wanted });
  };
  return html`<section class="own">
    ${choice("language", [["auto", t("own.auto")], ["en", "English"], ["ko", "한국어"]])}
    ${choice("theme", [["auto", t("own.auto")], ["dark", t("own.dark")], ["light", t("own.light")]])}
    <fieldset><legend>${t("own.alerts")}</legend>
      <label class="radio"><input type="checkbox" checked=${own.sound} onChange=${listen} />${t("own.sound")}</label>
      <label class="radio"><input type="checkbox" checked=${own.notifications} onChange=${notify} />${t("own.notifications")}</label>
      ${refused && html`<p class="wrong" role="alert">${t("own.refused")}</p>`}
      <label class="radio"><input type="checkbox" checked=${own.panel} onChange=${(/** @type {any} */ event) => prefer({ panel: event.target.checked })} />${t("own.panel")}</label>
    </fieldset>
    <p class="who">${who.name ? t("own.signed_in", { name: who.name, role: t(`role.${who.role}`) }) : t("own.nobody")}
      ${who.name ? html`<button type="button" onClick=${leave}>${t("own.leave")}</button>`
    : who.setupNeeded && html`<button type="button" onClick=${setUp}>${t("enter.set_up")}</button>`}</p>
    ${who.csrf && html`<${OwnPassword} />`}
  </section>`;
}

function OwnPassword() {
  const form = useForm(async (event) => {
    const { old, next } = event.target.elements;
    signedIn(await send("session/password", { old: old.value, new: next.value }, "PUT"));
    event.target.reset();
    say(t("action.saved"));
  }, { new: "next" });
  return html`<form class="card fields" onSubmit=${form.submit}><h2>${t("own.password")}</h2><div class="columns">
      <${Field} label=${t("own.old")} ...${form.field("old")} type="password" required autocomplete="current-password" />
      <${Field} label=${t("own.new")} ...${form.field("next")} type="password" required autocomplete="new-password" /></div>
    <${Wrong} text=${form.error} />
    <footer><button type="submit" disabled=${form.busy}>${t("action.save")}</button></footer></form>`;
}

/** Let whoever wants sound hear what it is. @param {any} event */
function listen(event) {
  prefer({ sound: event.target.checked });
  if (event.target.checked) chime();
}

async function leave() {
  forgetKey();
  if (offers("/session")) await send("session", undefined, "DELETE").catch(() => {});
  location.reload();
}

function About() {
  return html`<section class="about">
    <p>${t("about.what")}</p><p>${t("about.pixels")}</p>
    <p>${t("about.open")}</p>
    <ul><li>Preact, MIT</li><li>htm, Apache-2.0</li><li>uPlot, MIT</li></ul>
  </section>`;
}
