// What the service says, in another language: by its code, or part by part, as far as it is known.

const LONGEST = 2_000; // characters; the service's sentences have some hundred
const DEEPEST = 8; // sentences within sentences

/**
 * Return a sentence of the service by patterns of its parts; null where none of them is known,
 * or where it is longer than anything the service says.
 *
 * @param {string} text parts are apart by "; "
 * @param {[RegExp, string][]} known
 * @param {number} depth within how many sentences it stands
 * @returns {string | null}
 */
export function translated(text, known, depth = 0) {
  if (text.length > LONGEST || depth > DEEPEST) return null;
  let any = false;
  const parts = text.split("; ").map((part) => {
    const found = partOf(part.replace(/\.$/, ""), known, depth);
    any ||= found !== null;
    return found ?? part;
  });
  return any ? parts.join(" ") : null;
}

/** @param {string} part @param {[RegExp, string][]} known @param {number} depth @returns {string | null} */
function partOf(part, known, depth) {
  for (const [pattern, words] of known) {
    const { groups } = pattern.exec(part) ?? {};
    if (groups || pattern.test(part)) return filled(words, groups ?? {}, known, depth);
  }
  return null;
}

/** @param {string} words @param {Record<string, string>} groups @param {[RegExp, string][]} known @param {number} depth */
const filled = (words, groups, known, depth) => words.replace(/\{(\w+)\}/g, (_whole, name) => {
  const value = groups[name] ?? "";
  return name === "said" ? translated(value, known, depth + 1) ?? value : value;
});

/** @param {[string, string][]} rows @returns {[RegExp, string][]} */
export const patternsOf = (rows) => rows.map(([pattern, words]) => [new RegExp(`^(?:${pattern})$`), words]);

/**
 * @typedef {object} Sentence
 * @property {string | null} [code]
 * @property {Record<string, any>} [values]
 * @property {string} text English
 */
/** @typedef {{sentences: Record<string, string>, patterns: [RegExp, string][]}} Known */

/**
 * Return a sentence by its code, or a text without one by its pattern; null where neither is known.
 *
 * @param {Sentence} sentence
 * @param {Known} known
 * @param {number} depth within how many sentences it stands
 * @returns {string | null}
 */
export function spoken({ code, values = {}, text }, known, depth = 0) {
  if (depth > DEEPEST) return null;
  const words = code && Object.hasOwn(known.sentences, code) ? known.sentences[code] : null;
  if (words === null) return translated(text, known.patterns);
  return words.replace(/\{(\w+)\}/g, (_whole, name) => shown(values[name], known, depth));
}

/**
 * Plain texts are names and what people typed: they stay as they are, whatever they read like. What
 * another program said comes as a sentence without a code.
 *
 * @param {any} value
 * @param {Known} known
 * @param {number} depth
 * @returns {string}
 */
function shown(value, known, depth) {
  if (Array.isArray(value)) {
    const sentences = value.some((each) => typeof each === "object");
    return value.map((each) => shown(each, known, depth)).join(sentences ? " " : ", ") || known.sentences["sentence.none"];
  }
  if (typeof value === "number") return `${Number(value.toFixed(3))}`;
  if (typeof value === "object" && value !== null) return spoken(value, known, depth + 1) ?? value.text;
  return value ?? "";
}
