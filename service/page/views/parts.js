// Small parts that several views use.

import { whyFailed } from "../core/acts.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { putOnStage } from "../draw/stage.js";

/**
 * A canvas under the page's clock.
 *
 * @param {{draw: import("../draw/stage.js").Drawing["draw"], wakes?: (wake: () => void) => (() => void) | void,
 *   label?: string, class?: string}} props
 */
export function Canvas({ draw, wakes, label, class: name }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    if (!canvas.current) return undefined;
    const place = putOnStage(canvas.current, draw);
    const stop = wakes?.(place.wake);
    place.wake();
    return () => {
      stop?.();
      place.leave();
    };
  }, [draw, wakes]);
  return html`<canvas ref=${canvas} class=${name} role=${label ? "img" : undefined} aria-label=${label}
    aria-hidden=${label ? undefined : "true"}></canvas>`;
}

/** Draw again every so many seconds: for "3 minutes ago". @param {number} seconds */
export function useClock(seconds) {
  const [now, set] = useState(siteNow());
  useEffect(() => {
    const timer = setInterval(() => set(siteNow()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

/**
 * What a request came to: undefined while it runs.
 *
 * @template T
 * @param {() => Promise<T>} load
 * @param {unknown[]} depends
 * @returns {{value: T | undefined, error: unknown, again: () => void, set: (value: T) => void}}
 */
export function useAnswer(load, depends) {
  const [state, set] = useState(/** @type {{value?: T, error?: unknown}} */ ({}));
  const [turn, again] = useState(0);
  const newest = useRef({}); // what was asked or set last; older answers do not matter any more
  useEffect(() => {
    const asked = newest.current = {};
    const isWanted = () => newest.current === asked;
    load().then(
      (value) => { if (isWanted()) set({ value }); },
      (error) => { if (isWanted()) set((before) => ({ value: before.value, error })); },
    );
    return () => { if (isWanted()) newest.current = {}; };
  }, [...depends, turn]);
  return {
    value: state.value, error: state.error,
    again: () => again((count) => count + 1),
    set: (value) => {
      newest.current = {};
      set({ value });
    },
  };
}

/**
 * A field whose text counts once Enter is pressed, or it is left. What is being typed stays, whatever is drawn
 * meanwhile: with `value` the field itself would be set back each time.
 *
 * @param {{value: string, onTyped: (text: string) => void} & Record<string, any>} props
 */
export function TypedField({ value, onTyped, ...others }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useLayoutEffect(() => { if (field.current) field.current.value = value; }, [value]);
  return html`<input ref=${field} ...${others} onChange=${(/** @type {any} */ event) => onTyped(event.target.value.trim())} />`;
}

/** @param {{error: unknown, again?: () => void}} props */
export function Failed({ error, again }) {
  return html`<div class="empty" role="alert">
    <p>${whyFailed(error)}</p>
    ${again && html`<button type="button" onClick=${again}>${t("action.again")}</button>`}
  </div>`;
}

export const Loading = () => html`<p class="empty" role="status" aria-busy="true">${t("state.loading")}</p>`;

/** @param {{title: string, text?: string, children?: any}} props */
export const Empty = ({ title, text, children }) => html`<div class="empty">
  <p class="strong">${title}</p>${text && html`<p>${text}</p>`}${children}
</div>`;

/** What somebody sees who may not do what a view is for. */
export const NoRights = () => html`<${Empty} title=${t("state.no_rights")} text=${t("error.rights")} />`;

/** @param {{open: boolean, title: string, onClose: () => void, children: any, class?: string}} props */
export function Dialog({ open, title, onClose, children, class: name }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  // At once: what is typed next is meant for it, not for the keys of the view below.
  useLayoutEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open && dialog.current?.open) dialog.current.close();
  }, [open]);
  if (!open) return null;
  const outside = (/** @type {MouseEvent} */ event) => { if (event.target === dialog.current) onClose(); };
  return html`<dialog ref=${dialog} class=${name} aria-label=${title} onClose=${onClose} onClick=${outside}>
    <header><h2>${title}</h2>
      <button type="button" class="quiet" aria-label=${t("action.close")} onClick=${onClose}>×</button></header>
    ${children}
  </dialog>`;
}
