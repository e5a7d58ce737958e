// Forms that send JSON: what is typed, what the service says is wrong with it, and where.

import { whyFailed } from "./acts.js";
import { Problem } from "./connection.js";
import { useState } from "./html.js";

/**
 * Return what a form needs: whether it is busy, what is wrong, and what to do when it is sent.
 *
 * @param {(event: any) => Promise<unknown>} run
 */
export function useForm(run) {
  const [state, set] = useState({ busy: false, error: "", pointer: "" });
  return {
    ...state,
    /** @param {string} name */
    wrong: (name) => state.pointer === `/${name}`,
    /** @param {any} event */
    submit: async (event) => {
      event?.preventDefault?.();
      set({ busy: true, error: "", pointer: "" });
      try {
        await run(event);
        set({ busy: false, error: "", pointer: "" });
      } catch (error) {
        set({ busy: false, error: whyFailed(error), pointer: error instanceof Problem ? error.pointer ?? "" : "" });
      }
    },
  };
}
