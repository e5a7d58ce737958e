// Dates of the calendar as YYYY-MM-DD, from 0001-01-01 to 9999-12-31: what the service takes.

const DAY_MS = 86_400_000;
export const FIRST_DATE = "0001-01-01", LAST_DATE = "9999-12-31";

/**
 * Return the date so many days later, within the dates that the service takes.
 *
 * @param {string} date one that is none stays as it is: date fields let years have six digits
 * @param {number} days
 */
export function later(date, days) {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T12:00:00Z`) : NaN;
  if (Number.isNaN(at)) return date;
  const then = at + days * DAY_MS;
  if (then > Date.parse(`${LAST_DATE}T12:00:00Z`)) return LAST_DATE;
  return then < Date.parse(`${FIRST_DATE}T12:00:00Z`) ? FIRST_DATE : new Date(then).toISOString().slice(0, 10);
}

/**
 * Return the first date after the last of these that is not one of them.
 *
 * @param {string[]} dates
 * @param {string} otherwise from where to look when the last of them is none, or the very last day
 */
export function nextFree(dates, otherwise) {
  const last = dates[dates.length - 1] ?? "";
  const next = later(last, 1);
  let date = next === last || next === LAST_DATE ? otherwise : next;
  for (let tries = dates.length; tries > 0 && dates.includes(date); tries -= 1) date = later(date, 1);
  return date;
}
