// The mode that holds now, and another one by hand.

import { ask, may } from "../core/connection.js";
import { whyFailed } from "../core/acts.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { say } from "../core/messages.js";
import { armingInTurn } from "../core/site.js";
import { shortTime } from "../core/time.js";

/** @param {{state: any, onChange: (state: any) => void}} props */
export function ModeNow({ state, onChange }) {
  const choose = async (/** @type {string | null} */ mode) => {
    try {
      onChange(await armingInTurn(() => ask("arming/mode", { method: "PUT", body: { mode } })));
    } catch (error) {
      say(whyFailed(error), { lasting: true });
    }
  };
  const now = siteNow();
  const why = state.chosen ? t("mode.by", { by: state.by ?? "", time: shortTime(state.since ?? now, now) }) : t("mode.calendar");
  return html`<section class="mode-now"><p><strong>${t("mode.now", { mode: state.mode })}</strong> · ${why}
      ${state.next && html` · ${t("mode.next", { mode: state.next.mode, time: shortTime(state.next.at, now) })}`}</p>
    ${may("operate") && html`<div class="choices" role="group" aria-label=${t("mode.choose")}>
      ${Object.keys(state.modes).map((mode) => html`<button key=${mode} type="button" aria-pressed=${state.mode === mode} onClick=${() => choose(mode)}>${mode}</button>`)}
      ${state.chosen && html`<button type="button" onClick=${() => choose(null)}>${t("mode.let_calendar")}</button>`}</div>`}
  </section>`;
}
