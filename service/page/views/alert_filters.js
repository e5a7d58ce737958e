// Filters of the inbox; they stand in the address, so that a view can be sent to a colleague.

import { html, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras } from "../core/live.js";
import { address, go } from "../core/router.js";
import { useStore } from "../core/store.js";
import { kindName, KINDS } from "../core/words.js";
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
  const [more, setMore] = useState(["camera", "from", "to", "verdict", "severity"].some((name) => query.has(name)));
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
    <button type="button" class="quiet" aria-expanded=${more} onClick=${() => setMore(!more)}>${t("filter.more")}</button>
    ${[...query.keys()].length > 0 && html`<button type="button" class="quiet" onClick=${() => go(address(["alerts"]), { replace: true })}>${t("filter.clear")}</button>`}
    ${more && html`<div class="more">
      ${choice("camera", names.map((name) => [name, name]))}
      ${choice("verdict", ["none", "true", "false", "unsure"].map((each) => [each, t(`verdict.${each}`)]))}
      ${choice("severity", ["critical", "warning", "notice"].map((each) => [each, t(`severity.${each}`)]))}
      ${["from", "to"].map((name) => html`<label key=${name}>${t(`filter.${name}`)}
        <input type="date" value=${query.get(name) ?? ""} onChange=${(/** @type {any} */ event) => set(name, event.target.value)} /></label>`)}
    </div>`}
  </form>`;
}
