// Which cameras' skeletons are needed: those that are drawn on screen; none by a tab that nobody sees.

import { alike, createStore } from "./store.js";

const SEEN_HZ = 10;
const HEARTBEAT_HZ = 1; // so that one knows whether the service is there
const MOST_NAMES = 256; // that the service takes; who shows more wants all
const RESTS_MS = 50; // while one scrolls, tiles come and go one by one

/**
 * @typedef {object} Wanted
 * @property {string[] | null} cameras null: all
 * @property {number} rate messages a second
 */

export const wanted = createStore(/** @type {Wanted} */ ({ cameras: [], rate: HEARTBEAT_HZ }));
/** @type {Set<{name: string}>} */
const wishes = new Set();
/** @type {ReturnType<typeof setTimeout> | null} */
let asking = null;

/**
 * Want a camera's skeletons.
 *
 * @param {string} name
 * @returns {() => void} to want them no more
 */
export function want(name) {
  const wish = { name };
  wishes.add(wish);
  askSoon();
  return () => {
    wishes.delete(wish);
    askSoon();
  };
}

function askSoon() {
  asking ??= setTimeout(ask, RESTS_MS);
}

function ask() {
  asking = null;
  const before = wanted.get();
  const now = sum();
  if (now.rate !== before.rate || !alike(now.cameras, before.cameras)) wanted.set(now);
}

/** @returns {Wanted} */
function sum() {
  const names = document.hidden ? [] : [...new Set([...wishes].map((wish) => wish.name))].sort();
  return { cameras: names.length > MOST_NAMES ? null : names, rate: names.length ? SEEN_HZ : HEARTBEAT_HZ };
}

document.addEventListener("visibilitychange", ask);
