// A field that says itself what is wrong with it, in the page's language and in its place.

import { html, useId, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { isForeign } from "../core/sentences.js";

/**
 * What the browser finds wrong with a field; "" where nothing is.
 *
 * @param {HTMLInputElement} field
 * @returns {string}
 */
function faultOf({ type, min, max, minLength, validity }) {
  if (validity.valid) return "";
  if (validity.valueMissing) return t(type === "file" ? "fault.file" : "fault.missing");
  if (validity.tooShort) return t("fault.short", { least: minLength });
  if (validity.patternMismatch) return t("fault.pattern");
  if (validity.rangeUnderflow || validity.rangeOverflow) return t("fault.range", { least: min, most: max });
  if (validity.typeMismatch) return t(type === "email" ? "fault.email" : "fault.address");
  return t(type === "number" ? "fault.number" : "fault.value");
}

/** @param {HTMLInputElement} field */
const isFirstFault = (field) => [...field.form?.elements ?? []]
  .find((each) => each instanceof HTMLElement && each.matches(":is(input, select, textarea):invalid")) === field;

/**
 * Without a label it stands among others, which `aria-label` tells apart.
 *
 * @param {{label?: any, hint?: string, fault?: string, as?: "input" | "textarea", place?: {current: any},
 *   onInput?: (event: any) => void} & Record<string, any>} props fault: what else is wrong; place: a ref of the field
 */
export function Field({ label, hint, fault = "", as = "input", place, onInput, ...others }) {
  const own = useRef(null);
  const id = useId();
  const [found, setFound] = useState("");
  const text = found || fault;
  const invalid = (/** @type {any} */ event) => {
    event.preventDefault(); // the browser would say it in its own language, and not for long
    setFound(faultOf(event.currentTarget));
    if (isFirstFault(event.currentTarget)) event.currentTarget.focus();
  };
  const input = (/** @type {any} */ event) => {
    if (found) setFound(faultOf(event.currentTarget));
    onInput?.(event);
  };
  const described = [hint && `${id}-hint`, text && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  const field = html`<${as} ...${others} ref=${place ?? own} aria-invalid=${text !== ""} aria-describedby=${described} onInvalid=${invalid} onInput=${input} />`;
  return html`<div class="field">${label ? html`<label>${label}${field}</label>` : field}
    ${hint && html`<small id="${id}-hint">${hint}</small>`}
    ${text && html`<p id="${id}-fault" class="wrong" role="alert" lang=${isForeign(text) ? "en" : undefined}>${text}</p>`}</div>`;
}
