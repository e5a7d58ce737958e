// Whether a camera still sees what it used to see; an administrator may take the new scene as usual.

import { whyFailed } from "../core/acts.js";
import { ask, may, send } from "../core/connection.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { readCameras, siteNow } from "../core/live.js";
import { say } from "../core/messages.js";
import { shortTime } from "../core/time.js";
import { useAnswer } from "./parts.js";

/** @param {{name: string}} props */
export function CameraDrift({ name }) {
  const path = `cameras/${encodeURIComponent(name)}/drift`;
  const { value, set } = useAnswer(() => ask(path), [name]);
  if (!value) return null;
  const accept = async () => {
    try {
      set(await send(`${path}/accept`));
      await readCameras();
      say(t("drift.accepted"));
    } catch (error) {
      say(whyFailed(error), { lasting: true });
    }
  };
  const early = value.state === "ok" && !value.signs.length;
  const above = value.signs.filter((/** @type {any} */ sign) => sign.statistic > sign.limit);
  return html`<section><h2>${t("drift.title")}</h2><div class="card fields">
    <p class=${value.state === "drifting" ? "wrong" : ""}>${t(early ? "drift.is.early" : `drift.is.${value.state}`, { time: value.since === null ? "" : shortTime(value.since, siteNow()) })}</p>
    ${above.length > 0 && html`<p>${t("drift.signs", { signs: above.map((/** @type {any} */ sign) => t(`drift.sign.${sign.sign}`)).join(", ") })}</p>`}
    ${value.state === "drifting" && html`<p class="quiet">${t("drift.remedy")}</p>
      ${may("administer") && html`<footer><button type="button" onClick=${accept}>${t("drift.accept")}</button></footer>`}`}
  </div></section>`;
}
