// What somebody edits of something saved.

import { useLayoutEffect, useRef, useState } from "./html.js";

/** @param {unknown} one @param {unknown} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * Return a draft that follows what is saved until it is edited, a setter of it, whether it is another one than
 * what is saved, and what to call when it was saved: what was edited while it was being saved stays.
 *
 * @template T
 * @param {T} saved
 * @returns {{draft: T, edit: (next: T | ((before: T) => T)) => void, isEdited: boolean, savedAs: (sent: T, now: T) => void}}
 */
export function useDraft(saved) {
  const [draft, edit] = useState(saved);
  const base = useRef(saved);
  useLayoutEffect(() => {
    const before = base.current;
    base.current = saved;
    edit((shown) => (same(shown, before) ? saved : shown));
  }, [JSON.stringify(saved)]);
  return {
    draft, edit, isEdited: !same(draft, saved),
    savedAs: (sent, now) => {
      base.current = now;
      edit((shown) => (shown === sent ? now : shown));
    },
  };
}
