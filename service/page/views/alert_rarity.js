// How rare it was before the camera in the hours around an alert.

import { html, useMemo } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { rarityOf, Series } from "./camera_rarity.js";
import { useAnswer } from "./parts.js";

const BEFORE_S = 6 * 3600;
const AFTER_S = 2 * 3600;

/** @param {{alert: any}} props */
export function AlertRarity({ alert }) {
  const { camera, opened_at: at } = alert;
  const until = Math.min(at + AFTER_S, siteNow());
  const answer = useAnswer(() => rarityOf(camera, at - BEFORE_S, stepFor(siteNow() - at + BEFORE_S)), [alert.id]);
  const threshold = alert.kind === "movement" ? alert.threshold : null;
  const cut = useMemo(() => answer.value && {
    ...answer.value, points: answer.value.points.filter((/** @type {any} */ point) => point.at < until),
  }, [answer.value]);
  // Of what is long over, the camera's ten minutes are gone: then there is nothing to show.
  if (answer.error || (cut && !cut.points.length)) return null;
  return html`<section class="around"><h2>${t("rarity.around")}</h2>
    <${Series} answer=${{ ...answer, value: cut }} threshold=${threshold} until=${until} /></section>`;
}

/** The service gives a thousand steps at most. @param {number} seconds */
const stepFor = (seconds) => 600 * Math.max(Math.ceil(seconds / 600 / 900), 1);
