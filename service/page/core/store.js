// State that several views share: a value, and those who want to know when it changes.

import { useEffect, useLayoutEffect, useRef, useState } from "./html.js";

/**
 * @template T
 * @typedef {object} Store
 * @property {() => T} get
 * @property {(next: T | ((before: T) => T)) => void} set
 * @property {(listen: () => void) => () => void} subscribe
 */

/**
 * Keep one value; listeners run only when it becomes another one.
 *
 * @template T
 * @param {T} first
 * @returns {Store<T>}
 */
export function createStore(first) {
  let value = first;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      const after = typeof next === "function" ? /** @type {(before: T) => T} */ (next)(value) : next;
      if (Object.is(after, value)) return;
      value = after;
      for (const listen of [...listeners]) listen();
    },
    subscribe(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
  };
}

/** @param {unknown} value */
const same = (value) => value;

/**
 * Draw a component again when what it picks from a store changes, and only then.
 *
 * @type {{<T>(store: Store<T>): T, <T, P>(store: Store<T>, pick: (value: T) => P): P}}
 */
export const useStore = (/** @type {Store<any>} */ store, /** @type {(value: any) => any} */ pick = same) => {
  const [, redraw] = useState({});
  const picked = pick(store.get());
  const shown = useRef({ picked, pick });
  useLayoutEffect(() => { shown.current = { picked, pick }; });
  useEffect(() => {
    const look = () => {
      if (!alike(shown.current.pick(store.get()), shown.current.picked)) redraw({});
    };
    look();
    return store.subscribe(look);
  }, [store]);
  return picked;
};

/**
 * Tell whether two values are the same, or lists or records of the same members.
 *
 * @param {any} one
 * @param {any} other
 */
export function alike(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (one instanceof Map || other instanceof Map) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length
    && Array.isArray(one) === Array.isArray(other)
    && names.every((name) => Object.is(one[name], other[name]));
}
