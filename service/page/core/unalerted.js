// Whether anybody is alerted at all: cameras may show people while nobody decides about them.

import { ask } from "./connection.js";
import { offers } from "./features.js";
import { createStore } from "./store.js";

const AGAIN_MS = 15_000;

/** The text that says who is not alerted of what; null: nothing is known to be wrong. */
export const unalerted = createStore(/** @type {string | null} */ (null));

const NO_DECIDER = "health.no_decider";
const NO_WORKER = "health.no_worker";

/**
 * Return the text that says that nobody is alerted; null: somebody is.
 *
 * @param {{redis: boolean, deciders: number, workers: any[]}} ready what `/readyz` says
 * @param {number} cameras how many are configured
 */
export function nobodyAlerted({ redis, deciders, workers }, cameras) {
  if (!redis) return "health.no_store";
  if (!cameras) return null;
  if (!deciders) return NO_DECIDER;
  return workers.length ? null : NO_WORKER;
}

async function read() {
  if (!offers("/system-events")) return;
  try {
    // Not `/readyz`: what the service answers with an error, browsers complain about each time.
    const events = await ask("system-events");
    const raised = new Set(events.filter((/** @type {any} */ each) => each.state === "raised").map((/** @type {any} */ each) => each.type));
    unalerted.set(raised.has("no-decider") ? NO_DECIDER : raised.has("no-worker") ? NO_WORKER : null);
  } catch {
    // The banner says that the service is away, or somebody may not see them.
  }
}

/** Follow it until told to stop. */
export function startUnalerted() {
  read();
  const timer = setInterval(() => { if (!document.hidden) read(); }, AGAIN_MS);
  return () => clearInterval(timer);
}
