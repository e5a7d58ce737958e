// The operator's page: its frame, and which view is shown in it.

import { startAlerts } from "./core/alerts.js";
import { startAnnouncing } from "./core/announce.js";
import { access, begin } from "./core/connection.js";
import { html, render, useEffect } from "./core/html.js";
import { applyLanguage, t, useLanguage } from "./core/language.js";
import { startLive } from "./core/live.js";
import { applyTheme } from "./core/preferences.js";
import { usePlace } from "./core/router.js";
import { startShortcuts } from "./core/shortcuts.js";
import { useStore } from "./core/store.js";
import { readSite } from "./core/site.js";
import { siteZone } from "./core/time.js";
import { Alerts } from "./views/alerts.js";
import { Cameras } from "./views/cameras.js";
import { Help } from "./views/help.js";
import { Health } from "./views/health.js";
import { Banner, Live, Messages, Navigation } from "./views/frame.js";
import { Enter } from "./views/enter.js";
import { Settings } from "./views/settings.js";
import { Setup } from "./views/setup.js";
import { Watch } from "./views/watch.js";

/** @type {Record<string, any>} */
const VIEWS = {
  watch: Watch, alerts: Alerts, cameras: Cameras, health: Health, settings: Settings, setup: Setup,
};

function Page() {
  useLanguage();
  const { state } = useStore(access);
  if (state === "asking" || state === "away") return html`<${Waiting} away=${state === "away"} />`;
  if (state === "key" || state === "sign-in") return html`<${Enter} />`;
  if (state === "setup") return html`<main id="main"><${Setup} first /></main>`;
  return html`<${Inside} />`;
}

/** @param {{away: boolean}} props */
function Waiting({ away }) {
  return html`<main class="lonely" aria-busy="true">
    <img src="page/icon.svg" alt="" width="48" height="48" />
    <p role="status">${away ? t("state.away") : t("state.loading")}</p>
  </main>`;
}

function Inside() {
  useEffect(() => {
    readSite();
    const stops = [startLive(), startAlerts(), startAnnouncing(), startShortcuts()];
    return () => stops.forEach((stop) => stop());
  }, []);
  useStore(siteZone); // every time that is shown is another one in another zone
  const { parts } = usePlace();
  const View = VIEWS[parts[0]] ?? Watch;
  useEffect(() => document.querySelector("main")?.scrollTo(0, 0), [parts[0]]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("nav.skip")}</a>
    <${Navigation} at=${parts[0]} />
    <${Banner} />
    <main id="main" tabindex="-1" class="view view-${parts[0]}"><${View} key=${parts[0]} /></main>
    <${Messages} />
    <${Live} />
    <${Help} />`;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

applyTheme();
applyLanguage();
render(html`<${Page} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
begin();
