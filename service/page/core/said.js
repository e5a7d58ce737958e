// What the service says in English, in another language: part by part, as far as it is known.

/**
 * Return a sentence of the service by patterns of its parts; null where none of them is known.
 *
 * @param {string} text parts are apart by "; "
 * @param {[RegExp, string][]} known
 * @returns {string | null}
 */
export function translated(text, known) {
  let any = false;
  const parts = text.split("; ").map((part) => {
    const found = partOf(part.replace(/\.$/, ""), known);
    any ||= found !== null;
    return found ?? part;
  });
  return any ? parts.join(" ") : null;
}

/** @param {string} part @param {[RegExp, string][]} known @returns {string | null} */
function partOf(part, known) {
  for (const [pattern, words] of known) {
    const { groups } = pattern.exec(part) ?? {};
    if (groups || pattern.test(part)) return filled(words, groups ?? {}, known);
  }
  return null;
}

/** @param {string} words @param {Record<string, string>} groups @param {[RegExp, string][]} known */
const filled = (words, groups, known) => words.replace(/\{(\w+)\}/g, (_whole, name) => {
  const value = groups[name] ?? "";
  return name === "said" ? translated(value, known) ?? value : value;
});

/** @param {[string, string][]} rows @returns {[RegExp, string][]} */
export const patternsOf = (rows) => rows.map(([pattern, words]) => [new RegExp(`^(?:${pattern})$`), words]);
