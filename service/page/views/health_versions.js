// Which versions work, and what they work with.

import { ask } from "../core/connection.js";
import { offers } from "../core/features.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { useAnswer } from "./parts.js";

/** @param {{ready: any}} props */
export function Versions({ ready }) {
  const { value } = useAnswer(async () => (offers("/about") ? ask("about").catch(() => null) : null), []);
  return html`<section><h2>${t("health.parts")}</h2><dl class="pairs">
    ${value && html`<dt>Posewarden</dt><dd>${value.version}</dd>`}
    <dt>${t("health.workers")}</dt><dd>${ready.workers.length ? ready.workers.map((/** @type {any} */ each) => each.name).join(", ") : t("health.no_workers")}</dd>
    <dt>${t("health.deciders")}</dt><dd>${ready.deciders}</dd>
    <dt>${t("health.model")}</dt><dd>${ready.model.name}</dd>
  </dl><details class="figures"><summary>${t("details")}</summary><dl>
    <dt>${t("figures.model")}</dt><dd>${ready.model.hash.slice(0, 12)}, ${ready.model.frames} × ${ready.model.fps} fps, ${ready.model.provider}</dd>
    <dt>${t("camera.threshold")}</dt><dd>${ready.model.threshold === null ? t("none") : `${ready.model.threshold.toFixed(3)} bits/dimension`}</dd>
  </dl></details></section>`;
}
