// From when to when alerts are listed, as the address says it: by the site's clocks.

import { later } from "./dates.js";
import { t } from "./language.js";
import { clocksAt, dateOf, timeAtSite } from "./time.js";

/**
 * @typedef {object} Span
 * @property {number | null} since UTC seconds, included
 * @property {number | null} until UTC seconds, not included
 * @property {Record<string, string>} texts by "from" and "to", for a field; "" where it is no time
 * @property {Record<string, string>} faults what is wrong, by "from" and "to"
 */

/** @param {URLSearchParams} query @returns {Span} */
export function spanOf(query) {
  const texts = { from: moment(query.get("from"), 0), to: moment(query.get("to"), 1) };
  const [since, until] = [timeAtSite(texts.from), timeAtSite(texts.to)];
  /** @type {Record<string, string>} */
  const faults = {};
  if (query.get("from") && since === null) faults.from = t("filter.no_time", { text: query.get("from") ?? "" });
  if (query.get("to") && until === null) faults.to = t("filter.no_time", { text: query.get("to") ?? "" });
  if (since !== null && until !== null && until <= since) faults.to = t("filter.backwards");
  return { since, until, texts: { from: since === null ? "" : texts.from, to: until === null ? "" : texts.to }, faults };
}

/** A date alone is its whole day. @param {string | null} text @param {number} days from its begin on */
function moment(text, days) {
  return text && timeAtSite(`${text}T00:00`) !== null ? `${later(text, days)}T00:00` : text ?? "";
}

/** @param {number} now @param {number} hours @returns {string} */
export const hoursAgo = (now, hours) => clocksAt(now - hours * 3600);

/** When the shift that lasts now began. @param {number} now @param {string} shift HH:MM @returns {string} */
export function shiftBegin(now, shift) {
  const today = dateOf(now);
  const begin = `${today}T${shift}`;
  return (timeAtSite(begin) ?? 0) > now ? `${later(today, -1)}T${shift}` : begin;
}
