// What needs somebody: the reasons, each with what to do about it.

import { may } from "../core/connection.js";
import { html } from "../core/html.js";
import { t, tOr } from "../core/language.js";
import { address } from "../core/router.js";
import { fullTime } from "../core/time.js";
import { Said } from "./said.js";
import { awayText, fewText } from "./tile.js";

/**
 * @typedef {object} Trouble
 * @property {string} key
 * @property {string} title
 * @property {string} [about] before the title
 * @property {string} [text]
 * @property {string} [lang] of the title, where the service wrote it
 * @property {any[]} [sentences] title and text with their codes
 * @property {number} [at]
 * @property {string} [camera]
 */

/**
 * Return everything that needs somebody; what is told by an event is not told twice.
 *
 * @param {{ready: any, events: any[], cameras: import("../core/live.js").CameraFacts[], watched: any[], canary: any[], rows: any[]}} site
 * @returns {Trouble[]}
 */
export function troublesOf({ ready, events, cameras, watched, canary, rows }) {
  // Of a camera that is away now, what it says now is newer than the event.
  const away = cameras.filter((each) => !["live", "unwatched"].includes(each.state) || each.paused);
  const names = new Set(away.map((each) => each.name));
  const raised = events.filter((each) => each.state === "raised" && !(each.type === "camera-lost" && names.has(each.camera)));
  const told = new Set(raised.map((each) => `${each.type} ${each.camera ?? ""}`));
  const drifting = rows.filter((each) => each.drift === "drifting" && !told.has(`drift ${each.name}`));
  return [
    ...ready.reasons.map((/** @type {string} */ reason) => ({ key: reason, title: reason, lang: "en" })),
    ...(ready.archive && !ready.archive.available ? [{ key: "archive", title: t("health.archive"), text: ready.archive.reason }] : []),
    ...raised.map(eventTrouble),
    ...(told.has("canary-failed ") ? [] : canary.filter((each) => each.state === "failed").map(canaryTrouble)),
    ...away.map(awayTrouble),
    ...cameras.filter((each) => each.state === "unwatched").map(fewTrouble),
    ...cameras.filter((each) => each.overloaded && each.state !== "unwatched").map(slowTrouble),
    ...drifting.map((each) => ({ key: `drift ${each.name}`, title: t("drift.trouble", { camera: each.name }), text: t("drift.remedy"), camera: each.name })),
    ...watched.filter((each) => each.sentence).map(watchedTrouble),
  ];
}

/** @param {any} each @returns {Trouble} */
const eventTrouble = (each) => ({
  key: each.id, about: each.camera ?? undefined, title: each.reason, text: each.remedy,
  sentences: [each.reason_sentence, each.remedy_sentence], at: each.at, lang: "en", camera: each.camera ?? undefined,
});

/** @param {any} each @returns {Trouble} */
const canaryTrouble = (each) => ({
  key: `canary ${each.process} ${each.path}`, title: t("canary.failed_at", { process: each.process }), text: `${each.reason ?? ""} ${each.remedy ?? ""}`, at: each.at,
});

/** @param {import("../core/live.js").CameraFacts} each @returns {Trouble} */
const awayTrouble = (each) => ({ key: `away ${each.name}`, title: `${each.name}: ${awayText(each) ?? ""}`, text: each.reason ?? undefined, camera: each.name });

/** @param {import("../core/live.js").CameraFacts} each @returns {Trouble} */
const fewTrouble = (each) => ({
  key: `few ${each.name}`, title: `${each.name}: ${awayText(each) ?? ""}`, camera: each.name,
  text: `${fewText(each)} ${each.overloaded ? t("health.overloaded_text") : t("health.few_text")}`,
});

/** @param {import("../core/live.js").CameraFacts} each @returns {Trouble} */
const slowTrouble = (each) => ({
  key: `slow ${each.name}`, title: t("health.overloaded", { camera: each.name, fps: each.fps, of: each.sourceFps }), text: t("health.overloaded_text"), camera: each.name,
});

/** @param {any} each @returns {Trouble} */
const watchedTrouble = ({ camera, text, sentence }) => ({
  key: `unwatched ${camera}`, title: tOr(`watched.${sentence.code}`, "") ? t(`watched.${sentence.code}`, sentence.parameters) : text, camera,
});

/** @param {{items: Trouble[]}} props */
export function Troubles({ items }) {
  if (!items.length) return null;
  return html`<ul class="troubles">${items.map((each) => html`<li key=${each.key}>
    <strong>${each.about && `${each.about}: `}${each.lang ? html`<${Said} text=${each.title} sentence=${each.sentences?.[0]} plain />` : each.title}</strong>
    <${Said} text=${each.text} sentence=${each.sentences?.[1]} />
    ${each.at && html`<time>${fullTime(each.at)}</time>`}
    ${each.camera && html`<a href=${address(may("administer") ? ["cameras", each.camera] : ["watch", each.camera])}>${each.camera}</a>`}
  </li>`)}</ul>`;
}
