// How many false alarms a day are promised, and how many came.

import { html } from "../core/html.js";

/** @param {{turn: number}} _props */
export function Budget(_props) {
  return html``;
}
