// How many false alarms a day a camera may raise: promised, and what came.

import { ask, may } from "../core/connection.js";
import { useForm } from "../core/form.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { say } from "../core/messages.js";
import { Field } from "./field.js";
import { useAnswer } from "./parts.js";
import { Said, Wrong } from "./said.js";

/** @param {{name: string}} props */
export function CameraBudget({ name }) {
  const path = `cameras/${encodeURIComponent(name)}`;
  const { value, again } = useAnswer(() => ask(`${path}/calibration`), [name]);
  const form = useForm(async (event) => {
    const text = event.target.elements.per_day.value.trim();
    await ask(`${path}/budget`, { method: "PUT", body: { alarms_per_day: text === "" ? null : Number(text) } });
    say(t("action.saved"));
    again();
  }, { alarms_per_day: "per_day" });
  if (!value) return null;
  const { raised, alarms_per_day: promised } = value;
  return html`<section><h2>${t("budget.title")}</h2><form class="card fields" onSubmit=${form.submit}>
    ${promiseText(value)}
    ${raised && raised.per_day !== null && html`<p>${cameText(raised)}</p>`}
    ${value.frozen && html`<p class="wrong"><${Said} text=${value.frozen} sentence=${value.frozen_sentence} /></p>`}
    ${may("administer") && html`<${Field} label=${t("budget.per_day")} ...${form.field("per_day")} type="number" min="0.1" max="50" step="0.1"
        defaultValue=${typeof promised === "number" ? promised : ""} placeholder=${t("none")} />
      <${Wrong} text=${form.error} />
      <footer><button type="submit" disabled=${form.busy}>${t("action.save")}</button></footer>`}
  </form></section>`;
}

/** Before anything is promised in the page's own words, else in the service's. @param {any} value */
function promiseText({ sentence, text, footage_h: hours, needed_h: needed }) {
  if (sentence.code === "budget.none") return html`<p>${t("budget.no_budget")}</p>`;
  if (sentence.code === "budget.calibrating") return html`<p>${t("budget.calibrating_new")}</p>`;
  if (!sentence.code.startsWith("budget.calibrating")) return html`<p><${Said} text=${text} sentence=${sentence} /></p>`;
  return html`<p>${t("budget.calibrating", { hours: Math.floor(hours), needed: Math.ceil(needed) })}</p>`;
}

/** @param {any} raised */
const cameText = ({ per_day: perDay, low, high, days }) => t("budget.came", {
  came: perDay.toFixed(1), low: low.toFixed(1), high: high.toFixed(1), days: Math.round(days),
});
