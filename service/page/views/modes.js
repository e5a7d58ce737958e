// The site's modes: what is armed in each.

import { ask, may } from "../core/connection.js";
import { useDraft } from "../core/draft.js";
import { useForm } from "../core/form.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras } from "../core/live.js";
import { say } from "../core/messages.js";
import { address } from "../core/router.js";
import { arming, armingInTurn } from "../core/site.js";
import { useStore } from "../core/store.js";
import { kindName, KINDS } from "../core/words.js";
import { Field } from "./field.js";
import { ModeNow } from "./mode_now.js";
import { Failed, Loading, useAnswer } from "./parts.js";
import { planOf } from "./week_plan.js";
import { Wrong } from "./said.js";

export function Modes() {
  const { value, error, again, set } = useAnswer(() => ask("arming"), []);
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} />`;
  const taken = (/** @type {any} */ state) => {
    set(state);
    arming.set(state);
  };
  return html`<${ModeNow} state=${value} onChange=${taken} />
    <p><a href=${address(["cameras"], { tab: "week" })}>${t("cameras.week")}</a></p>
    <${Editor} state=${value} onSaved=${taken} />`;
}

/** @typedef {{modes: [string, any][], expected: number}} Draft */

/** What is edited of a plan, and of which version it was. @param {any} state @returns {Draft} */
const modesOf = ({ modes, version }) => ({ modes: Object.entries(modes), expected: version });

/** @param {{state: any, onSaved: (state: any) => void}} props */
function Editor({ state, onSaved }) {
  const { draft, edit, savedAs } = useDraft(modesOf(state));
  const { modes } = draft;
  const fixed = !may("administer");
  const form = useForm(async () => {
    const now = await armingInTurn(() => ask("arming", { method: "PUT", body: { ...planOf(state), ...draft, modes: Object.fromEntries(modes) } }));
    savedAs(draft, modesOf(now));
    onSaved(now);
    say(t("action.saved"));
  });
  const setModes = (/** @type {[string, any][]} */ next) => edit({ ...draft, modes: next });
  const change = (/** @type {number} */ at, /** @type {string} */ name, /** @type {any} */ values) => {
    setModes(modes.map(([old, mode], i) => (i === at ? [name, { ...mode, ...values }] : [old, mode])));
  };
  const add = () => setModes([...modes, [`mode-${modes.length + 1}`, { armed: true, cameras: null, kinds: null }]]);
  return html`<form class="cards" onSubmit=${form.submit}>
    ${modes.map(([name, mode], at) => html`<${ModeCard} key=${at} name=${name} mode=${mode} fixed=${fixed} known=${name in state.modes}
      onChange=${(/** @type {string} */ next, /** @type {any} */ values) => change(at, next, values)}
      onRemove=${() => setModes(modes.filter((_mode, i) => i !== at))} />`)}
    <${Wrong} text=${form.error} />
    ${!fixed && html`<footer><button type="button" onClick=${add}>${t("modes.add")}</button><button type="submit" class="main" disabled=${form.busy}>${t("action.save")}</button></footer>`}
  </form>`;
}

/** @param {{name: string, mode: any, fixed: boolean, known: boolean, onChange: (name: string, values: any) => void, onRemove: () => void}} props */
function ModeCard({ name, mode, fixed, known, onChange, onRemove }) {
  const names = useStore(cameras, (all) => all.map((each) => each.name));
  const part = (/** @type {"cameras" | "kinds"} */ which, /** @type {string[]} */ all, /** @type {string} */ one) => {
    const now = mode[which] ?? all;
    const next = now.includes(one) ? now.filter((/** @type {string} */ each) => each !== one) : [...now, one];
    onChange(name, { [which]: next.length === all.length ? null : next });
  };
  return html`<fieldset class="card" disabled=${fixed}><legend class="hidden">${name}</legend>
    ${known ? html`<h2>${name}</h2>` : html`<${Field} label=${t("cameras.name")} value=${name} pattern="([a-z0-9]|-)+" maxlength="32" required
      onInput=${(/** @type {any} */ event) => onChange(event.target.value, {})} />`}
    <${Part} text=${t("modes.armed")} on=${mode.armed} onChange=${() => onChange(name, { armed: !mode.armed })} />
    ${mode.armed && html`<details><summary>${mode.cameras ? t("modes.some_cameras", { count: mode.cameras.length }) : t("modes.all_cameras")}</summary>
        ${names.map((each) => html`<${Part} key=${each} text=${each} on=${!mode.cameras || mode.cameras.includes(each)} onChange=${() => part("cameras", names, each)} />`)}</details>
      <details><summary>${mode.kinds ? t("modes.some_kinds", { count: mode.kinds.length }) : t("modes.all_kinds")}</summary>
        ${KINDS.map((each) => html`<${Part} key=${each} text=${kindName(each)} on=${!mode.kinds || mode.kinds.includes(each)} onChange=${() => part("kinds", KINDS, each)} />`)}</details>`}
    ${!known && html`<button type="button" class="quiet" onClick=${onRemove}>${t("action.remove")}</button>`}
  </fieldset>`;
}

/** @param {{text: string, on: boolean, onChange: () => void}} props */
const Part = ({ text, on, onChange }) => html`<label class="radio"><input type="checkbox" checked=${on} onChange=${onChange} />${text}</label>`;
