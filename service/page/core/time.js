// Times in the site's zone, whatever zone the browser is in.

import { language, t } from "./language.js";
import { createStore } from "./store.js";

/** The site's IANA zone; undefined: the browser's. */
export const siteZone = createStore(/** @type {string | undefined} */ (undefined));

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {Intl.DateTimeFormatOptions} options */
function format(options) {
  const name = `${language.get()} ${siteZone.get()} ${JSON.stringify(options)}`;
  let known = formats.get(name);
  if (!known) {
    known = new Intl.DateTimeFormat(language.get(), { timeZone: siteZone.get(), hourCycle: "h23", ...options });
    formats.set(name, known);
  }
  return known;
}

/** @param {number} at UTC seconds */
export const clockTime = (at) => format({ hour: "2-digit", minute: "2-digit" }).format(at * 1000);

/** @param {number} at */
export const exactTime = (at) => format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at * 1000);

const QUARTER_S = 900; // zones differ by quarters of an hour: a day never changes within one
const MOST_DAYS = 20_000;
/** The day's name by quarter of an hour: lists of thousands ask for it again and again. @type {Map<number, string>} */
const days = new Map();
let daysOf = "";

/** @param {number} at */
export function dayOf(at) {
  const named = `${language.get()} ${siteZone.get()}`;
  if (named !== daysOf || days.size > MOST_DAYS) days.clear();
  daysOf = named;
  const quarter = Math.floor(at / QUARTER_S);
  let day = days.get(quarter);
  if (day === undefined) {
    day = format({ weekday: "short", month: "short", day: "numeric" }).format(at * 1000);
    days.set(quarter, day);
  }
  return day;
}

/** @param {number} at */
export const fullTime = (at) => `${dayOf(at)}, ${exactTime(at)}`;

/** @param {number} at */
export const dateShort = (at) => format({ month: "short", day: "numeric" }).format(at * 1000);

/** @param {number} at @param {number} now */
export const isSameDay = (at, now) => dayOf(at) === dayOf(now);

/** @param {number} at @param {number} now */
export const shortTime = (at, now) => (isSameDay(at, now) ? clockTime(at) : `${dateShort(at)}, ${clockTime(at)}`);

/** @param {number} at "Mon 23", in as little room as a column of a phone has */
export const shortDay = (at) => format({ weekday: "short", day: "numeric" }).format(at * 1000);

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(Math.round(seconds), 0);
  if (whole < 60) return t("time.seconds", { count: whole });
  if (whole < 5400) return t("time.minutes", { count: Math.round(whole / 60) });
  if (whole < 129_600) return t("time.hours", { count: Math.round(whole / 3600) });
  return t("time.days", { count: Math.round(whole / 86_400) });
}

/**
 * Return the time zone's offset then, seconds.
 *
 * @param {number} at
 */
function offset(at) {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: siteZone.get(), hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(at * 1000);
  const part = (/** @type {string} */ type) => Number(parts.find((each) => each.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round(wall / 1000 - at);
}

/** @param {number} wall seconds of the site's clocks @returns {number} UTC seconds */
const atSite = (wall) => wall - offset(wall - offset(wall));

/**
 * Return when a day of the site begins; UTC seconds.
 *
 * @param {string} date YYYY-MM-DD
 */
export const startOfDay = (date) => atSite(Date.parse(`${date}T00:00:00Z`) / 1000);

/** What a field of times may hold. */
export const FIRST_TIME = "1970-01-02T00:00", LAST_TIME = "2999-12-31T23:59";

/**
 * Return when the site's clocks show this, UTC seconds; null: it is no such time.
 *
 * @param {string} text YYYY-MM-DDTHH:MM
 */
export function timeAtSite(text) {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) || text < FIRST_TIME || text > LAST_TIME) return null;
  const wall = Date.parse(`${text}:00Z`);
  // Engines take the 30th of February for a day of March, or for none.
  return Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(text) ? null : atSite(wall / 1000);
}

/** @param {number} at @returns {string} YYYY-MM-DDTHH:MM at the site */
export const clocksAt = (at) => new Date((at + offset(at)) * 1000).toISOString().slice(0, 16);

/** @param {number} at @returns {string} YYYY-MM-DD at the site */
export const dateOf = (at) => new Date((at + offset(at)) * 1000).toISOString().slice(0, 10);

/** @param {number} at @returns {number} minutes since the day began at the site */
export const minuteOfDay = (at) => Math.floor((((at + offset(at)) % 86_400) + 86_400) % 86_400 / 60);
