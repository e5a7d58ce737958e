// The inbox as rows: open alerts first, then by day; alike ones that follow each other are one row.

import { alertOf, open } from "../core/alerts.js";
import { useMemo } from "../core/html.js";
import { t, useLanguage } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { useStore } from "../core/store.js";
import { dayOf } from "../core/time.js";

const BURST_GAP_S = 300;
const LEAST_BURST = 3;
export const ROW_PX = 60;
export const HEAD_PX = 34;

/**
 * @typedef {object} Row
 * @property {"head" | "alert" | "burst"} type
 * @property {string} key
 * @property {string} [text]
 * @property {any[]} [alerts]
 * @property {boolean} [inner] of a burst that is shown
 */

/**
 * @param {import("./inbox.js").Inbox} inbox
 * @param {ReadonlySet<string>} opened bursts that are shown one by one
 * @returns {Row[]}
 */
export function useRows(inbox, opened) {
  const language = useLanguage();
  const nowOpen = useStore(open, (all) => all.map((each) => each.id));
  return useMemo(() => rowsOf(inbox.ids, opened), [inbox.ids, opened, nowOpen, language]);
}

/** @param {string[]} ids @param {ReadonlySet<string>} opened @returns {Row[]} */
export function rowsOf(ids, opened) {
  const alerts = ids.map(alertOf).filter(Boolean).sort((a, b) => b.opened_at - a.opened_at);
  const current = alerts.filter((each) => each.state === "open");
  const rows = /** @type {Row[]} */ ([]);
  if (current.length) rows.push({ type: "head", key: "open", text: t("inbox.open", { count: current.length }) });
  // Those that nobody has seen first.
  current.sort((a, b) => Number(Boolean(a.acknowledged_at)) - Number(Boolean(b.acknowledged_at)));
  rows.push(...current.map((each) => ({ type: /** @type {"alert"} */ ("alert"), key: each.id })));
  const today = dayOf(siteNow());
  let day = "";
  for (const burst of bursts(alerts.filter((each) => each.state !== "open"))) {
    const its = dayOf(burst[0].opened_at);
    if (its !== day) rows.push({ type: "head", key: `day ${its}`, text: its === today ? t("inbox.today") : its });
    day = its;
    rows.push(...burstRows(burst, opened));
  }
  return rows;
}

/** @param {any[]} burst @param {ReadonlySet<string>} opened @returns {Row[]} */
function burstRows(burst, opened) {
  const single = (/** @type {any} */ each) => ({ type: /** @type {"alert"} */ ("alert"), key: each.id });
  if (burst.length < LEAST_BURST) return burst.map(single);
  // Named by its oldest: new ones join in front.
  const key = `burst ${burst[burst.length - 1].id}`;
  const head = { type: /** @type {"burst"} */ ("burst"), key, alerts: burst };
  return opened.has(key) ? [head, ...burst.map((each) => ({ ...single(each), inner: true }))] : [head];
}

/** @param {any[]} alerts newest first @returns {any[][]} */
function bursts(alerts) {
  /** @type {any[][]} */
  const found = [];
  for (const each of alerts) {
    const last = found[found.length - 1];
    const before = last?.[last.length - 1];
    const joins = before && before.camera === each.camera && before.kind === each.kind
      && before.opened_at - each.opened_at < BURST_GAP_S && each.kind !== "person_down"
      && dayOf(before.opened_at) === dayOf(each.opened_at);
    if (joins) last.push(each);
    else found.push([each]);
  }
  return found;
}
