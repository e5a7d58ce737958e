// Keys of the whole page; a view adds its own while it is shown.

import { undoLast } from "./acts.js";
import { useLayoutEffect } from "./html.js";
import { address, go } from "./router.js";
import { createStore } from "./store.js";

export const helpShown = createStore(false);

/** @type {Set<(key: string, event: KeyboardEvent) => boolean | void>} */
const takers = new Set();

/**
 * Take keys while a view is shown; true: it was one of ours.
 *
 * @param {(key: string, event: KeyboardEvent) => boolean | void} take
 * @param {unknown[]} depends
 */
export function useKeys(take, depends) {
  // Before the picture is shown: what one sees takes the keys already.
  useLayoutEffect(() => {
    takers.add(take);
    return () => takers.delete(take);
  }, depends);
}

/** @param {EventTarget | null} target */
function writes(target) {
  return target instanceof HTMLElement
    && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    && !(target instanceof HTMLInputElement && ["range", "checkbox", "radio"].includes(target.type));
}

/** @type {Record<string, () => void>} */
const OWN = {
  1: () => go(address(["watch"])),
  2: () => go(address(["alerts"])),
  3: () => go(address(["cameras"])),
  4: () => go(address(["health"])),
  5: () => go(address(["settings"])),
  m: () => go(address(["near"])),
  z: () => undoLast(),
  "?": () => helpShown.set((shown) => !shown),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key !== "Escape" && writes(event.target)) return;
  if (document.querySelector("dialog[open]") && event.key !== "?") return;
  const taken = [...takers].reverse().some((take) => take(event.key, event) === true);
  if (!taken && !(event.key in OWN)) return;
  if (!taken) OWN[event.key]();
  event.preventDefault();
}

/** Listen until told to stop. */
export function startShortcuts() {
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
