// What is held back now: read again each half minute, and when somebody changes it.

import { ask } from "./connection.js";
import { offers } from "./features.js";
import { newestOnly } from "./order.js";
import { createStore } from "./store.js";

const AGAIN_MS = 30_000;

/** Those that hold now. */
export const snoozes = createStore(/** @type {any[]} */ ([]));

const asking = newestOnly();

export async function readSnoozes() {
  if (!offers("/snoozes")) return;
  const isNewest = asking();
  try {
    const now = await ask("snoozes");
    if (isNewest()) snoozes.set(now.filter((/** @type {any} */ each) => each.active));
  } catch {
    // What was known goes on being shown; the banner says that the service is away.
  }
}

/** Those that hold for a camera: of its own, and of the whole site. @param {any[]} all @param {string} name */
export const snoozesOf = (all, name) => all.filter((each) => each.camera === name || (!each.camera && !each.zone));

/** Those that keep alerts like this one back. @param {any[]} all @param {any} alert */
export const snoozesOfAlert = (all, { camera, kind, zones }) => all.filter((each) => (!each.camera || each.camera === camera)
  && (!each.kind || each.kind === kind) && (!each.zone || zones?.includes(each.zone)));

/** Follow them until told to stop. */
export function startSnoozes() {
  readSnoozes();
  const timer = setInterval(() => { if (!document.hidden) readSnoozes(); }, AGAIN_MS);
  return () => clearInterval(timer);
}
