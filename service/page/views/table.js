// A table; on a phone, where its columns would be cut, each row stands alone and its cells say what they are.

import { html, useLayoutEffect, useRef } from "../core/html.js";

/** @param {{heads: string[], label?: string, place?: {current: HTMLElement | null}, children: any}} props heads: "" of a column of buttons */
export function Table({ heads, label, place, children }) {
  const body = useRef(/** @type {HTMLTableSectionElement | null} */ (null));
  useLayoutEffect(() => {
    for (const row of body.current?.rows ?? []) [...row.cells].forEach((cell, i) => { cell.dataset.label = heads[i]; });
  });
  return html`<div class="table" tabindex="0" ref=${place} role=${label ? "group" : undefined} aria-label=${label}><table>
    <thead><tr>${heads.map((head, i) => (head ? html`<th key=${i} scope="col">${head}</th>` : html`<td key=${i}></td>`))}</tr></thead>
    <tbody ref=${body}>${children}</tbody></table></div>`;
}
