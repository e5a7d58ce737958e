// Around every view: where one can go, what is wrong with the connection, short messages.

import { newest, open } from "../core/alerts.js";
import { spoken } from "../core/announce.js";
import { html } from "../core/html.js";
import { t, useLanguage } from "../core/language.js";
import { heardAt, link } from "../core/live.js";
import { dismiss, messages } from "../core/messages.js";
import { address } from "../core/router.js";
import { helpShown } from "../core/shortcuts.js";
import { arming } from "../core/site.js";
import { useStore } from "../core/store.js";
import { clockTime, siteZone } from "../core/time.js";
import { unalerted } from "../core/unalerted.js";
import { wantsLook, wasMissed } from "../core/words.js";
import { useClock } from "./parts.js";

const PLACES = ["watch", "alerts", "cameras", "health", "settings"];

/** @param {{at: string}} props */
export function Navigation({ at }) {
  useLanguage();
  const count = useStore(open, (all) => all.filter(wantsLook).length);
  // Of the newest alone: what closed by itself is not forgotten with its badge.
  const missed = useStore(newest, (all) => all.filter(wasMissed).length);
  return html`<header class="bar">
    <a class="brand" href=${address(["watch"])} aria-label="Posewarden"><img src="page/icon.svg" alt="" width="24" height="24" /><span>Posewarden</span></a>
    <nav aria-label=${t("nav.label")}>
      ${PLACES.map((name) => html`<a key=${name} href=${address([name])} aria-current=${at === name || (at === "near" && name === "alerts") ? "page" : undefined}>
        <${Icon} name=${name} /><span>${t(`nav.${name}`)}</span>
        ${name === "alerts" && count > 0 && html`<b class="count" aria-label=${t("nav.open", { count })}>${count}</b>`}
        ${name === "alerts" && !count && missed > 0 && html`<b class="count missed" aria-label=${t("nav.missed", { count: missed })}>${missed}</b>`}
      </a>`)}
    </nav>
    <${Mode} />
    <${Clock} />
    <button type="button" class="quiet help" aria-label=${t("help.title")} onClick=${() => helpShown.set(true)}>?</button>
  </header>`;
}

/** @type {Record<string, string>} */
const PATHS = {
  watch: "M3 4h8v7H3zM13 4h8v7h-8zM3 13h8v7H3zM13 13h8v7h-8z",
  alerts: "M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6zM10 20h4",
  cameras: "M3 7h12v10H3zM15 11l6-3v8l-6-3",
  health: "M3 12h4l3-7 4 14 3-7h4",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M8 14v6",
};

/** @param {{name: string}} props */
const Icon = ({ name }) => html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

function Mode() {
  const state = useStore(arming);
  if (!state?.mode) return null;
  return html`<a class="mode" href=${address(["settings"], { tab: "modes" })}>${t("mode.now", { mode: state.mode })}</a>`;
}

function Clock() {
  useStore(siteZone);
  const now = useClock(5);
  const state = useStore(link);
  return html`<p class="clock" data-state=${state}>
    <span class="dot" aria-hidden="true"></span><time>${clockTime(now)}</time>
    <span class="hidden" role="status">${t(`link.${state}`)}</span></p>`;
}

/** Says that nothing on the page is current, or that nobody is alerted of what it shows. */
export function Banner() {
  const state = useStore(link);
  const at = useStore(heardAt);
  const nobody = useStore(unalerted);
  if (state !== "gone") return nobody && html`<p class="banner" role="alert"><a href=${address(["health"])}>${t(nobody)}</a></p>`;
  return html`<p class="banner" role="alert">${at === null ? t("state.away") : t("link.since", { time: clockTime(at) })}</p>`;
}

export function Messages() {
  const shown = useStore(messages);
  return html`<div class="messages" role="status">
    ${shown.map(({ id, text, undo }) => html`<p key=${id}>
      <span>${text}</span>
      ${undo ? html`<button type="button" onClick=${undo}>${t("action.undo")} <kbd>z</kbd></button>`
    : html`<button type="button" class="quiet" aria-label=${t("action.close")} onClick=${() => dismiss(id)}>×</button>`}
    </p>`)}
  </div>`;
}

/** Read out by screen readers, seen by nobody. */
export function Live() {
  const text = useStore(spoken);
  return html`<p class="hidden" aria-live="assertive">${text}</p>`;
}
