// Forms that send JSON: what is typed, what the service says is wrong with it, and with which field.

import { whyFailed } from "./acts.js";
import { Problem } from "./connection.js";
import { useState } from "./html.js";
import { inWords } from "./sentences.js";

/** @typedef {{error: string, faults: Record<string, string>}} Refused what is wrong with the whole, and by field */

/** @type {Refused} */
const NOTHING = { error: "", faults: {} };

/**
 * Return what a form needs: whether it is busy, what is wrong, and what to do when it is sent.
 *
 * @param {(event: any) => Promise<unknown>} run
 * @param {Record<string, string>} fields names of fields that differ from those of settings
 */
export function useForm(run, fields = {}) {
  const [state, set] = useState({ busy: false, ...NOTHING });
  return {
    ...state,
    /** What a field needs: its name, and what the service says of it. @param {string} name */
    field: (name) => ({ name, fault: state.faults[name] ?? "" }),
    /** @param {any} event */
    submit: async (event) => {
      event.preventDefault();
      const form = event.currentTarget;
      set({ busy: true, ...NOTHING });
      try {
        await run(event);
        set({ busy: false, ...NOTHING });
      } catch (error) {
        const known = (/** @type {string} */ setting) => fieldOf(setting, fields, form);
        set({ busy: false, ...(error instanceof Problem ? refused(error, known) : { ...NOTHING, error: whyFailed(error) }) });
      }
    },
  };
}

/**
 * Return the field of a setting such as `recipients[0]` or `/name`; null where the form has none.
 *
 * @param {string} setting
 * @param {Record<string, string>} fields
 * @param {HTMLFormElement} form
 */
function fieldOf(setting, fields, form) {
  const own = /(\w+)(?:\[\d+\]|\/\d+)?$/.exec(setting)?.[1] ?? "";
  const name = fields[own] ?? own;
  return name && form.elements.namedItem(name) ? name : null;
}

/**
 * Divide what the service refused: a field is told without its setting's name, which it shows in words.
 *
 * @param {Problem} problem
 * @param {(setting: string) => string | null} known
 * @returns {Refused}
 */
function refused(problem, known) {
  const { code, values = {} } = problem.sentence;
  /** @type {any[]} */
  const parts = code === "sentence.joined" ? values.parts : [problem.sentence];
  /** @type {Record<string, string>} */
  const faults = {};
  const others = [];
  for (const part of parts) {
    const name = part.code === "value.at" ? known(part.values.setting) : null;
    if (name) faults[name] = inWords(part.values.problem);
    else others.push(part);
  }
  const error = others.length === parts.length ? whyFailed(problem) : others.map(inWords).join(" ");
  const pointed = problem.pointer && error ? known(problem.pointer) : null;
  return pointed && !faults[pointed] ? { error: "", faults: { ...faults, [pointed]: error } } : { error, faults };
}
