// What keeps alerts back now, and how many it has hidden.

import { endSnooze, whyFailed } from "../core/acts.js";
import { ask, may } from "../core/connection.js";
import { html, useRef } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { say } from "../core/messages.js";
import { shortTime } from "../core/time.js";
import { kindName } from "../core/words.js";
import { Empty, Failed, Loading, useAnswer } from "./parts.js";
import { Table } from "./table.js";

/** What a snooze keeps back. @param {any} each */
export const snoozeName = (each) => [each.camera, each.zone, each.kind && kindName(each.kind)].filter(Boolean).join(" · ") || t("snooze.site");

export function Snoozes() {
  const { value, error, again } = useAnswer(() => ask("snoozes"), []);
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} />`;
  if (!value.length) return html`<${Empty} title=${t("snoozes.none")} text=${t("snoozes.none_text")} />`;
  const end = async (/** @type {string} */ id) => {
    try {
      await endSnooze(id);
      say(t("snoozes.ended"));
      place.current?.focus(); // its button goes
    } catch (problem) {
      say(whyFailed(problem), { lasting: true });
    }
    again();
  };
  return html`<${Table} heads=${[t("snoozes.what"), t("snoozes.until"), t("snoozes.reason"), t("snoozes.author"), t("snoozes.hidden"), ""]} place=${place} label=${t("settings.snoozes")}>
    ${value.map((/** @type {any} */ each) => html`<tr key=${each.id} data-over=${!each.active}>
      <th scope="row">${snoozeName(each)}</th>
      <td>${each.active ? shortTime(each.until, siteNow()) : t("snoozes.over")}</td><td class="words">${each.reason}</td><td>${each.author}</td>
      <td>${each.hidden ?? ""}</td>
      <td>${each.active && may("operate") && html`<button type="button" onClick=${() => end(each.id)}>${t("snoozes.end")}</button>`}</td>
    </tr>`)}<//>`;
}
