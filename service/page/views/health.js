// Whether the site is watched, in one sentence, and the reasons where it is not.

import { HERE, ask } from "../core/connection.js";
import { html, useEffect, useState } from "../core/html.js";
import { offers } from "../core/features.js";
import { t } from "../core/language.js";
import { cameras, link, readCameras } from "../core/live.js";
import { address } from "../core/router.js";
import { useStore } from "../core/store.js";
import { clockTime, duration, fullTime, shortTime } from "../core/time.js";
import { Budget } from "./health_budget.js";
import { Deliveries } from "./health_deliveries.js";
import { Failed, Loading, useAnswer, useClock } from "./parts.js";
import { awayText } from "./tile.js";

/** `/readyz` says 503 with the same body when something is wrong. */
async function readiness() {
  const answer = await fetch(new URL("readyz", HERE), { credentials: "same-origin" });
  return answer.json();
}

export function Health() {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setTurn((count) => count + 1); }, 10_000);
    return () => clearInterval(timer);
  }, []);
  const ready = useAnswer(readiness, [turn]);
  const rows = useAnswer(readCameras, [turn]);
  const events = useAnswer(async () => (offers("/system-events") ? ask("system-events") : null), [turn]);
  if (ready.error && !ready.value) return html`<${Failed} error=${ready.error} again=${ready.again} />`;
  if (!ready.value) return html`<${Loading} />`;
  const troubles = systemTroubles(events.value);
  return html`<article class="work health">
    <${Sentence} ready=${ready.value} troubles=${troubles} />
    <${Troubles} ready=${ready.value} events=${troubles} />
    <${Budget} />
    <${CameraTable} rows=${rows.value ?? []} />
    <${Deliveries} turn=${turn} />
    <${Versions} ready=${ready.value} />
  </article>`;
}

/** @param {any} answer @returns {any[]} */
const systemTroubles = (answer) => (Array.isArray(answer) ? answer : answer?.events ?? [])
  .filter((/** @type {any} */ each) => each.state === "raised");

/** The one line that somebody reads who has no time. @param {{ready: any, troubles: any[]}} props */
function Sentence({ ready, troubles }) {
  const all = useStore(cameras);
  const state = useStore(link);
  const watched = all.filter((each) => each.state === "live" && !each.paused).length;
  const good = ready.ready && watched === all.length && all.length > 0 && state === "live" && !troubles.length;
  const text = state === "gone" ? t("health.gone")
    : !all.length ? t("health.no_cameras")
    : watched === all.length ? t("health.all", { count: all.length })
    : t("health.some", { watched, count: all.length });
  return html`<header class="sentence" data-good=${good}><h1>${text}</h1>
    <p>${good ? t("health.good") : t("health.reasons")}</p></header>`;
}

/** @param {{ready: any, events: any[]}} props */
function Troubles({ ready, events }) {
  const all = useStore(cameras);
  const away = all.filter((each) => each.state !== "live" || each.paused);
  const slow = all.filter((each) => each.overloaded);
  const items = [
    ...ready.reasons.map((/** @type {string} */ reason) => ({ key: reason, title: reason, lang: "en" })),
    ...(ready.archive && !ready.archive.available ? [{ key: "archive", title: t("health.archive"), text: ready.archive.reason }] : []),
    ...events.map((each) => ({
      key: each.id, title: `${each.camera ? `${each.camera}: ` : ""}${each.reason}`, text: each.remedy, at: each.at, lang: "en",
    })),
    ...away.map((each) => ({ key: `away ${each.name}`, title: `${each.name}: ${awayText(each) ?? ""}`, text: each.reason, camera: each.name })),
    ...slow.map((each) => ({
      key: `slow ${each.name}`, title: t("health.overloaded", { camera: each.name, fps: each.fps, of: each.sourceFps }), text: t("health.overloaded_text"),
    })),
  ];
  if (!items.length) return null;
  return html`<ul class="troubles">${items.map((each) => html`<li key=${each.key}>
    <strong lang=${each.lang}>${each.title}</strong>
    ${each.text && html`<span lang="en">${each.text}</span>`}
    ${each.at && html`<time>${fullTime(each.at)}</time>`}
    ${each.camera && html`<a href=${address(["cameras", each.camera])}>${t("camera.edit")}</a>`}
  </li>`)}</ul>`;
}

/** @param {{rows: any[]}} props */
function CameraTable({ rows }) {
  const now = useClock(5);
  if (!rows.length) return null;
  return html`<section><h2>${t("nav.cameras")}</h2><div class="table"><table>
    <thead><tr><th scope="col">${t("cameras.name")}</th><th scope="col">${t("cameras.state")}</th><th scope="col">${t("camera.rate")}</th>
      <th scope="col">${t("cameras.last_picture")}</th><th scope="col">${t("cameras.reconnects")}</th><th scope="col">${t("camera.notes")}</th></tr></thead>
    <tbody>${rows.map((each) => html`<tr key=${each.name}>
      <th scope="row"><a href=${address(["watch", each.name])}>${each.name}</a></th>
      <td data-state=${each.state}>${t(`camera.${each.state}`)}</td>
      <td>${Math.round(each.fps)} / ${Math.round(each.source_fps)}</td>
      <td>${each.last_frame_at === null ? t("none") : each.state === "live" ? t("time.ago", { time: duration(now - each.last_frame_at) }) : shortTime(each.last_frame_at, now)}</td>
      <td>${each.reconnects}</td>
      <td lang="en">${each.notes.join(" ")}</td>
    </tr>`)}</tbody></table></div></section>`;
}

/** @param {{ready: any}} props */
function Versions({ ready }) {
  return html`<section><h2>${t("health.parts")}</h2><dl class="pairs">
    <dt>${t("health.store")}</dt><dd>${ready.redis ? t("health.answers") : t("health.silent")}</dd>
    <dt>${t("health.archive_name")}</dt><dd>${ready.archive?.available ? t("health.answers") : t("health.silent")}</dd>
    <dt>${t("health.workers")}</dt><dd>${ready.workers.length ? ready.workers.map((/** @type {any} */ each) => each.name).join(", ") : t("health.no_workers")}</dd>
    <dt>${t("health.model")}</dt><dd>${ready.model.name}</dd>
    <dt>${t("health.checked")}</dt><dd>${clockTime(Date.now() / 1000)}</dd>
  </dl><details class="figures"><summary>${t("details")}</summary><dl>
    <dt>${t("figures.model")}</dt><dd>${ready.model.hash.slice(0, 12)}, ${ready.model.frames} × ${ready.model.fps} fps, ${ready.model.provider}</dd>
    <dt>${t("camera.threshold")}</dt><dd>${ready.model.threshold === null ? t("none") : `${ready.model.threshold.toFixed(3)} bits/dimension`}</dd>
  </dl></details></section>`;
}
