// What an alert says, in words.

import { t, tOr } from "./language.js";
import { duration, exactTime } from "./time.js";

// Beyond this the model card's tail is a guess.
const LONGEST_RARITY_H = 1000;

export const KINDS = ["person_down", "fall", "fight", "running", "movement", "dwell"];

/** @param {string} name */
export const plain = (name) => name.replaceAll("_", " ");

/** @param {string} kind */
export const kindName = (kind) => tOr(`kind.${kind}`, plain(kind));

/** "Fall · gate" @param {any} alert */
export const titleOf = (alert) => `${kindName(alert.kind)} · ${alert.camera}`;

/** The kinds of an episode besides its most severe one. @param {any} alert @returns {string[]} */
export const others = (alert) => alert.kinds
  .filter((/** @type {any} */ each) => each.kind !== alert.kind)
  .map((/** @type {any} */ each) => kindName(each.kind));

/** @param {any} alert @param {number} now */
export function lasted(alert, now) {
  if (alert.state === "open") return t("alert.open_for", { time: duration(now - alert.opened_at) });
  return t("alert.lasted", { time: duration(Math.max(alert.closed_at - alert.opened_at, 1)) });
}

/** Of somebody down whose track is lost; null while they are seen. @param {any} alert */
export const unseen = (alert) => (alert.not_seen_since === null || alert.not_seen_since === undefined
  ? null
  : t("alert.unseen", { time: exactTime(alert.not_seen_since) }));

/** How often so much is seen when nothing is wrong; null where that is not known. @param {number | null} hours */
export function rarity(hours) {
  if (hours === null || hours === undefined) return null;
  if (hours >= LONGEST_RARITY_H) return t("rarity.beyond");
  return t("rarity.once", { time: duration(Math.max(hours * 3600, 60)) });
}

/** 0…1, a full bar is once in six weeks. @param {any} alert */
export function rarityPart(alert) {
  if (alert.rarity_hours === null || alert.rarity_hours === undefined) {
    return { notice: 0.3, warning: 0.6, critical: 0.95 }[/** @type {"notice"} */ (alert.severity)] ?? 0.3;
  }
  return Math.min(Math.max(Math.log10(Math.max(alert.rarity_hours, 0.02) / 0.02) / 4.7, 0.06), 1);
}

/** The highest score of a kind in its own measure: for the details. @param {any} score */
export function peak({ kind, peak_score: score, threshold }) {
  return kind === "movement"
    ? t("alert.peak_bits", { score: score.toFixed(3), threshold: threshold.toFixed(3) })
    : t("alert.peak_times", { times: score.toFixed(1) });
}

/** Whether somebody should look now. @param {any} alert */
export const wantsLook = (alert) => alert.state === "open" && !alert.acknowledged_at && !alert.snoozed;

/** Whether it is over, and nobody has acknowledged or judged it. @param {any} alert */
export const wasMissed = (alert) => alert.state === "closed" && !alert.acknowledged_at && !alert.verdict && !alert.snoozed;

/** Who acknowledged or judged it, or that nobody did; null while it is open. @param {any} alert */
export function lookedAt(alert) {
  if (wasMissed(alert)) return t("alert.missed");
  const who = alert.acknowledged_by ?? alert.verdict_by;
  if (alert.state === "open" || !who) return null;
  return t("alert.looked", { who: who === "anybody" ? t("story.somebody") : who });
}

/** @param {any} alert */
export const personNumber = (alert) => alert.person.split("/").pop();

/** How near it came to an alert: 100 is one. @param {any} near */
export const nearPercent = (near) => Math.min(Math.floor(near.closeness * 100), 99);
