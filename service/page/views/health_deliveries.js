// Where alerts went: the newest deliveries, those that failed first.

import { alertOf } from "../core/alerts.js";
import { ask, may } from "../core/connection.js";
import { offers } from "../core/features.js";
import { html } from "../core/html.js";
import { t, tOr } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { address } from "../core/router.js";
import { shortTime } from "../core/time.js";
import { titleOf } from "../core/words.js";
import { useAnswer } from "./parts.js";
import { Said } from "./said.js";
import { Table } from "./table.js";

/** What was sent, and of what, where this browser knows the alert. @param {any} each */
function what(each) {
  const alert = alertOf(each.alert);
  const sent = tOr(`sent.${each.event}`, each.event);
  if (alert) return `${titleOf(alert)}: ${sent}`;
  const trouble = tOr(`event.${each.event}`, "").replace(/:$/, "");
  if (!trouble) return sent;
  // The key of a message about the service ends in its state; the word alone is the same for both.
  return each.key.endsWith("-cleared") ? t("sent.over", { what: trouble }) : trouble;
}

/** @param {{turn: number}} props */
export function Deliveries({ turn }) {
  const { value } = useAnswer(async () => (offers("/deliveries") && may("administer") ? ask("deliveries") : null), [turn]);
  const all = value?.deliveries ?? null;
  if (!all) return null;
  return html`<section><h2>${t("health.deliveries")}</h2>
    ${!all.length && html`<p class="empty">${t("health.no_deliveries")}</p>`}
    ${all.length > 0 && html`<${Table} heads=${[t("outputs.name"), t("deliveries.alert"), t("cameras.state"), t("deliveries.at"), t("deliveries.attempts"), t("deliveries.answer")]}>
      ${all.slice(0, 20).map((/** @type {any} */ each) => html`<tr key=${`${each.output} ${each.key}`}>
        <th scope="row">${each.output}</th>
        <td>${each.alert ? html`<a href=${address(["alerts", each.alert])}>${what(each)}</a>` : what(each)}</td>
        <td data-delivery=${each.state}>${tOr(`delivery.${each.state}`, each.state)}</td>
        <td>${shortTime(each.delivered_at ?? each.at, siteNow())}</td><td>${each.attempts}</td><td class="words">${each.state !== "held" && html`<${Said} text=${each.answer} />`}</td>
      </tr>`)}<//>`}
  </section>`;
}
