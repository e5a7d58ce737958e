// Which routes this service has: a part of the page that needs another one is not shown.

import { taken } from "./early.js";
import { HERE } from "./here.js";
import { createStore, useStore } from "./store.js";

const FILE = "page/routes.json";
const routes = createStore(/** @type {ReadonlySet<string>} */ (new Set()));

export async function readFeatures() {
  const answer = await (taken(FILE) ?? fetch(new URL(FILE, HERE)));
  routes.set(new Set(await answer.json()));
}

/** @param {string} path such as `/cameras/{name}/zones`; what is in braces does not matter */
export const offers = (path) => [...routes.get()].some((each) => alike(each) === alike(path));

/** @param {string} path */
export const useOffers = (path) => useStore(routes, () => offers(path));

/** @param {string} path */
const alike = (path) => path.replace(/\{[^}]*\}/g, "{}");
