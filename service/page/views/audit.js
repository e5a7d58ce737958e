// Who changed what, and when; its filters stand in the address.

import { alertOf } from "../core/alerts.js";
import { ask } from "../core/connection.js";
import { html, useLayoutEffect, useRef, useState } from "../core/html.js";
import { t, tOr } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { address, go, usePlace } from "../core/router.js";
import { shortTime, startOfDay } from "../core/time.js";
import { titleOf } from "../core/words.js";
import { Empty, Failed, Loading, TypedField, useAnswer } from "./parts.js";
import { Table } from "./table.js";

/** What can be asked for: the part of an action before its dot. */
const AREAS = ["alert", "arming", "budget", "camera", "drift", "key", "model", "near-miss", "output", "session", "snooze", "user", "zones"];
const DAY_S = 86_400;

/** @param {URLSearchParams} query */
function asked(query) {
  const wanted = new URLSearchParams();
  for (const name of ["author", "action"]) if (query.get(name)) wanted.set(name, query.get(name) ?? "");
  const [from, to] = [query.get("from"), query.get("to")];
  if (from && !Number.isNaN(Date.parse(from))) wanted.set("since", `${startOfDay(from)}`);
  if (to && !Number.isNaN(Date.parse(to))) wanted.set("until", `${startOfDay(to) + DAY_S}`);
  return wanted.toString();
}

export function Audit() {
  const { query } = usePlace();
  const wanted = asked(query);
  const { value, error, again } = useAnswer(() => ask(`audit?${wanted}`), [wanted]);
  const [more, setMore] = useState(/** @type {{rows: any[], next: string | null, error?: unknown} | null} */ (null));
  useLayoutEffect(() => setMore(null), [value]);
  const rows = [...(value?.entries ?? []), ...(more?.rows ?? [])];
  const next = more ? more.next : value?.next;
  const shown = useRef(value);
  shown.current = value;
  const older = async () => {
    const page = await ask(`audit?${wanted}&cursor=${encodeURIComponent(next)}`).catch((error) => ({ entries: [], next, error }));
    if (shown.current !== value) return; // other filters were chosen meanwhile
    setMore({ rows: [...(more?.rows ?? []), ...page.entries], next: page.next, error: page.error });
  };
  return html`<section><${Filters} query=${query} />
    ${error && html`<${Failed} error=${error} again=${again} />`}
    ${!value && !error && html`<${Loading} />`}
    ${value && !rows.length && html`<${Empty} title=${t("audit.none")} />`}
    ${rows.length > 0 && html`<${Entries} rows=${rows} />`}
    ${more?.error && html`<${Failed} error=${more.error} />`}
    ${next && html`<p><button type="button" onClick=${older}>${t("audit.older")}</button></p>`}
  </section>`;
}

/** @param {{query: URLSearchParams}} props */
function Filters({ query }) {
  const set = (/** @type {string} */ name, /** @type {string} */ value) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value);
    else next.delete(name);
    go(address(["settings"], next), { replace: true });
  };
  const date = (/** @type {"from" | "to"} */ name) => html`<label>${t(`filter.${name}`)}<input type="date" value=${query.get(name) ?? ""}
    onChange=${(/** @type {any} */ event) => set(name, event.target.value)} /></label>`;
  return html`<form class="columns" role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <label>${t("audit.what")}<select value=${query.get("action") ?? ""} onChange=${(/** @type {any} */ event) => set("action", event.target.value)}>
      <option value="">${t("audit.anything")}</option>
      ${AREAS.map((area) => html`<option key=${area} value=${area} selected=${query.get("action") === area}>${t(`audit.area.${area}`)}</option>`)}
    </select></label>
    <label>${t("audit.who")}<${TypedField} value=${query.get("author") ?? ""} maxlength="64" placeholder=${t("audit.anybody")}
      onTyped=${(/** @type {string} */ text) => set("author", text)} /></label>
    ${date("from")}${date("to")}
  </form>`;
}

/** @param {{rows: any[]}} props */
function Entries({ rows }) {
  const now = siteNow();
  return html`<${Table} heads=${[t("deliveries.at"), t("audit.who"), t("audit.what"), t("audit.change"), t("audit.origin")]}>
      ${rows.map((each) => html`<tr key=${each.id}><td><time>${shortTime(each.at, now)}</time></td><th scope="row">${each.author}</th>
      <td>${tOr(`audit.${each.action}`, each.action)}</td><td><${Change} before=${each.before} after=${each.after} /></td><td>${each.origin}</td></tr>`)}
    <//>`;
}

/** What it is about in a word, and both states in full when they are asked for. @param {{before: any, after: any}} props */
function Change({ before, after }) {
  const subject = nameOf(after) ?? nameOf(before);
  if (before === null && after === null) return "";
  const alert = (after ?? before)?.alert;
  const known = alert && alertOf(alert);
  return html`<details><summary>${known ? titleOf(known) : subject ?? t("audit.details")}</summary>
    ${alert && html`<p><a href=${address(["alerts", alert])}>${t("audit.open_alert")}</a></p>`}
    ${before !== null && html`<p class="quiet">${t("audit.before")}</p><pre>${JSON.stringify(before, null, 2)}</pre>`}
    ${after !== null && html`<p class="quiet">${t("audit.after")}</p><pre>${JSON.stringify(after, null, 2)}</pre>`}
  </details>`;
}

/** @param {any} state @returns {string | null} */
const nameOf = (state) => state?.name ?? state?.camera ?? state?.mode ?? state?.alert ?? state?.id ?? null;
