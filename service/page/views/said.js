// What the service says in its own words: in Korean where that is known, with the original behind it.

import { html } from "../core/html.js";
import { language, t } from "../core/language.js";
import { spoken, translated } from "../core/said.js";
import { isForeign, korean } from "../core/sentences.js";
import { useStore } from "../core/store.js";

const HANGUL = /[가-힣]/;

/**
 * @param {string | null | undefined} text
 * @param {import("../core/said.js").Sentence | null} [sentence] the same with its code, where it has one
 */
function useSaid(text, sentence) {
  const words = useStore(language);
  const known = useStore(korean);
  if (!text || words !== "ko" || !known) return null;
  return sentence ? spoken(sentence, known) : translated(text, known.patterns);
}

/**
 * `plain`: without what can be unfolded, inside a link.
 *
 * @param {{text: string | null | undefined, sentence?: import("../core/said.js").Sentence | null, plain?: boolean}} props
 */
export function Said({ text, sentence, plain = false }) {
  const own = useSaid(text, sentence);
  if (!text) return null;
  if (!own) return html`<span lang=${HANGUL.test(text) ? undefined : "en"}>${text}</span>`;
  if (plain) return html`<span>${own}</span>`;
  return html`<span class="said">${own} <details><summary>${t("said.original")}</summary><span lang="en">${text}</span></details></span>`;
}

/** What is wrong with what was sent. @param {{text: string | undefined}} props */
export const Wrong = ({ text }) => (text
  ? html`<p class="wrong" role="alert" lang=${isForeign(text) ? "en" : undefined}>${text}</p>`
  : null);
