// How each camera is: its pictures, how much of people's time is watched, whether it sees what it used to.

import { html } from "../core/html.js";
import { t, tOr } from "../core/language.js";
import { cameras } from "../core/live.js";
import { address } from "../core/router.js";
import { useStore } from "../core/store.js";
import { factsOf } from "../core/facts.js";
import { duration, shortTime } from "../core/time.js";
import { useClock } from "./parts.js";
import { Said } from "./said.js";
import { Table } from "./table.js";
import { stateText } from "./tile.js";

/** Hardly anybody came: a share of that says nothing. */
const LEAST_PEOPLE_S = 60;

/** @param {{rows: any[], watched: any[]}} props */
export function CameraTable({ rows, watched }) {
  const now = useClock(5);
  const all = useStore(cameras);
  if (!rows.length) return null;
  const heads = [
    t("cameras.name"), t("cameras.state"), t("camera.rate"), t("cameras.last_picture"), t("cameras.reconnects"),
    ...(watched.length ? [t("watched.title")] : []), t("camera.notes"),
  ];
  // As the sentences above say it: the list is some seconds older.
  const shown = new Map(all.map((each) => [each.name, each]));
  const times = new Map(watched.map((each) => [each.camera, each]));
  return html`<section><h2>${t("nav.cameras")}</h2><${Table} heads=${heads}>
    ${rows.map((each) => [each, shown.get(each.name) ?? factsOf(each, each, 0)]).map(([each, camera]) => html`<tr key=${each.name}>
      <th scope="row"><a href=${address(["watch", each.name])}>${each.name}</a></th>
      <td data-state=${camera.state}>${stateText(camera)}</td>
      <td>${camera.fps} / ${camera.sourceFps}</td>
      <td>${each.last_frame_at === null ? t("none") : camera.seenAt === null ? t("time.ago", { time: duration(now - each.last_frame_at) }) : shortTime(each.last_frame_at, now)}</td>
      <td>${each.reconnects}</td>
      ${watched.length > 0 && html`<td>${watchedPart(times.get(each.name))}</td>`}
      <td class="words">${each.drift && each.drift !== "ok" && html`${t(`drift.${each.drift}`)} `}${each.notes.map((/** @type {string} */ note) => html`<${Said} key=${note} text=${note} /> `)}</td>
    </tr>`)}<//></section>`;
}

/** How much of people's time was not watched in the last day, and why. @param {any} time */
function watchedPart(time) {
  if (!time || time.people_s < LEAST_PEOPLE_S) return t("watched.nobody");
  const part = `${Math.round((100 * time.unwatched_s) / time.people_s)} %`;
  return time.main_reason ? `${part}: ${tOr(`watched.short.${time.main_reason}`, time.main_reason)}` : part;
}
