// The canary: a drawn fall that every camera process has to find, again and again.

import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { duration } from "../core/time.js";
import { Said } from "./said.js";
import { Table } from "./table.js";

/** @param {{showings: any[] | null}} props */
export function Canary({ showings }) {
  if (!showings) return null;
  const now = siteNow();
  return html`<section><h2>${t("canary.title")}</h2><p class="quiet">${t("canary.text")}</p>
    ${!showings.length && html`<p class="empty">${t("canary.none")}</p>`}
    ${showings.length > 0 && html`<${Table} heads=${[t("canary.process"), t("cameras.state"), t("health.checked"), t("canary.found")]}>
      ${showings.map((each) => html`<tr key=${`${each.process} ${each.path}`}><th scope="row">${each.process}${each.path && html` <small>${each.path}</small>`}</th>
        <td data-delivery=${each.state}>${t(`canary.${each.state}`)}</td><td>${t("time.ago", { time: duration(now - each.at) })}</td>
        <td class="words">${each.stage && html`<b>${t(`canary.stage.${each.stage}`)}</b> `}
          <${Said} text=${[each.reason, each.remedy].filter(Boolean).join("; ")} /></td></tr>`)}<//>`}
  </section>`;
}
