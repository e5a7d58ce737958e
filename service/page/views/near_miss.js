// One near miss: what was seen, how near it came, and what somebody says of it.

import { ask, may } from "../core/connection.js";
import { html, useMemo, useRef } from "../core/html.js";
import { t } from "../core/language.js";
import { address } from "../core/router.js";
import { fullTime } from "../core/time.js";
import { kindName, nearPercent, peak, rarity } from "../core/words.js";
import { episodeOf } from "../draw/episode.js";
import { Failed, Loading, useAnswer } from "./parts.js";
import { Replay } from "./replay.js";

/** @type {["true" | "false" | "unsure", string][]} */
const LABELS = [["true", "t"], ["false", "f"], ["unsure", "u"]];

/** @param {{near: any, query: URLSearchParams, onJudge: (label: "true" | "false" | "unsure") => void}} props */
export function NearMiss({ near, query, onJudge }) {
  const poses = useAnswer(() => ask(`near-misses/${encodeURIComponent(near.id)}/poses`), [near.id]);
  const canvas = useRef(null);
  const asAlert = useMemo(() => ({
    id: near.id, person: near.person, kind: near.kind, opened_at: near.at, peak_at: near.at, closed_at: null,
    reason: "", joint_map: null, poses: null,
  }), [near.id]);
  const episode = useMemo(() => {
    const made = poses.value ? episodeOf(asAlert, poses.value) : null;
    return made && { ...made, ink: "unusual" };
  }, [poses.value, asAlert]);
  const often = rarity(near.rarity);
  return html`<article class="alert">
    <header><a class="back" href=${address(["near"], query)}>${t("near.title")}</a>
      <h1>${kindName(near.kind)} <a class="where" href=${address(["watch", near.camera])}>${near.camera}</a></h1>
      <p class="when"><time>${fullTime(near.at)}</time></p>
      ${may("operate") && html`<p>${t("near.question")}</p>
      <div class="acts" role="group" aria-label=${t("near.question")}>${LABELS.map(([label, key]) => html`<button key=${label} type="button"
        aria-pressed=${near.label === label} onClick=${() => onJudge(label)}>${t(`near.label.${label}`)} <kbd>${key}</kbd></button>`)}</div>`}
    </header>
    ${poses.error ? html`<${Failed} error=${poses.error} again=${poses.again} />`
    : !poses.value ? html`<div class="replay waiting"><${Loading} /></div>`
      : episode ? html`<${Replay} episode=${episode} alert=${asAlert} canvas=${canvas} />` : html`<p class="empty replay">${t("replay.none")}</p>`}
    <section class="why"><p>${t("near.how_near", { percent: nearPercent(near) })}${often ? ` · ${often}` : ""}</p>
      ${near.label_by && html`<p>${t("near.said", { who: near.label_by, label: t(`near.label.${near.label}`) })}</p>`}
      <p class="quiet">${t("near.what_for")}</p></section>
    <details class="figures"><summary>${t("details")}</summary><dl>
      <dt>${t("figures.peak")}</dt><dd>${peak({ kind: near.kind, peak_score: near.score, threshold: near.threshold })}</dd>
      <dt>${t("figures.person")}</dt><dd>${near.track}</dd><dt>${t("figures.id")}</dt><dd>${near.id}</dd></dl></details>
  </article>`;
}
