// What holds for the site: its zone, and the mode it is in.

import { ask, Problem } from "./connection.js";
import { offers } from "./features.js";
import { inTurn } from "./order.js";
import { createStore } from "./store.js";
import { siteZone } from "./time.js";

/** What `GET /arming` says; null: this service does not arm. */
export const arming = createStore(/** @type {any} */ (null));
/** Changes of it, one after the other: each answers with the whole. */
export const armingInTurn = inTurn();

export async function readSite() {
  if (!offers("/arming")) return;
  try {
    const state = await ask("arming");
    if (state.time_zone) siteZone.set(state.time_zone);
    arming.set(state);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) arming.set(null);
  }
}
