// Sentences that the service sends with a code and values, in the language of the page.

import { language, t } from "./language.js";
import { patternsOf, spoken } from "./said.js";
import { createStore } from "./store.js";

/** What is known in Korean; only who reads Korean loads it. */
export const korean = createStore(/** @type {import("./said.js").Known | null} */ (null));

async function load() {
  if (language.get() !== "ko" || korean.get()) return;
  const [sentences, said] = await Promise.all([import("../texts/sentences_ko.js"), import("../texts/said_ko.js")]);
  korean.set({ sentences: sentences.default, patterns: patternsOf(said.default) });
}
load();
language.subscribe(load);

/**
 * Return what a problem says in the page's language; English with a mark where it is not known.
 *
 * @param {import("./said.js").Sentence} sentence
 */
export function inWords(sentence) {
  if (language.get() !== "ko") return sentence.text;
  const known = korean.get();
  return (known && spoken(sentence, known)) ?? t("said.in_english", { text: sentence.text });
}

/** The same of a text that has no code, such as what a receiver answered. @param {string} text */
export const textInWords = (text) => (text ? inWords({ text }) : "");

/** Whether a text of `inWords` is English in a page of another language. @param {string} text */
export const isForeign = (text) => language.get() !== "en" && text.startsWith(t("said.in_english", { text: "" }));
