// How many false alarms a day a camera may raise: promised, and what came.

import { html } from "../core/html.js";

/** @param {{name: string}} _props */
export function CameraBudget(_props) {
  return html``;
}
