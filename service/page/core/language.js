// Texts of the page in the language that is wanted.

import en from "../texts/en.js";
import ko from "../texts/ko.js";
import { preferences } from "./preferences.js";
import { createStore, useStore } from "./store.js";

/** @type {Record<string, Record<string, string>>} */
const CATALOGUES = { en, ko };

/** @returns {"en" | "ko"} */
function wanted() {
  const { language } = preferences.get();
  if (language !== "auto") return language;
  const known = navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in CATALOGUES);
  return known === "ko" ? "ko" : "en";
}

export const language = createStore(wanted());
preferences.subscribe(() => language.set(wanted()));

export function applyLanguage() {
  document.documentElement.lang = language.get();
}
language.subscribe(applyLanguage);

/** Draw again when another language is wanted. */
export const useLanguage = () => useStore(language);

/** To make one is dear, and rows of a list ask for it again and again. @type {Map<string, Intl.PluralRules>} */
const plurals = new Map();

function pluralRules() {
  const name = language.get();
  const known = plurals.get(name) ?? new Intl.PluralRules(name);
  plurals.set(name, known);
  return known;
}

/**
 * Return a text; `{name}` in it is replaced. With `count` a language's form of plural is chosen.
 *
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
export function t(name, values = {}) {
  const catalogue = CATALOGUES[language.get()];
  const form = "count" in values
    ? pluralRules().select(Number(values.count))
    : null;
  const text = (form && catalogue[`${name}.${form}`]) ?? catalogue[name] ?? catalogue[`${name}.other`];
  if (text === undefined) throw new Error(`no text ${name} in ${language.get()}`);
  return text.replace(/\{(\w+)\}/g, (_whole, key) => `${values[key] ?? ""}`);
}

/**
 * Return a text, or another one where there is none: for words that a later service may send.
 *
 * @param {string} name
 * @param {string} otherwise
 */
export function tOr(name, otherwise) {
  return CATALOGUES[language.get()][name] ?? otherwise;
}
