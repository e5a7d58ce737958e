// Short messages at the edge of the page, with a way back where there is one.

import { createStore } from "./store.js";

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {string} text
 * @property {(() => void) | undefined} undo
 */

export const messages = createStore(/** @type {Message[]} */ ([]));
const MOST = 4;
let count = 0;

/**
 * @param {string} text
 * @param {{undo?: () => void, lastsMs?: number, lasting?: boolean}} [how]
 * @returns {() => void} takes it away again
 */
export function say(text, { undo, lastsMs = 4000, lasting = false } = {}) {
  count += 1;
  const id = count;
  const shown = undo && (() => {
    dismiss(id);
    undo();
  });
  messages.set((before) => [...before, { id, text, undo: shown }].slice(-MOST));
  if (!lasting) setTimeout(() => dismiss(id), lastsMs);
  return () => dismiss(id);
}

/** @param {number} id */
export function dismiss(id) {
  messages.set((before) => before.filter((each) => each.id !== id));
}
