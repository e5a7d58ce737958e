// Acts and answers that may overtake each other: which holds is settled by when each began.

import { Problem } from "./connection.js";

/**
 * Return a function to call before a question: what it returns says of the answer whether it is newer
 * than all that were taken.
 */
export function newestOnly() {
  let [asked, taken] = [0, 0];
  return () => {
    asked += 1;
    const own = asked;
    return () => {
      if (own < taken) return false;
      taken = own;
      return true;
    };
  };
}

/**
 * Return a function that does one act after the other: the one that was wanted last is done last.
 *
 * @returns {<T>(run: () => Promise<T>) => Promise<T>}
 */
export function inTurn() {
  /** @type {Promise<unknown>} */
  let before = Promise.resolve();
  return (run) => {
    const own = before.then(run);
    before = own.catch(() => {});
    return own;
  };
}

/**
 * Save what was read with a version. Where something else of it was changed meanwhile, in another form or
 * by somebody else, it is saved all the same; where the same was changed, the service's refusal is thrown.
 *
 * @template {{version: number}} Read
 * @param {Read} read
 * @param {object} how
 * @param {(version: number) => Promise<any>} how.save
 * @param {() => Promise<Read>} how.again reads it anew
 * @param {(read: Read) => unknown} how.part what of it is saved
 */
export async function saveAsRead(read, { save, again, part }) {
  try {
    return await save(read.version);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 409) throw error;
    const now = await again();
    if (JSON.stringify(part(now)) !== JSON.stringify(part(read))) throw error;
    return save(now.version);
  }
}
