// The first start, in three steps.

import { html } from "../core/html.js";
import { Enter } from "./enter.js";

/** @param {{first?: boolean}} _props */
export function Setup(_props) {
  return html`<${Enter} />`;
}
