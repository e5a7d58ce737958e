// When a list has come to rest: what is dear to draw waits until then.

const REST_MS = 120;
/** @type {Set<() => void>} */
const waiting = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Something moves: who waits goes on waiting. */
export function moved() {
  clearTimeout(timer);
  timer = waiting.size ? setTimeout(rested, REST_MS) : undefined;
}

function rested() {
  timer = undefined;
  const ready = [...waiting];
  waiting.clear();
  for (const each of ready) each();
}

/**
 * Do something once nothing has moved for a moment.
 *
 * @param {() => void} run
 * @returns {() => void} to do it no more
 */
export function atRest(run) {
  waiting.add(run);
  timer ??= setTimeout(rested, REST_MS);
  return () => waiting.delete(run);
}
