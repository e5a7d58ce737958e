// One row of the inbox.

import { alertOf, changes } from "../core/alerts.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { address } from "../core/router.js";
import { useStore } from "../core/store.js";
import { clockTime } from "../core/time.js";
import { kindName, lasted, others, rarity, unseen, wantsLook, wasMissed } from "../core/words.js";
import { why } from "../core/why.js";
import { RarityBar } from "./alert_line.js";
import { Thumbnail } from "./thumbnail.js";

/** @param {{id: string, chosen: boolean, inner?: boolean, first: boolean, query: URLSearchParams, onChoose: (id: string) => void}} props */
export function AlertRow({ id, chosen, inner, first, query, onChoose }) {
  const alert = useStore(changes, () => alertOf(id));
  if (!alert) return null;
  return html`<a class="row ${inner ? "inner" : ""}" data-row=${id} href=${address(["alerts", id], query)} tabindex=${first ? 0 : -1}
      aria-current=${chosen ? "true" : undefined} data-look=${wantsLook(alert)} data-state=${alert.state}
      onClick=${() => onChoose(id)} onFocus=${() => onChoose(id)}>
    <${Thumbnail} alert=${alert} />
    <span class="what">${kindName(alert.kind)} <span class="where">· ${alert.camera}</span></span>
    <span class="side"><time>${clockTime(alert.opened_at)}</time><${RarityBar} alert=${alert} /></span>
    <span class="more">${secondLine(alert)}</span>
    <${Marks} alert=${alert} />
  </a>`;
}

/** @param {any} alert */
function secondLine(alert) {
  const also = others(alert);
  return [
    unseen(alert) ?? lasted(alert, siteNow()),
    also.length ? t("alert.also", { kinds: also.join(", ") }) : null,
    why(alert) ?? rarity(alert.rarity_hours),
  ].filter(Boolean).join(" · ");
}

/** What people did, in a word. @param {{alert: any}} props */
export function Marks({ alert }) {
  const verdict = alert.verdict && t(`verdict.${alert.verdict}`);
  const acknowledged = alert.acknowledged_at && t("alert.acknowledged");
  const missed = wasMissed(alert) && t("alert.missed");
  const words = [verdict || acknowledged || missed || (alert.snoozed && t("alert.snoozed")), alert.notes ? t("alert.notes", { count: alert.notes }) : null].filter(Boolean);
  return html`<span class="marks">${words.map((word) => html`<span key=${word} class="mark">${word}</span>`)}</span>`;
}

/** @param {{row: import("./inbox_rows.js").Row, chosen: boolean, onToggle: (key: string) => void, onChoose: (key: string) => void}} props */
export function BurstRow({ row, chosen, onToggle, onChoose }) {
  const alerts = row.alerts ?? [];
  const [newest, oldest] = [alerts[0], alerts[alerts.length - 1]];
  const judged = alerts.filter((each) => alertOf(each.id)?.verdict).length;
  return html`<button type="button" class="row burst" data-row=${row.key} tabindex=${chosen ? 0 : -1} aria-current=${chosen ? "true" : undefined}
      onClick=${() => onToggle(row.key)} onFocus=${() => onChoose(row.key)}>
    <span class="many" aria-hidden="true">${alerts.length}</span>
    <span class="what">${t("inbox.burst", { count: alerts.length, kind: kindName(newest.kind) })} <span class="where">· ${newest.camera}</span></span>
    <span class="side"><time><span class="from">${clockTime(oldest.opened_at)} – </span>${clockTime(newest.opened_at)}</time></span>
    <span class="more">${t("inbox.burst_judged", { count: judged, of: alerts.length })}</span>
  </button>`;
}
