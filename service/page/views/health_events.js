// What went wrong with the service itself, and whether it is over.

import { html } from "../core/html.js";
import { t, tOr } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { shortTime } from "../core/time.js";
import { Said } from "./said.js";
import { Table } from "./table.js";

const MOST = 30;

/** @param {{events: any[] | null}} props */
export function Events({ events }) {
  if (!events) return null;
  const now = siteNow();
  return html`<section><h2>${t("events.title")}</h2>
    ${!events.length && html`<p class="empty">${t("events.none")}</p>`}
    ${events.length > 0 && html`<${Table} heads=${[t("deliveries.at"), t("events.what"), t("cameras.state"), t("events.why")]}>
      ${events.slice(0, MOST).map((each) => html`<tr key=${each.id}><td><time>${shortTime(each.at, now)}</time></td>
        <th scope="row">${tOr(`event.${each.type}`, each.type)} ${each.camera ?? each.subject ?? ""}</th>
        <td data-delivery=${each.state === "raised" ? "failed" : "delivered"}>${t(`events.${each.state}`)}</td>
        <td class="words"><${Said} text=${each.reason} sentence=${each.reason_sentence} /></td></tr>`)}<//>`}
  </section>`;
}
