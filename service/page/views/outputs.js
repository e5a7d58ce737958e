// Where alerts are sent, each with a test that says what it answered.

import { ask, may, send } from "../core/connection.js";
import { whyFailed } from "../core/acts.js";
import { useForm } from "../core/form.js";
import { html, useEffect, useState } from "../core/html.js";
import { t, tOr } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { say } from "../core/messages.js";
import { textInWords } from "../core/sentences.js";
import { shortTime } from "../core/time.js";
import { Field } from "./field.js";
import { Empty, Failed, Loading, useAnswer } from "./parts.js";
import { Said, Wrong } from "./said.js";

/** What each kind of output asks for; everything else keeps its default. @type {Record<string, [string, string][]>} */
const FIELDS = {
  webhook: [["url", "url"], ["secret", "password"]],
  ntfy: [["url", "url"], ["topic", "text"], ["token", "password"]],
  email: [["host", "text"], ["sender", "email"], ["recipients", "text"], ["user", "text"], ["password", "password"]],
  mqtt: [["host", "text"], ["user", "text"], ["password", "password"]],
  apprise: [["url", "text"]],
  frigate: [["url", "url"], ["token", "password"]],
};

export function Outputs() {
  const { value, error, again } = useAnswer(() => ask("outputs"), []);
  const [added, setAdded] = useState(/** @type {string | null} */ (null));
  // Whoever added one goes on with its test.
  useEffect(() => {
    const card = added && document.querySelector(`[data-output="${CSS.escape(added)}"]`);
    if (!card) return;
    /** @type {HTMLElement | null} */ (card.querySelector("button"))?.focus();
    setAdded(null);
  }, [value, added]);
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} />`;
  return html`<section>
    ${!value.length && html`<${Empty} title=${t("outputs.none")} text=${t("outputs.none_text")} />`}
    <ul class="cards">${value.map((/** @type {any} */ each) => html`<${OutputCard} key=${each.name} output=${each} onChanged=${again} />`)}</ul>
    ${may("administer") && html`<${OutputForm} onAdded=${(/** @type {string} */ name) => { setAdded(name); again(); say(t("outputs.added", { name })); }} />`}
  </section>`;
}

/** @param {{output: any, onChanged: () => void}} props */
function OutputCard({ output, onChanged }) {
  const path = `outputs/${encodeURIComponent(output.name)}`;
  const now = siteNow();
  const failed = (/** @type {unknown} */ error) => say(whyFailed(error), { lasting: true });
  const toggle = () => send(path, { enabled: !output.enabled }, "PATCH").then(onChanged, failed);
  return html`<li class="card" data-output=${output.name}><h2>${output.name}</h2>
    <p>${tOr(`output.${output.type}`, output.type)}${output.receiver && html` · <bdi>${output.receiver}</bdi>`}</p>
    ${!output.enabled && html`<p>${t("outputs.off")}</p>`}
    ${output.settings.allow_local && html`<p>${t("outputs.local_on")}</p>`}
    ${output.state?.failing_since && html`<p class="wrong" role="alert">
      ${t("outputs.failing", { time: shortTime(output.state.failing_since, now) })} <${Said} text=${output.state.reason} /></p>`}
    ${output.state?.delivered_at && html`<p>${t("outputs.last", { time: shortTime(output.state.delivered_at, now) })}</p>`}
    <p class="acts"><${TestOutput} name=${output.name} />
      ${may("administer") && html`<button type="button" onClick=${toggle}>${t(output.enabled ? "outputs.switch_off" : "outputs.switch_on")}</button>`}
      ${may("administer") && output.origin !== "file" && html`<button type="button" onClick=${() => send(path, undefined, "DELETE").then(onChanged, failed)}>${t("action.remove")}</button>`}</p>
  </li>`;
}

/** Sends a marked test alert. @param {{name: string, onReached?: () => void}} props */
export function TestOutput({ name, onReached }) {
  const [state, set] = useState(/** @type {any} */ (null));
  const run = async () => {
    if (state?.busy) return;
    set({ busy: true });
    try {
      const answer = await send(`outputs/${encodeURIComponent(name)}/test`);
      set({ reached: answer.delivered, answer: textInWords(answer.answer) });
      if (answer.delivered) onReached?.();
    } catch (error) {
      set({ reached: false, answer: whyFailed(error) });
    }
  };
  return html`<button type="button" onClick=${run} aria-disabled=${state?.busy ? "true" : undefined}>${t("outputs.test")}</button>
    ${state && !state.busy && html`<span role="status" class=${state.reached ? "right" : "wrong"}>${t(state.reached ? "outputs.reached" : "outputs.not_reached", { answer: state.answer })}</span>`}`;
}

/** Kinds that connect to an address somebody types: those may not be this machine's own, unless it is meant. */
const GUARDED = new Set(["webhook", "ntfy", "email", "frigate"]);

/** Several receivers stand in one field. @param {string} field @param {string} text */
const typed = (field, text) => (field === "recipients" ? text.split(",").map((each) => each.trim()).filter(Boolean) : text);

/** @param {{onAdded: (name: string) => void, aside?: boolean}} props aside: another button is the main one */
export function OutputForm({ onAdded, aside }) {
  const [kind, setKind] = useState("webhook");
  const form = useForm(async (event) => {
    const elements = event.target.elements;
    const values = FIELDS[kind].map(([field]) => [field, typed(field, elements[field].value.trim())])
      .filter(([, value]) => value.length);
    const name = elements.name.value.trim();
    const local = elements.allow_local?.checked ? { allow_local: true } : {};
    await send("outputs", { name, type: kind, ...Object.fromEntries(values), ...local });
    event.target.reset();
    onAdded(name);
  });
  return html`<form class="card fields" onSubmit=${form.submit}><h2>${t("outputs.add")}</h2>
    <div class="columns"><${Field} label=${t("cameras.name")} ...${form.field("name")} required maxlength="64" />
      <label>${t("outputs.kind")}<select name="kind" value=${kind} onChange=${(/** @type {any} */ event) => setKind(event.target.value)}>
        ${Object.keys(FIELDS).map((each) => html`<option key=${each} value=${each}>${t(`output.${each}`)}</option>`)}</select></label>
      ${FIELDS[kind].map(([field, type]) => html`<${Field} key=${`${kind} ${field}`} label=${t(`output.${field}`)} ...${form.field(field)} type=${type} />`)}</div>
    ${GUARDED.has(kind) && html`<div><label class="radio"><input type="checkbox" name="allow_local" aria-describedby="outputs-local" />${t("outputs.local")}</label>
      <p id="outputs-local" class="quiet">${t("outputs.local_text")}</p></div>`}
    <${Wrong} text=${form.error} />
    <footer><button type="submit" class=${aside ? "" : "main"} disabled=${form.busy}>${t("outputs.add")}</button></footer></form>`;
}
