// How full what keeps the site's data is.

import { ask } from "../core/connection.js";
import { offers } from "../core/features.js";
import { html } from "../core/html.js";
import { language, t } from "../core/language.js";
import { fullTime } from "../core/time.js";
import { Failed, useAnswer } from "./parts.js";

/** Beyond this share somebody should make room. */
const NEARLY_FULL = 0.9;

/** @param {{ready: any, turn: number}} props */
export function Storage({ ready, turn }) {
  const { value, error, again } = useAnswer(about, [turn]);
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value?.storage) return null;
  const { disk, redis, archive, oldest_alert_at: oldest } = value.storage;
  return html`<section><h2>${t("storage.title")}</h2><dl class="pairs">
    <dt>${t("storage.disk")}</dt><dd><${Filled} room=${disk} /></dd>
    <dt>${t("health.store")}</dt><dd>${!ready.redis ? t("health.silent") : html`<${Filled} room=${redis} />`}</dd>
    <dt>${t("health.archive_name")}</dt><dd>${!ready.archive?.available ? t("health.silent") : html`<${Filled} room=${archive} />`}</dd>
    <dt>${t("storage.oldest")}</dt><dd>${oldest === null ? t("none") : fullTime(oldest)}</dd>
  </dl></section>`;
}

const about = async () => (offers("/about") ? ask("about") : null);

/** @param {{room: {used_bytes: number, limit_bytes: number | null} | null}} props */
function Filled({ room }) {
  if (!room) return t("storage.unknown");
  const { used_bytes: used, limit_bytes: limit } = room;
  if (!limit) return bytes(used);
  const part = used / limit;
  return html`<span data-delivery=${part > NEARLY_FULL ? "failed" : undefined}>${t("storage.of", { used: bytes(used), limit: bytes(limit), percent: Math.round(part * 100) })}</span>`;
}

const UNITS = ["kilobyte", "megabyte", "gigabyte", "terabyte"];

/** @param {number} count */
export function bytes(count) {
  const step = Math.min(Math.max(Math.floor(Math.log10(Math.max(count, 1)) / 3), 1), UNITS.length);
  const value = count / 1000 ** step;
  return new Intl.NumberFormat(language.get(), { style: "unit", unit: UNITS[step - 1], maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
