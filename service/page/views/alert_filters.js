// Filters of the inbox; they stand in the address, so that a view can be sent to a colleague.

import { html, useLayoutEffect, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras, siteNow } from "../core/live.js";
import { prefer, preferences } from "../core/preferences.js";
import { address, go } from "../core/router.js";
import { hoursAgo, shiftBegin, spanOf } from "../core/span.js";
import { useStore } from "../core/store.js";
import { FIRST_TIME, LAST_TIME } from "../core/time.js";
import { kindName, KINDS } from "../core/words.js";
import { Field } from "./field.js";
import { LOOKED } from "./inbox.js";
import { TypedField } from "./parts.js";

/** List what nobody has looked at, or all again. @param {URLSearchParams} query */
export function toggleLooked(query) {
  const next = new URLSearchParams(query);
  if (query.get(LOOKED) === "no") next.delete(LOOKED);
  else next.set(LOOKED, "no");
  go(address(["alerts"], next), { replace: true });
}

/** @param {{query: URLSearchParams}} props */
export function Filters({ query }) {
  const [more, setMore] = useState(false);
  // What is in force is never hidden.
  const shown = more || ["camera", "from", "to", "verdict", "severity"].some((name) => query.has(name));
  const names = useStore(cameras, (all) => all.map((each) => each.name));
  const set = (/** @type {string} */ name, /** @type {string} */ value) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value);
    else next.delete(name);
    go(address(["alerts"], next), { replace: true });
  };
  const choice = (/** @type {string} */ name, /** @type {[string, string][]} */ options) => html`<label class="choice">
    <span class="hidden">${t(`filter.${name}`)}</span>
    <select value=${query.get(name) ?? ""} data-set=${query.has(name)} onChange=${(/** @type {any} */ event) => set(name, event.target.value)}>
      <option value="">${t(`filter.${name}`)}</option>
      ${options.map(([value, text]) => html`<option key=${value} value=${value} selected=${query.get(name) === value}>${text}</option>`)}
    </select></label>`;
  return html`<form class="filters" role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${TypedField} type="search" placeholder=${t("filter.text")} aria-label=${t("filter.text")} value=${query.get("text") ?? ""}
      maxlength="200" onTyped=${(/** @type {string} */ text) => set("text", text)} />
    <button type="button" aria-pressed=${query.get(LOOKED) === "no"} onClick=${() => toggleLooked(query)}>${t("filter.looked")} <kbd>l</kbd></button>
    ${choice("state", [["open", t("state.open")], ["closed", t("state.closed")]])}
    ${choice("kind", KINDS.map((kind) => [kind, kindName(kind)]))}
    <button type="button" class="quiet" aria-expanded=${shown} onClick=${() => setMore(!more)}>${t("filter.more")}</button>
    ${[...query.keys()].length > 0 && html`<button type="button" class="quiet" onClick=${() => go(address(["alerts"]), { replace: true })}>${t("filter.clear")}</button>`}
    ${shown && html`<div class="more">
      ${choice("camera", names.map((name) => [name, name]))}
      ${choice("verdict", ["none", "true", "false", "unsure"].map((each) => [each, t(`verdict.${each}`)]))}
      ${choice("severity", ["critical", "warning", "notice"].map((each) => [each, t(`severity.${each}`)]))}
      <${Times} query=${query} set=${set} />
    </div>`}
  </form>`;
}

const QUICK_H = 12;

/** From when to when, and what a shift asks for most. @param {{query: URLSearchParams, set: (name: string, value: string) => void}} props */
function Times({ query, set }) {
  const { texts, faults } = spanOf(query);
  const { shift } = useStore(preferences);
  const since = (/** @type {string} */ from) => {
    const next = new URLSearchParams(query);
    next.delete("to");
    next.set("from", from);
    go(address(["alerts"], next), { replace: true });
  };
  return html`${["from", "to"].map((name) => html`<${TimeField} key=${name} label=${t(`filter.${name}`)} text=${texts[name]}
      fault=${faults[name]} onTime=${(/** @type {string} */ text) => set(name, text)} />`)}
    <button type="button" onClick=${() => since(shiftBegin(siteNow(), shift))}>${t("filter.since_shift")}</button>
    <button type="button" onClick=${() => since(hoursAgo(siteNow(), QUICK_H))}>${t("filter.last_hours", { count: QUICK_H })}</button>
    <label>${t("filter.shift")}<input type="time" defaultValue=${shift} required
      onChange=${(/** @type {any} */ event) => { if (event.target.value) prefer({ shift: event.target.value }); }} /></label>`;
}

/** @param {{label: string, text: string, fault: string | undefined, onTime: (text: string) => void}} props */
function TimeField({ label, text, fault, onTime }) {
  const place = useRef(/** @type {HTMLInputElement | null} */ (null));
  // Only what the address says anew: half a date that is being typed stays.
  useLayoutEffect(() => { if (place.current && text) place.current.value = text; }, [text]);
  const typed = () => place.current?.validity.valid && onTime(place.current.value);
  // Left as it is, it is no time: while a year is typed it is only not one yet.
  const left = () => { if (!place.current?.validity.valid) onTime(place.current?.value || "?"); };
  return html`<${Field} label=${label} place=${place} fault=${fault} type="datetime-local" min=${FIRST_TIME} max=${LAST_TIME}
    onChange=${typed} onBlur=${left} />`;
}
