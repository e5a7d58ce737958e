// The operator's page: its frame, and which view is shown in it.

import { startAlerts } from "./core/alerts.js";
import { startAnnouncing } from "./core/announce.js";
import { access, begin } from "./core/connection.js";
import { html, render, useEffect } from "./core/html.js";
import { applyLanguage, t, useLanguage } from "./core/language.js";
import { startLive } from "./core/live.js";
import { applyTheme } from "./core/preferences.js";
import { usePlace } from "./core/router.js";
import { helpShown, startShortcuts } from "./core/shortcuts.js";
import { useStore } from "./core/store.js";
import { readSite } from "./core/site.js";
import { startSnoozes } from "./core/snoozes.js";
import { siteZone } from "./core/time.js";
import { startUnalerted } from "./core/unalerted.js";
import { Waiting } from "./views/waiting.js";
import { deferred, loadDeferred } from "./views/deferred.js";
import { Banner, Live, Messages, Navigation } from "./views/frame.js";
import { Watch } from "./views/watch.js";

// The wall is there at once; the scripts of all else come when they are wanted, or nothing else is to do.
const Enter = deferred(async () => (await import("./views/enter.js")).Enter);
const Setup = deferred(async () => (await import("./views/setup.js")).Setup);
const Help = deferred(async () => (await import("./views/help.js")).Help, () => null);
/** @type {Record<string, any>} */
const VIEWS = {
  watch: Watch,
  alerts: deferred(async () => (await import("./views/alerts.js")).Alerts),
  cameras: deferred(async () => (await import("./views/cameras.js")).Cameras),
  near: deferred(async () => (await import("./views/near_misses.js")).NearMisses),
  health: deferred(async () => (await import("./views/health.js")).Health),
  settings: deferred(async () => (await import("./views/settings.js")).Settings),
  setup: Setup,
};

function Page() {
  useLanguage();
  const { state } = useStore(access);
  if (state === "asking" || state === "away") return html`<${Waiting} away=${state === "away"} />`;
  if (state === "key" || state === "sign-in") return html`<${Enter} />`;
  if (state === "setup") return html`<main id="main"><${Setup} first /></main>`;
  return html`<${Inside} />`;
}

function Inside() {
  useEffect(() => {
    readSite();
    loadDeferred();
    const stops = [startLive(), startAlerts(), startSnoozes(), startUnalerted(), startAnnouncing(), startShortcuts()];
    return () => stops.forEach((stop) => stop());
  }, []);
  useStore(siteZone); // every time that is shown is another one in another zone
  const { parts } = usePlace();
  const help = useStore(helpShown);
  const View = VIEWS[parts[0]] ?? Watch;
  useEffect(() => document.querySelector("main")?.scrollTo(0, 0), [parts[0]]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("nav.skip")}</a>
    <${Navigation} at=${parts[0]} />
    <${Banner} />
    <main id="main" tabindex="-1" class="view view-${parts[0]}"><${View} key=${parts[0]} /></main>
    <${Messages} />
    <${Live} />
    ${help && html`<${Help} />`}`;
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
