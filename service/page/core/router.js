// Where one is: `#/alerts/ID?kind=fall`. In the part after #, so that no proxy needs to know views.

import { createStore, useStore } from "./store.js";

/**
 * @typedef {object} Place
 * @property {string[]} parts `["alerts", "ID"]`
 * @property {URLSearchParams} query
 */

/** @returns {Place} */
function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { parts: parts.length ? parts : ["watch"], query: new URLSearchParams(query) };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const place = createStore(read());
addEventListener("hashchange", () => place.set(read()));

export const usePlace = () => useStore(place);

/**
 * Return the address of a view.
 *
 * @param {string[]} parts
 * @param {URLSearchParams | Record<string, string>} [query]
 */
export function address(parts, query = {}) {
  const text = new URLSearchParams(query).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/**
 * Go to a view; `replace` leaves no step for the back button.
 *
 * @param {string} to
 * @param {{replace?: boolean}} [how]
 */
export function go(to, { replace = false } = {}) {
  if (replace) {
    history.replaceState(null, "", to);
    place.set(read());
  } else {
    location.hash = to;
  }
}
