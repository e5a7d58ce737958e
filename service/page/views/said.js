// What the service says in its own words: in Korean where that is known, with the original behind it.

import { html } from "../core/html.js";
import { language, t } from "../core/language.js";
import { patternsOf, translated } from "../core/said.js";
import { createStore, useStore } from "../core/store.js";

const HANGUL = /[가-힣]/;
/** Only who reads Korean loads them. */
const known = createStore(/** @type {[RegExp, string][] | null} */ (null));

async function load() {
  if (language.get() !== "ko" || known.get()) return;
  known.set(patternsOf((await import("../texts/said_ko.js")).default));
}
load();
language.subscribe(load);

/** @param {string | null | undefined} text */
export function useSaid(text) {
  const words = useStore(language);
  const patterns = useStore(known);
  return text && words === "ko" && patterns ? translated(text, patterns) : null;
}

/**
 * `plain`: without what can be unfolded, inside a link.
 *
 * @param {{text: string | null | undefined, plain?: boolean}} props
 */
export function Said({ text, plain = false }) {
  const own = useSaid(text);
  if (!text) return null;
  if (!own) return html`<span lang=${HANGUL.test(text) ? undefined : "en"}>${text}</span>`;
  if (plain) return html`<span>${own}</span>`;
  return html`<span class="said">${own} <details><summary>${t("said.original")}</summary><span lang="en">${text}</span></details></span>`;
}
