// Which models there are, which one scores, and what the trial of another one has shown.

import { whyFailed } from "../core/acts.js";
import { ask, may, send } from "../core/connection.js";
import { offers } from "../core/features.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { say } from "../core/messages.js";
import { shortTime } from "../core/time.js";
import { kindName } from "../core/words.js";
import { useAnswer } from "./parts.js";
import { Table } from "./table.js";

const both = async () => {
  if (!offers("/models")) return null;
  const [models, trial] = await Promise.all([ask("models"), ask("models/shadow")]);
  return { models, trial };
};

export function Models() {
  const { value, again } = useAnswer(both, []);
  if (!value) return null;
  const { models, trial } = value;
  const act = async (/** @type {string} */ path, /** @type {string} */ sure, /** @type {unknown} */ body = undefined, method = "POST") => {
    if (!confirm(sure)) return;
    try {
      await send(`models/${path}`, body, method);
      say(t("models.done"));
    } catch (error) {
      say(whyFailed(error), { lasting: true });
    }
    again();
  };
  const now = siteNow();
  return html`<section><h2>${t("models.title")}</h2><${Table} heads=${[t("cameras.name"), t("cameras.state"), t("models.data"), t("models.since"), ...(may("administer") ? [""] : [])]}>
    ${models.map((/** @type {any} */ each) => html`<tr key=${each.sha256 ?? "file"}><th scope="row">${each.name}${each.sha256 && html` <small>${each.sha256.slice(0, 12)}</small>`}</th>
      <td>${t(`models.${each.state}`)}</td><td lang="en">${each.card.data}, ${each.card.licence}</td>
      <td>${each.promoted_at ?? each.registered_at ? shortTime(each.promoted_at ?? each.registered_at, now) : t("models.of_file")}</td>
      ${may("administer") && html`<td class="acts"><${Acts} model=${each} act=${act} /></td>`}</tr>`)}<//>
    ${may("administer") && models.some((/** @type {any} */ each) => each.state === "live" && each.promoted_at) && html`<p><button type="button"
      onClick=${() => act("rollback", t("models.rollback_sure"))}>${t("models.rollback")}</button></p>`}
    ${trial.model && html`<${Trial} trial=${trial} />`}
  </section>`;
}

/** @param {{model: any, act: (path: string, sure: string, body?: unknown, method?: string) => void}} props */
function Acts({ model: { sha256, name, state }, act }) {
  if (state === "shadow") {
    return html`<button type="button" onClick=${() => act(`${sha256}/promote`, t("models.promote_sure", { name }), {})}>${t("models.promote")}</button>
      <button type="button" onClick=${() => act("shadow", t("models.end_sure", { name }), undefined, "DELETE")}>${t("models.end")}</button>`;
  }
  if (state === "live" || !sha256) return null;
  return html`<button type="button" onClick=${() => act(`${sha256}/shadow`, t("models.try_sure", { name }))}>${t("models.try")}</button>`;
}

/** @param {{trial: any}} props */
function Trial({ trial }) {
  const agree = trial.same_side === null ? null : Math.round(trial.same_side * 1000) / 10;
  return html`<h2>${t("models.trial", { name: trial.model.name })}</h2>
    <p>${agree === null ? t("models.trial_early") : t("models.agree", { percent: agree, windows: trial.compared })}
      ${trial.cpu_ms_per_window !== null && ` ${t("models.cost", { ms: trial.cpu_ms_per_window.toFixed(1) })}`}</p>
    ${trial.alerts.length > 0 && html`<${Table} heads=${[t("models.kind"), t("models.by_live"), t("models.by_shadow")]}>
      ${trial.alerts.map((/** @type {any} */ each) => html`<tr key=${each.kind}><th scope="row">${kindName(each.kind)}</th>
        <td>${perDay(each.live_per_day)}</td><td>${perDay(each.shadow_per_day)}</td></tr>`)}<//>`}`;
}

/** @param {number | null} rate */
const perDay = (rate) => (rate === null ? t("none") : rate.toFixed(2));
