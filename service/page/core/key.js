// The site's key, kept for as long as the tab is open.

import { HERE } from "./here.js";

const KEY_NAME = `posewarden-key ${HERE.pathname}`; // sites under one host have keys of their own

let key = sessionStorage.getItem(KEY_NAME);

/** What was entered here; null: nothing. */
export const keyHere = () => key;

/** @param {string} given */
export function useKey(given) {
  key = given;
  sessionStorage.setItem(KEY_NAME, given);
}

export function forgetKey() {
  key = null;
  sessionStorage.removeItem(KEY_NAME);
}

/**
 * Return what a request says of the key.
 *
 * @returns {Record<string, string>}
 */
// Not as Authorization: that header is the login's of a proxy.
export const keyHeaders = () => (key ? { "X-API-Key": key } : {});
