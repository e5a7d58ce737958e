// A plan of arming, and what it means for a week: drawn while somebody edits it.

import { later } from "../core/dates.js";
import { startOfDay } from "../core/time.js";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** What `PUT /arming` takes of what `GET /arming` says. @param {any} state */
export function planOf({ time_zone, modes, otherwise, calendar, holidays, version }) {
  return { time_zone, modes, otherwise, calendar, holidays, expected: version };
}

/** The days of a weekly or daily rule; null: another rule, which is edited as it is written. @param {string} rule */
export function simpleDays(rule) {
  if (/^FREQ=DAILY$/i.test(rule)) return WEEKDAYS;
  const days = /^FREQ=WEEKLY;BYDAY=([A-Z,]+)$/i.exec(rule)?.[1].toUpperCase().split(",");
  return days?.every((day) => WEEKDAYS.includes(day)) ? days : null;
}

/** @param {string} clock */
const seconds = (clock) => Number(clock.slice(0, 2)) * 3600 + Number(clock.slice(3)) * 60;

/**
 * Return the modes of a week, as far as its rules are simple; the last entry that holds wins.
 *
 * @param {any} plan
 * @param {string} first its Monday
 * @returns {{from: number, to: number, mode: string}[]}
 */
export function blocksOf(plan, first) {
  const [begin, end] = [startOfDay(first), startOfDay(later(first, 7))];
  const base = plan.otherwise ?? Object.keys(plan.modes)[0];
  const spans = plan.calendar.flatMap((/** @type {any} */ entry) => [-1, 0, 1, 2, 3, 4, 5, 6].flatMap((day) => {
    const days = simpleDays(entry.rule);
    if (!days?.includes(WEEKDAYS[(day + 7) % 7])) return [];
    const midnight = startOfDay(later(first, day));
    const from = midnight + seconds(entry.start);
    const over = seconds(entry.end) <= seconds(entry.start);
    return [{ from, to: (over ? startOfDay(later(first, day + 1)) : midnight) + seconds(entry.end), mode: entry.mode }];
  }));
  const free = new Map(plan.holidays.map((/** @type {any} */ each) => [each.date, each.mode]));
  for (const day of [0, 1, 2, 3, 4, 5, 6]) {
    const mode = free.get(later(first, day));
    if (mode) spans.push({ from: startOfDay(later(first, day)), to: startOfDay(later(first, day + 1)), mode });
  }
  const edges = [...new Set([begin, end, ...spans.flatMap((/** @type {any} */ span) => [span.from, span.to])])]
    .filter((at) => at >= begin && at <= end).sort((a, b) => a - b);
  return edges.slice(0, -1).map((from, i) => ({
    from, to: edges[i + 1],
    mode: spans.filter((/** @type {any} */ span) => span.from <= from && span.to > from).pop()?.mode ?? base,
  }));
}
